"""What happened on an index since a serial: a page of it, the next of it when it happens, or a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC

import msgspec
from litestar.openapi.spec import OpenAPIType
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send

from pypi_core.domain.entities import Change, Serial
from pypi_core.errors import Invalid, PackageIndexError, Unavailable, shown
from pypi_core.ports.changes import Generation
from pypi_core.site import Site
from pypi_http_api.bodies import ClientLeft, until_left
from pypi_http_api.costly_calls import CostlyCalls
from pypi_http_api.endpoints import get_endpoint
from pypi_http_api.followers import Followers
from pypi_http_api.headers.preferences import weighted_elements
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.loop_signal import LoopSignal
from pypi_http_api.operation_description import OperationDescription, Query
from pypi_http_api.pools import Pools
from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.replies import ANY_ORIGIN, NO_SNIFFING, Headers, Reply
from pypi_http_api.settings import HttpSettings
from pypi_protocol.errors import Problem

_STREAM = "text/event-stream"
_LARGEST_SERIAL = 2**63 - 1
_MOST_CHANGES = 50_000
# As many are read beside what others read.
_CHEAP = 1000
# Of a stream so many are read and sent at a time, so that one that catches up delays nobody.
_MOST_EVENTS = 100
# How often those who wait look whether the server wants to end, and show that they are alive.
_GLANCE_SECONDS = 0.2
_ALIVE_SECONDS = 15.0


_FEED = OperationDescription(
    summary="List what happened on the index since a serial",
    tag="Changes",
    types=("application/json", _STREAM),
    query={
        "since": Query(description="The serial seen last.", kind=OpenAPIType.INTEGER),
        "limit": Query(description="How many changes at the most.", kind=OpenAPIType.INTEGER),
        "wait": Query(description="How many seconds to wait for one.", kind=OpenAPIType.INTEGER),
    },
    headers={"Accept": "JSON, or server-sent events.", "Last-Event-ID": "Goes before `since`."},
)


def change_feed_endpoints(
    site: Site,
    pools: Pools,
    costly: CostlyCalls,
    signal: LoopSignal,
    settings: HttpSettings,
    proxies: TrustedProxies,
    is_stopping: Callable[[], bool],
) -> Sequence[ControllerRouterHandler]:
    """Return the route of the change feed."""
    followers = Followers(settings.event_streams, settings.event_streams_per_address)
    feed = _ChangeFeed(ChangeReader(site, pools, costly), signal, settings, proxies, followers, is_stopping)
    return [get_endpoint("/changes", feed.send, pools, _FEED)]


class _Written(msgspec.Struct, frozen=True):
    """
    Changes as they are sent, the serial of the last of them, ``None`` when there are none, and whether
    there may be more.

    They are written in the thread that read them: with 50,000 of them the event loop would
    answer nobody else for a good while.
    """

    body: bytes
    newest: Serial | None
    more: bool


class ChangeReader:
    """
    Reads changes in a thread, each time as the actor that the client is by then.

    A token may be revoked or expire, and an index become private, while a client waits.
    """

    def __init__(self, site: Site, pools: Pools, costly: CostlyCalls) -> None:
        self._site = site
        self._pools = pools
        self._costly = costly
        self._turn = asyncio.Lock()

    async def page(self, request: IndexRequest, since: Serial, limit: int) -> _Written:
        """Return a page of changes; raises what reading them does."""
        return await self._pools.read(self._read, _page, request, since, limit)

    async def long_page(self, request: IndexRequest, since: Serial, limit: int, headers: Headers) -> ASGIApp:
        """Return a page that takes long to read as an answer; raises what reading it does."""
        with self._costly.admit(request.caller, 0) as admission:
            page = await admission.run(self._read, _page, request, since, limit)
            return admission.until_sent(Reply(headers=headers, body=page.body), len(page.body))

    async def events(self, request: IndexRequest, since: Serial, limit: int) -> _Written:
        """Return changes as events; raises what reading them does."""
        # A commit wakes all streams: together they take one of the threads that everybody reads in.
        async with self._turn:
            return await self._pools.read(self._read, _some_events, request, since, limit)

    def _read(self, write: _Write, request: IndexRequest, since: Serial, limit: int) -> _Written:
        actor = self._site.authenticate.again(request.actor)
        changes = request.index.journal.since(actor, since, limit, as_of_now=True)
        return write(changes, since, limit)


class _ChangeFeed:
    def __init__(
        self,
        reader: ChangeReader,
        signal: LoopSignal,
        settings: HttpSettings,
        proxies: TrustedProxies,
        followers: Followers,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._reader = reader
        self._signal = signal
        self._settings = settings
        self._proxies = proxies
        self._followers = followers
        self._is_stopping = is_stopping

    async def send(self, request: IndexRequest) -> ASGIApp:
        """Send what happened since, as the query and ``Accept`` ask for it."""
        # A browser that connects anew says in the header what it has seen last.
        seen = request.header(b"last-event-id") or request.query_value("since")
        since = Serial(_number("since", seen, 0, range(_LARGEST_SERIAL + 1)))
        limit = _number("limit", request.query_value("limit"), 1000, range(1, _MOST_CHANGES + 1))
        wait = _number("wait", request.query_value("wait"), 0, range(self._settings.longest_wait + 1))
        # What is refused is refused before anybody waits.
        generation = await self._signal.generation()
        streams = _wants_stream(request.header(b"accept"))
        page = await self._reader.page(request, since, 1 if streams else min(limit, _CHEAP))
        if streams:
            headers = _headers(request, _STREAM)
            if request.only_head:
                return Reply(headers=headers)
            events = self._events(request, since, min(limit, _MOST_EVENTS))
            return _Stream(events, headers, self._place(request))
        if not page.newest and wait and not request.only_head:
            # Without a place the client is answered at once.
            with suppress(Unavailable), self._place(request):
                await self._until_moved(request, generation, wait)
            page = await self._reader.page(request, since, min(limit, _CHEAP))
        headers = _headers(request, "application/json")
        if limit > _CHEAP and page.more:
            return await self._reader.long_page(request, since, limit, headers)
        return Reply(headers=headers, body=page.body)

    def _place(self, request: IndexRequest) -> AbstractContextManager[None]:
        return self._followers.place(self._proxies.client(request.scope))

    async def _events(self, request: IndexRequest, since: Serial, limit: int) -> AsyncIterator[bytes]:
        """Yield every change as an event, and a comment now and then, until it is time to connect anew."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.longest_stream
        yield b"retry: 1000\n\n"
        while loop.time() < end and not self._is_stopping():
            try:
                generation = await self._signal.generation()
                events = await self._reader.events(request, since, limit)
                if not events.newest:
                    await self._until_moved(request, generation, min(_ALIVE_SECONDS, end - loop.time()))
            except PackageIndexError:
                # The next connection is told why.
                return
            since = events.newest or since
            yield events.body if events.newest else b": waiting\n\n"

    async def _until_moved(self, request: IndexRequest, generation: Generation, seconds: float) -> None:
        """Wait until something was committed, *seconds* at the longest; raises what asking for it does."""
        left = asyncio.ensure_future(until_left(request.receive))
        moved = asyncio.ensure_future(self._signal.until_moved(generation, seconds))
        try:
            while not (left.done() or moved.done() or self._is_stopping()):
                await asyncio.wait(
                    [left, moved], timeout=_GLANCE_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
            if left.done():
                raise ClientLeft
            if moved.done():
                moved.result()
        finally:
            left.cancel()
            moved.cancel()


class _Stream:
    """Sends pieces as they come, in a place of their own."""

    def __init__(
        self, pieces: AsyncIterator[bytes], headers: Headers, place: AbstractContextManager[None]
    ) -> None:
        self._pieces = pieces
        self._headers = headers
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer until it ends or the client leaves."""
        with self._place:
            await send({"type": "http.response.start", "status": 200, "headers": self._headers})
            with suppress(ClientLeft):
                async for piece in self._pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _page(changes: Sequence[Change], since: Serial, limit: int) -> _Written:
    newest = changes[-1].serial if changes else None
    more = len(changes) == limit
    # `since` is what to ask for next.
    page = {"changes": list(map(_entry, changes)), "since": since if newest is None else newest, "more": more}
    return _Written(msgspec.json.encode(page), newest, more)


def _some_events(changes: Sequence[Change], since: Serial, limit: int) -> _Written:
    newest = changes[-1].serial if changes else None
    return _Written(b"".join(map(_event, changes)), newest, len(changes) == limit)


_Write = Callable[[Sequence[Change], Serial, int], _Written]


def _wants_stream(accept: str | None) -> bool:
    weights = dict(weighted_elements(accept or ""))
    return weights.get(_STREAM, 0) > weights.get("application/json", 0)


def _number(name: str, text: str | None, default: int, allowed: range) -> int:
    if text is None:
        return default
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1
    if number not in allowed:
        last = allowed[-1]
        raise Invalid(Problem(name, f"{shown(text)} is not a value for {name}: use {allowed[0]} to {last}."))
    return number


def _headers(request: IndexRequest, content_type: str) -> Headers:
    headers: Headers = (
        (b"content-type", content_type.encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept"),
        NO_SNIFFING,
    )
    # What somebody unknown may read is public.
    return (*headers, ANY_ORIGIN) if request.actor.is_anonymous else headers


def _entry(change: Change) -> Mapping[str, object]:
    return {
        "serial": change.serial,
        "project": change.project,
        "version": change.version,
        "action": change.action,
        "timestamp": f"{change.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
    }


def _event(change: Change) -> bytes:
    data = msgspec.json.encode(_entry(change))
    return b"id: %d\nevent: change\ndata: %s\n\n" % (change.serial, data)
