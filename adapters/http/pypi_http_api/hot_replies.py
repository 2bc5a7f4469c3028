"""
Replies given before, given again while nothing was committed.

A reply is kept with the change signal's generation *from before it was made*: if
something was committed in the meantime, the generation has moved and the reply is not used.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from pypi_core.errors import PackageIndexError
from pypi_core.ports.changes import ChangeSignal, Generation
from pypi_http_api.replies import Reply, conditional
from pypi_http_api.visits import header

_KEPT = "hot_reply"
_LONGEST_HEADER = 512
_OVERHEAD = 1024
"""Bytes counted for each entry on top of its body: key, headers, bookkeeping."""

_Key = tuple[str, str, str, str | None, str | None]


class _Entry(msgspec.Struct, frozen=True):
    generation: Generation
    reply: Reply
    etag: str

    @property
    def size(self) -> int:
        return len(self.reply.body) + _OVERHEAD


def remember(scope: Scope, reply: Reply, etag: str) -> None:
    """Offer *reply*, the complete and public answer to a request, to be given again."""
    scope["state"][_KEPT] = (reply, etag)


class HotReplies:
    """
    Answers anonymous reads without asking the core, if it is known that nothing changed.

    Runs on the event loop alone, so it needs no lock.

    Args:
        application: Answers everything else.
        change_signal: Tells whether anything was committed.
        capacity: Bytes to keep at the most.
    """

    def __init__(self, application: ASGIApp, change_signal: ChangeSignal, capacity: int) -> None:
        self._application = application
        self._change_signal = change_signal
        self._capacity = capacity
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        key = _key(scope)
        generation = None if key is None else self._generation()
        if key is None or generation is None:
            await self._application(scope, receive, send)
            return
        entry = self._entries.get(key)
        if entry is None or entry.generation != generation:
            await self._application(scope, receive, send)
            self._keep(key, generation, scope["state"].pop(_KEPT, None))
            return
        self._entries.move_to_end(key)
        reply = conditional(entry.reply, entry.etag, header(scope, b"if-none-match"))
        await reply(scope, receive, send)

    def _generation(self) -> Generation | None:
        try:
            return self._change_signal.generation()
        except PackageIndexError:
            # The database does not answer: whoever needs it will say so.
            return None

    def _keep(self, key: _Key, generation: Generation, offered: Any) -> None:
        if offered is None:
            return
        reply, etag = offered
        entry = _Entry(generation, reply, etag)
        if entry.size * 4 > self._capacity:
            return
        if replaced := self._entries.pop(key, None):
            self._size -= replaced.size
        self._entries[key] = entry
        self._size += entry.size
        while self._size > self._capacity:
            _, oldest = self._entries.popitem(last=False)
            self._size -= oldest.size


def _key(scope: Scope) -> _Key | None:
    """Return what the reply depends on, ``None`` for a request that is not answered from here."""
    if scope["type"] != ScopeType.HTTP or scope["method"] != "GET":
        return None
    if not scope["path"].startswith(("/simple/", "/pypi/", "/packages/")):
        return None
    # Who shows credentials may see more, and a part of a file is not the file.
    if any(header(scope, name) is not None for name in (b"authorization", b"range")):
        return None
    state = scope["state"]
    accept, coding = header(scope, b"accept"), header(scope, b"accept-encoding")
    if len(accept or "") > _LONGEST_HEADER or len(coding or "") > _LONGEST_HEADER:
        return None
    # The legacy JSON has absolute addresses in it, so the address asked at belongs to the key.
    return (state["base_url"], scope["path"], state["query"], accept, coding)
