"""Answers given again at once, while it is known that nothing has changed."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from functools import lru_cache, partial
from typing import NamedTuple
from urllib.parse import parse_qsl

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from msgspec.structs import replace

from pypi_core.domain.names import NormalizedName
from pypi_core.ports.changes import Generation
from pypi_http_api.addressed import ADDRESSED, addressed_of
from pypi_http_api.freshness import Freshness, Validity
from pypi_http_api.headers.content_coding import accepts_gzip
from pypi_http_api.headers.negotiation import negotiate
from pypi_http_api.replies import Reply, header_of, unless_known
from pypi_http_api.traffic import Noted, noted_of

_LARGEST_SHARE = 4
_LONGEST_REMEMBERED = 1024
_OVERHEAD = 1024
"""Bytes counted for each answer on top of its body: key, headers, bookkeeping."""

_HOUR = 3600

_SIMPLE = re.compile(r"/simple/[a-z0-9-]+/\Z")
_LEGACY_JSON = re.compile(r"/pypi/[^/]+(?:/[^/]+)?/json/?\Z")
_FILE = re.compile(r"/(?:packages/(?:[^/]+/){3}[^/]+|docs/[^/]+/[^/]+/.*)\Z")


class _Key(NamedTuple):
    """What tells two answers apart."""

    base_url: str
    path: str
    representation: str
    is_compressed: bool
    hour: int = 0
    """Since the epoch, for what changes with the hour."""


class _Kept(NamedTuple):
    validity: Validity
    reply: Reply
    noted: Noted
    """About the request that it was made for, which had the same route."""

    @property
    def size(self) -> int:
        return len(self.reply.body) + _OVERHEAD


class HotReplies:
    """
    Answer anonymous reads of what is public from ready bytes, the rest behind.

    An answer is kept if nothing was committed while it was made, as far as is known when it is offered:
    what nobody has asked about by then ends its validity later.  It is given again while its project has
    not changed, or, where it depends on more, nothing at all.  Endpoints offer only answers that are the
    same for everybody (`IndexRequest.remember_reply`).  *capacity* bytes are kept at the most.  All this
    runs on the event loop alone and needs no lock.
    """

    def __init__(self, application: ASGIApp, freshness: Freshness, capacity: int) -> None:
        self._application = application
        self._freshness = freshness
        self._capacity = capacity
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._sum = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on with a way to keep its answer."""
        if scope["type"] != ScopeType.HTTP or (key := _key(scope)) is None:
            return await self._application(scope, receive, send)
        # Where the database does not answer, nothing behind could: it is said without taking a thread.
        generation = await self._freshness.generation()
        kept, noted = self._kept.get(key), noted_of(scope)
        if kept is not None and kept.validity.holds:
            self._kept.move_to_end(key)
            noted.route = kept.noted.route
            # What is of an hour does not say when it is over.
            noted.validity = None if key.hour else kept.validity
            noted.traffic.ready += 1
            if_none_match = header_of(scope, b"if-none-match")
            return await unless_known(kept.reply, if_none_match)(scope, receive, send)
        noted.traffic.made += 1
        scope["state"][ADDRESSED] = replace(
            addressed_of(scope), remember_reply=partial(self._keep, key, generation, noted)
        )
        return await self._application(scope, receive, send)

    def _keep(
        self,
        key: _Key,
        generation: Generation,
        noted: Noted,
        reply: Reply,
        project: NormalizedName | None,
    ) -> None:
        validities = self._freshness.validities
        kept = _Kept(validities.of(project), reply, noted)
        if validities.generation != generation or kept.size > self._capacity // _LARGEST_SHARE:
            return
        if replaced := self._kept.pop(key, None):
            self._sum -= replaced.size
        self._kept[key] = kept
        noted.validity = None if key.hour else kept.validity
        self._sum += kept.size
        while self._sum > self._capacity:
            _oldest, dropped = self._kept.popitem(last=False)
            self._sum -= dropped.size


def _key(scope: HTTPScope) -> _Key | None:
    """Return the key of the answer, ``None`` for a request whose answer is not for everybody."""
    addressed = addressed_of(scope)
    if scope["method"] != "GET" or addressed.index is None:
        return None
    sent = {name for name, _value in scope["headers"]}
    if b"authorization" in sent or b"range" in sent:
        return None
    path = addressed.path
    encoding, accept = header_of(scope, b"accept-encoding"), header_of(scope, b"accept")
    # What is remembered below is the client's to choose: a long one is answered all the same, from behind.
    if len(encoding or "") + len(accept or "") + len(scope["query_string"]) > _LONGEST_REMEMBERED:
        return None
    if _SIMPLE.match(path):
        query = scope["query_string"].decode("latin-1")
        representation = _representation(accept, query)
        # Links on these pages are relative: they are the same for all origins.
        if representation is None:
            return None
        return _Key(addressed.root, path, representation, _accepts_gzip(encoding))
    if _LEGACY_JSON.match(path):
        # It includes download counts, which change without a commit that the signal shows.
        hour = int(time.time()) // _HOUR
        return _Key(addressed.base_url, path, "legacy", _accepts_gzip(encoding), hour)
    return _Key(addressed.root, path, "file", is_compressed=False) if _FILE.match(path) else None


@lru_cache(1024)
def _representation(accept: str | None, query: str) -> str | None:
    formats = [value for name, value in parse_qsl(query, keep_blank_values=True) if name == "format"]
    chosen = negotiate(accept, formats[0] if formats else None)
    return chosen.value if chosen else None


_accepts_gzip = lru_cache(1024)(accepts_gzip)
