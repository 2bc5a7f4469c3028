"""Threads for the synchronous core: reads and writes do not wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Pools:
    """One pool of threads for reads, one for writes."""

    def __init__(self, read_threads: int, write_threads: int) -> None:
        self._reads = ThreadPoolExecutor(read_threads, thread_name_prefix="read")
        self._writes = ThreadPoolExecutor(write_threads, thread_name_prefix="write")

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that reads, in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reads, partial(call, *args, **kwargs))

    async def write(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that writes, in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writes, partial(call, *args, **kwargs))

    def close(self) -> None:
        """End the threads once they are done."""
        self._reads.shutdown()
        self._writes.shutdown()
