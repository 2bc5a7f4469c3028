from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from pypi_app.server_command.side_by_side import SideBySide
from pypi_terminal.errors import UsageError


def test_results_come_in_the_order_of_the_items_from_several_threads() -> None:
    barrier = threading.Barrier(4, timeout=30)

    def double(number: int) -> int:
        if number < 4:
            barrier.wait()
        return 2 * number

    assert list(SideBySide(4)(double, range(1000))) == [2 * number for number in range(1000)]


def test_items_are_asked_for_not_far_ahead() -> None:
    asked: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10_000):
            asked.append(number)
            yield number

    results = SideBySide(2)(abs, items())
    assert next(results) == 0
    assert len(asked) < 100
    results.close()  # type: ignore[attr-defined]


def test_what_a_thread_raises_ends_it() -> None:
    def fail(number: int) -> int:
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        list(SideBySide(2)(fail, range(10)))


@pytest.mark.parametrize("threads", [0, -1, 65])
def test_a_number_of_threads_that_makes_no_sense_is_refused(threads: int) -> None:
    with pytest.raises(UsageError, match="--threads is a number from 1 to 64"):
        SideBySide(threads)
