"""Downloads are counted in memory and written in the background."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date

import pytest

from pypi_core.domain.downloads import DownloadClient, DownloadCount, Span
from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_core.errors import Unavailable
from pypi_environment.download_counter import DownloadCounter
from pypi_memory.environment import FixedClock

DAY = date(2024, 2, 29)


class Batches:
    """Keeps what is put; refuses it while it *is_down*."""

    def __init__(self) -> None:
        self.kept: list[DownloadCount] = []
        self.is_down = False
        self.was_asked = threading.Event()

    def put(self, counts: Sequence[DownloadCount]) -> None:
        self.was_asked.set()
        if self.is_down:
            raise Unavailable("The database does not answer: try again later.")
        self.kept += counts

    def add_up(self) -> int:
        return 0

    def forget(self, span: Span, before: date) -> int:
        return 0


@pytest.fixture
def batches() -> Batches:
    return Batches()


def counted(digest: str, count: int) -> DownloadCount:
    return DownloadCount(
        index=DEFAULT_INDEX, blake2_256=digest, day=DAY, client=DownloadClient("pip"), count=count
    )


def test_downloads_of_a_kind_are_one_count(batches: Batches) -> None:
    with DownloadCounter(batches, FixedClock(), flush_seconds=3600) as count:
        for digest in ("a", "b", "a"):
            count(DEFAULT_INDEX, digest, "pip/24.0")
        assert batches.kept == []

    assert batches.kept == [counted("a", 2), counted("b", 1)]


def test_counts_are_written_after_a_while(batches: Batches) -> None:
    with DownloadCounter(batches, FixedClock(), flush_seconds=0.01) as count:
        count(DEFAULT_INDEX, "a", "pip/24.0")
        assert batches.was_asked.wait(30)


def test_counts_are_written_early_when_there_are_many(batches: Batches) -> None:
    with DownloadCounter(batches, FixedClock(), flush_seconds=3600, most=4) as count:
        for digest in ("a", "b"):
            count(DEFAULT_INDEX, digest, "pip/24.0")
        assert batches.was_asked.wait(30)


def test_counts_are_kept_while_the_database_does_not_answer(batches: Batches) -> None:
    counter = DownloadCounter(batches, FixedClock())
    counter(DEFAULT_INDEX, "a", "pip/24.0")
    batches.is_down = True
    with pytest.raises(Unavailable):
        counter.flush()
    counter(DEFAULT_INDEX, "a", "pip/24.0")
    counter(DEFAULT_INDEX, "b", "pip/24.0")
    batches.is_down = False

    counter.flush()
    counter.flush()

    assert batches.kept == [counted("a", 2), counted("b", 1)]


def test_memory_is_bounded_and_what_is_dropped_is_told(
    batches: Batches, caplog: pytest.LogCaptureFixture
) -> None:
    counter = DownloadCounter(batches, FixedClock(), most=2)
    batches.is_down = True
    for number in range(100):
        counter(DEFAULT_INDEX, str(number), "pip/24.0")
        counter(DEFAULT_INDEX, "0", f"hostile/{number}")
    with pytest.raises(Unavailable):
        counter.flush()
    batches.is_down = False

    counter.flush()

    assert len(batches.kept) == 2
    dropped = 200 - sum(each.count for each in batches.kept)
    assert f"{dropped} downloads were not counted" in caplog.text


def test_threads_lose_no_count(batches: Batches) -> None:
    with DownloadCounter(batches, FixedClock(), flush_seconds=0.001) as count:

        def work() -> None:
            for _ in range(2000):
                count(DEFAULT_INDEX, "a", "pip/24.0")

        threads = [threading.Thread(target=work) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    assert sum(each.count for each in batches.kept) == 8000
