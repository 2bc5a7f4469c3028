"""Threads for the synchronous core: readers of rows, readers of stored bytes, and writers, each apart."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from pypi_core.errors import Unavailable
from pypi_http_api.traffic import Sample

P = ParamSpec("P")
T = TypeVar("T")


_PATIENCE = 20.0
_BUSY = "The server is busy, and no thread of it was free in time: try again in a moment."


class Pools:
    """
    Three pools of threads, of these sizes at the most; a thread starts when it is needed.

    Stored bytes, which may be on another machine that hangs, are read by as many threads as anything else.
    A call waits *patience* seconds for a thread, unless it ends what was begun.

    Raises:
        Unavailable: All threads are busy, each of them for long.
    """

    def __init__(self, read_threads: int, write_threads: int, patience: float = _PATIENCE) -> None:
        self._reading = _Pool(read_threads, "read")
        self._fetching = _Pool(read_threads, "fetch")
        self._writing = _Pool(write_threads, "write")
        self._writing_for = _Shares(max(1, write_threads // 2))
        self._patience = patience

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that reads rows and return what it returns."""
        return await self._reading.call(self._patience, call, *args, **kwargs)

    async def fetch(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that reads stored bytes and return what it returns."""
        return await self._fetching.call(self._patience, call, *args, **kwargs)

    async def write(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that writes and return what it returns."""
        return await self._writing.call(self._patience, call, *args, **kwargs)

    async def write_for(self, caller: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Call something that writes and takes long, and return what it returns.

        One caller has at most half of the threads, so that others find one free.
        """
        async with self._writing_for.share(caller, self._patience):
            return await self._writing.call(self._patience, call, *args, **kwargs)

    async def end(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that ends what was begun, however long a thread is waited for."""
        return await self._writing.call(None, call, *args, **kwargs)

    def close(self) -> None:
        """Wait for what is running; nothing can be called afterwards."""
        for each in (self._reading, self._fetching, self._writing):
            each.close()

    def samples(self) -> Mapping[Sample, float]:
        """Return how many threads there may be, are busy, and are waited for."""
        return {**self._reading.samples(), **self._fetching.samples(), **self._writing.samples()}


class _Pool:
    """Up to *size* threads."""

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._threads = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._under_way = 0

    async def call(
        self, patience: float | None, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """
        Call something in a thread and return what it returns.

        Raises:
            Unavailable: After *patience* seconds no thread has begun with it.
        """
        # With the id of the request, which log lines of the thread have too.
        inside = copy_context().run
        running = self._threads.submit(lambda: inside(call, *args, **kwargs))
        is_late = False

        def give_up() -> None:
            nonlocal is_late
            is_late = running.cancel()

        waiting = None if patience is None else asyncio.get_running_loop().call_later(patience, give_up)
        self._under_way += 1
        try:
            return await asyncio.wrap_future(running)
        except asyncio.CancelledError:
            if is_late:
                raise Unavailable(_BUSY) from None
            raise
        finally:
            self._under_way -= 1
            if waiting is not None:
                waiting.cancel()

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
    async def share(self, caller: str, patience: float) -> AsyncIterator[None]:
        """
        Wait for a place of *caller*.

        Raises:
            Unavailable: After *patience* seconds all places are taken.
        """
        places = self._places.setdefault(caller, asyncio.Semaphore(self._most))
        self._using[caller] += 1
        try:
            try:
                await asyncio.wait_for(places.acquire(), patience)
            except TimeoutError:
                raise Unavailable(_BUSY) from None
            try:
                yield
            finally:
                places.release()
        finally:
            self._using[caller] -= 1
            if not self._using[caller]:
                del self._using[caller], self._places[caller]
