"""Failed logins are counted beside the answers: nobody waits until they are written down."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.suites.rate_limits import LIMIT
from pypi_core.domain.rate_limits import LimitStanding, RateLimit
from pypi_core.errors import Unavailable
from pypi_environment.counts_beside import CountsBeside

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Busy:
    """Counts in memory behind a writer that is at work until it is told to end."""

    def __init__(self) -> None:
        self.kept = InMemorySite().database.rate_limiter
        self.others_end = threading.Event()
        self.error: Exception | None = None
        self.is_readable = True

    def look(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        if not self.is_readable:
            raise Unavailable("There is no room left.")
        return self.kept.look(limit, subject, now)

    def take(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        self.others_end.wait()
        if self.error:
            raise self.error
        return self.kept.take(limit, subject, now)

    def forget(self, now: datetime) -> int:
        return self.kept.forget(now)


@pytest.fixture
def busy() -> Busy:
    return Busy()


def test_counting_does_not_wait_for_a_writer(busy: Busy) -> None:
    counts = CountsBeside(busy)

    assert [counts.take(LIMIT, "ann", NOW).remaining for _ in range(3)] == [2, 1, 0]
    assert busy.kept.look(LIMIT, "ann", NOW).remaining == 3

    busy.others_end.set()
    counts.settle()
    assert busy.kept.look(LIMIT, "ann", NOW).remaining == 0


def test_one_over_the_limit_is_not_counted(busy: Busy) -> None:
    counts = CountsBeside(busy)
    standings = [counts.take(LIMIT, "ann", NOW) for _ in range(5)]

    assert [each.is_over for each in standings] == [False, False, False, True, True]
    assert standings[-1] == counts.look(LIMIT, "ann", NOW)
    assert not counts.look(LIMIT, "ann", NOW + timedelta(seconds=20)).is_over
    assert counts.look(LIMIT, "bob", NOW).remaining == 3
    busy.others_end.set()
    counts.settle()


def test_counts_of_another_process_are_seen(busy: Busy) -> None:
    counts = CountsBeside(busy)
    for _ in range(3):
        busy.others_end.set()
        busy.take(LIMIT, "ann", NOW)

    assert counts.take(LIMIT, "ann", NOW).is_over
    assert counts.look(LIMIT, "ann", NOW).is_over


@pytest.mark.parametrize("error", [Unavailable("There is no room left."), RuntimeError("unforeseen")])
def test_a_count_that_cannot_be_written_is_logged_and_remembered(
    busy: Busy, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    counts = CountsBeside(busy)
    busy.error, busy.is_readable = error, False
    busy.others_end.set()

    for _ in range(3):
        counts.take(LIMIT, "ann", NOW)
    counts.settle()

    assert "was not written down" in caplog.text
    assert counts.take(LIMIT, "ann", NOW).is_over
    busy.error = None
    counts.take(LIMIT, "bob", NOW)
    counts.settle()
    assert busy.kept.look(LIMIT, "bob", NOW).remaining == 2


def test_few_counts_are_remembered_and_few_wait(busy: Busy) -> None:
    counts = CountsBeside(busy, most_remembered=2, most_waiting=1)

    for subject in ("a", "b", "c", "d"):
        counts.take(LIMIT, subject, NOW)

    assert [counts.look(LIMIT, each, NOW).remaining for each in "abcd"] == [3, 3, 2, 2]
    busy.others_end.set()
    counts.settle()


def test_expired_counts_are_forgotten(busy: Busy) -> None:
    counts = CountsBeside(busy)
    busy.others_end.set()
    counts.take(LIMIT, "ann", NOW)
    counts.settle()

    assert counts.forget(NOW + timedelta(hours=1)) == 1
    assert counts.look(LIMIT, "ann", NOW).remaining == 3
