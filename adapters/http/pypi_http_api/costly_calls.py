"""Calls that take long or much memory: few run at a time, and each caller has its turn."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from litestar.types import ASGIApp, Receive, Scope, Send

from pypi_core.errors import TooMany, Unavailable
from pypi_http_api.pools import thread_samples
from pypi_http_api.traffic import Sample

P = ParamSpec("P")
T = TypeVar("T")

_RETRY_AFTER = 5


class CostlyCalls:
    """
    Runs costly calls in *threads* of their own, so that nothing else waits for them.

    A caller who has many calls waiting is served as often as one who has a single call: the
    callers take turns.  One caller may have *most_of_caller* calls under way, from its admission
    until its answer was sent, and all calls together may hold *memory* bytes.

    To be used from one event loop.
    """

    def __init__(self, threads: int, most_of_caller: int, memory: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="costly")
        self._threads = self._free = threads
        self._most_of_caller = most_of_caller
        self._memory = memory
        self._held = 0
        self._under_way: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    def admit(self, caller: str, size: int) -> Admission:
        """
        Let a call with a body of *size* bytes begin; leave the block, or close it, when it was answered.

        Raises:
            TooMany: The caller has too many calls under way.
            Unavailable: All calls together hold too much memory.
        """
        if self._under_way[caller] >= self._most_of_caller:
            raise TooMany(
                f"You have {self._most_of_caller} calls under way that take long: wait for their answers.",
                _RETRY_AFTER,
            )
        admission = Admission(self, caller)
        self.hold(size)
        admission.size = size
        self._under_way[caller] += 1
        return admission

    def hold(self, size: int) -> None:
        """
        Set memory aside.

        Raises:
            Unavailable: There is not enough.
        """
        if self._held and self._held + size > self._memory:
            raise Unavailable("Too many large calls are under way: try again in a moment.")
        self._held += size

    def end(self, admission: Admission) -> None:
        """Give back what an admission took."""
        self._held -= admission.size
        self._under_way[admission.caller] -= 1
        if not self._under_way[admission.caller]:
            del self._under_way[admission.caller]

    async def run(self, caller: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out *call* when it is the turn of *caller*, and return what it returns."""
        await self._turn(caller)
        loop, inside = asyncio.get_running_loop(), copy_context().run
        try:
            running = self._executor.submit(lambda: inside(call, *args, **kwargs))
        except BaseException:
            self._next()
            raise
        # Also where nobody waits any more, the thread is free only when the call has ended.
        running.add_done_callback(lambda _: loop.call_soon_threadsafe(self._next))
        return await asyncio.wrap_future(running)

    def close(self) -> None:
        """Wait for what is running; nothing can be called afterwards."""
        self._executor.shutdown()

    def samples(self) -> Mapping[Sample, float]:
        """Return how the threads are used."""
        waiting = sum(len(each) for each in self._waiting.values())
        return thread_samples("costly", self._threads, self._threads - self._free + waiting)

    async def _turn(self, caller: str) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._next()
            raise

    def _next(self) -> None:
        """Give a free thread to the caller whose turn it is, who then goes to the end of the line."""
        while self._waiting:
            caller, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[caller] = turns
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Admission:
    """A costly call under way."""

    def __init__(self, calls: CostlyCalls, caller: str) -> None:
        self._calls = calls
        self.caller = caller
        self.size = 0
        self._is_open = True

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out a part of it, see `CostlyCalls.run`."""
        return await self._calls.run(self.caller, call, *args, **kwargs)

    def until_sent(self, answer: ASGIApp, size: int) -> ASGIApp:
        """
        Return *answer*, of *size* bytes, as one that ends the call when it was sent.

        Raises:
            Unavailable: All calls together hold too much memory.
        """
        self._calls.hold(size)
        self.size += size
        return _Answer(answer, self)

    def close(self) -> None:
        """End the call; may be called twice."""
        if self._is_open:
            self._is_open = False
            self._calls.end(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self.close()


class _Answer:
    def __init__(self, answer: ASGIApp, admission: Admission) -> None:
        self._answer = answer
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, receive, send)
        finally:
            self._admission.close()
