"""Threads for the synchronous core: readers and writers do not wait for each other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from pypi_http_api.traffic import Sample

P = ParamSpec("P")
T = TypeVar("T")


class Pools:
    """Two pools of threads, of these sizes at the most; a thread starts when it is needed."""

    def __init__(self, read_threads: int, write_threads: int) -> None:
        self._reading = _Pool(read_threads, "read")
        self._writing = _Pool(write_threads, "write")
        self._writing_for = _Shares(max(1, write_threads // 2))

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that reads and return what it returns."""
        return await self._reading.call(call, *args, **kwargs)

    async def write(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that writes and return what it returns."""
        return await self._writing.call(call, *args, **kwargs)

    async def write_for(self, caller: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Call something that writes and takes long, and return what it returns.

        One caller has at most half of the threads, so that others find one free.
        """
        async with self._writing_for.share(caller):
            return await self._writing.call(call, *args, **kwargs)

    def close(self) -> None:
        """Wait for what is running; nothing can be called afterwards."""
        self._reading.close()
        self._writing.close()

    def samples(self) -> Mapping[Sample, float]:
        """Return how many threads there may be, are busy, and are waited for."""
        return {**self._reading.samples(), **self._writing.samples()}


class _Pool:
    """Up to *size* threads."""

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._threads = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._under_way = 0

    async def call(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something in a thread and return what it returns."""
        # With the id of the request, which log lines of the thread have too.
        inside = copy_context().run
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: inside(call, *args, **kwargs)
            )
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """Wait for what is running."""
        self._threads.shutdown()

    def samples(self) -> Mapping[Sample, float]:
        """Return how the threads are used."""
        return thread_samples(self._name, self._size, self._under_way)


def thread_samples(pool: str, size: int, under_way: int) -> Mapping[Sample, float]:
    """Return the samples of *pool*, which has *size* threads, and calls *under_way*, waiting ones too."""
    return {
        ("pypi_threads", pool): size,
        ("pypi_threads_busy", pool): min(size, under_way),
        ("pypi_calls_waiting", pool): max(0, under_way - size),
    }


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
