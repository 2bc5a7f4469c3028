"""What those who watch over the server are shown, and who they are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Generic, ParamSpec, TypeVar

import msgspec
from litestar.types import ASGIApp, HTTPScope

from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.replies import header_of
from pypi_http_api.traffic import Sample, Traffic

P = ParamSpec("P")
T = TypeVar("T")


class Shortcoming(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something that is missing.

    Attributes:
        part: What it is, in a stable word: ``database``.
        sentence: What is wrong and what to do, for the operator.
        since: Since when it is known.
        stops_serving: Whether nothing can be installed from this server meanwhile.
    """

    part: str
    sentence: str
    since: datetime
    stops_serving: bool


Look = Callable[[], Sequence[Shortcoming]]
"""Returns what is missing; called in a thread."""

Exposition = Callable[[Mapping[Sample, float], str], tuple[str, bytes]]
"""
Returns content type and text of samples of this process and of what it knows besides.

Called in a thread, with the ``Accept`` header.
"""


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """
    What can be seen of a server.

    Attributes:
        look: What is missing, so that the server can serve less or nothing.
        expose: Writes what was counted for ``GET /metrics``, which without it is not there.
        traffic: Counts requests.
        trace: Returns an application that traces the requests to the one that it is given.
    """

    look: Look = tuple
    expose: Exposition | None = None
    traffic: Traffic = msgspec.field(default_factory=Traffic)
    trace: Callable[[ASGIApp], ASGIApp] = lambda application: application


class Watchers:
    """
    Knows who may see how the server does, and has threads for it that nobody else keeps busy.

    Raises:
        ValueError: One of *allowed* is neither an address nor a network.
    """

    def __init__(self, allowed: tuple[str, ...], proxies: TrustedProxies) -> None:
        self._allowed = TrustedProxies(allowed)
        self._proxies = proxies
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="watch")

    def may_see(self, scope: HTTPScope) -> bool:
        """Return whether a request comes from an address that is allowed."""
        peer = scope.get("client")
        if not (peer and self._proxies.trusts(peer[0])) and header_of(scope, b"x-forwarded-for") is not None:
            # Through a proxy that nobody has named: its own address says nothing about who asks.
            return False
        return self._allowed.trusts(self._proxies.client(scope))

    async def call(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that looks at the server, and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: call(*args, **kwargs))

    def close(self) -> None:
        """End the threads; what hangs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Shared(Generic[T]):
    """
    One look for all who ask within *seconds*; who asks while one is under way waits for that.

    Raises:
        TimeoutError: The look takes longer than *patience*.
    """

    def __init__(self, look: Callable[[], Awaitable[T]], *, seconds: float = 1, patience: float = 5) -> None:
        self._look = look
        self._seconds = seconds
        self._patience = patience
        self._looking: asyncio.Future[T] | None = None
        self._looked = float("-inf")

    async def __call__(self) -> T:
        """Return what was seen."""
        looking = self._looking
        is_old = time.monotonic() - self._looked >= self._seconds
        is_here = looking is not None and looking.get_loop() is asyncio.get_running_loop()
        if looking is None or not is_here or looking.cancelled() or (looking.done() and is_old):
            self._looked = time.monotonic()
            looking = self._looking = asyncio.ensure_future(self._look())
        # Not awaited itself: others wait for it, too.
        return await asyncio.wait_for(asyncio.shield(looking), self._patience)
