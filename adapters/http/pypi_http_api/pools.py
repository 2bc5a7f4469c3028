"""Threads for the synchronous core: readers and writers do not wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Pools:
    """Two pools of threads, of these sizes at the most; a thread starts when it is needed."""

    def __init__(self, read_threads: int, write_threads: int) -> None:
        self._reading = ThreadPoolExecutor(read_threads, thread_name_prefix="read")
        self._writing = ThreadPoolExecutor(write_threads, thread_name_prefix="write")

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that reads and return what it returns."""
        return await _call(self._reading, call, *args, **kwargs)

    async def write(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that writes and return what it returns."""
        return await _call(self._writing, call, *args, **kwargs)

    def close(self) -> None:
        """Wait for what is running; nothing can be called afterwards."""
        self._reading.shutdown()
        self._writing.shutdown()


async def _call(pool: ThreadPoolExecutor, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, lambda: call(*args, **kwargs))
