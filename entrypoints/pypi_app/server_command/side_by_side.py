"""Go through many things in several threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from pypi_terminal.errors import UsageError

_AHEAD = 16
_MOST_THREADS = 64

Item = TypeVar("Item")
Result = TypeVar("Result")


class SideBySide:
    """
    Do what `map` does in several *threads*, not far ahead of who asks for the results.

    Raises:
        UsageError: There are too few threads, or too many.
    """

    def __init__(self, threads: int) -> None:
        if not 1 <= threads <= _MOST_THREADS:
            raise UsageError(f"--threads is a number from 1 to {_MOST_THREADS}.")
        self._threads = threads

    def __call__(self, function: Callable[[Item], Result], items: Iterable[Item], /) -> Iterator[Result]:
        """Yield what *function* returns, in the order of *items*, which this thread asks for."""
        pool = ThreadPoolExecutor(self._threads, thread_name_prefix="storage")
        waiting: deque[Future[Result]] = deque()
        try:
            for each in items:
                waiting.append(pool.submit(function, each))
                if len(waiting) > _AHEAD * self._threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
