"""Threads for the synchronous core: readers and writers do not wait for each other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Pools:
    """Two pools of threads, of these sizes at the most; a thread starts when it is needed."""

    def __init__(self, read_threads: int, write_threads: int) -> None:
        self._reading = ThreadPoolExecutor(read_threads, thread_name_prefix="read")
        self._writing = ThreadPoolExecutor(write_threads, thread_name_prefix="write")
        self._writing_for = _Shares(max(1, write_threads // 2))

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that reads and return what it returns."""
        return await _call(self._reading, call, *args, **kwargs)

    async def write(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that writes and return what it returns."""
        return await _call(self._writing, call, *args, **kwargs)

    async def write_for(self, caller: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Call something that writes and takes long, and return what it returns.

        One caller has at most half of the threads, so that others find one free.
        """
        async with self._writing_for.share(caller):
            return await _call(self._writing, call, *args, **kwargs)

    def close(self) -> None:
        """Wait for what is running; nothing can be called afterwards."""
        self._reading.shutdown()
        self._writing.shutdown()


class _Shares:
    """How many calls each caller has running; of one there are at most *most*, more wait."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._places: dict[str, asyncio.Semaphore] = {}
        self._using: Counter[str] = Counter()

    @asynccontextmanager
    async def share(self, caller: str) -> AsyncIterator[None]:
        """Wait for a place of *caller*."""
        places = self._places.setdefault(caller, asyncio.Semaphore(self._most))
        self._using[caller] += 1
        try:
            async with places:
                yield
        finally:
            self._using[caller] -= 1
            if not self._using[caller]:
                del self._using[caller], self._places[caller]


async def _call(pool: ThreadPoolExecutor, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, lambda: call(*args, **kwargs))
