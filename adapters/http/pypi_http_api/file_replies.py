"""Sending a stored file, or a part of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

from pypi_core.errors import Unavailable
from pypi_core.ports.blobs import LocalFile, RemoteUrl, Streamed
from pypi_core.use_cases.reading.downloads import ServedFile
from pypi_http_api.bodies import until_left
from pypi_http_api.headers.conditional import if_none_match_matches
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.pools import Pools
from pypi_http_api.ranges import ByteRange, Unsatisfiable, requested_range
from pypi_http_api.replies import ANY_ORIGIN, NO_SNIFFING, Headers, Reply, redirect, text_reply

SMALL: Final = 64 * 1024
"""Up to how many bytes are read when the file is opened; more are read as they are sent."""

_PIECE = 256 * 1024


_log = logging.getLogger(__name__)


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """
    Bytes to be sent, whole or in part.

    *size* in bytes; *etag* is strong, quotes included; *headers* go with all of them, *content_type*
    and what says how long they are only where there is a body.
    """

    size: int
    etag: str
    content_type: str
    headers: Headers
    open: Callable[[], BinaryIO]


def file_reply(request: IndexRequest, served: ServedFile, pools: Pools) -> ASGIApp:
    """Return the answer with the bytes of *served*; opens the file, so call it in a thread."""
    match served.location:
        case RemoteUrl(etag=etag, content=Streamed(size, open_content)) if _wants_another(request, etag):
            # Stores ignore If-Range, and would send a part of what the client has not got.
            return content_reply(request, _content(served, size, open_content), pools)
        case RemoteUrl(url, head):
            # The URL is good for a short time and for who asked.
            target = head if request.only_head and head else url
            reply = redirect(target, status=302, cross_origin=not served.private)
            return Reply(status=302, headers=(*reply.headers, (b"cache-control", b"private, no-store")))
        case LocalFile(path):
            return content_reply(
                request, _content(served, Path(path).stat().st_size, partial(_open_file, path)), pools
            )
        case Streamed(size, open_content):
            return content_reply(request, _content(served, size, open_content), pools)


def _wants_another(request: IndexRequest, etag: str | None) -> bool:
    """Return whether a part is wanted of something else than what is at a store under *etag*."""
    if_range = request.header(b"if-range")
    return if_range is not None and if_range != etag


def _content(served: ServedFile, size: int, opener: Callable[[], BinaryIO]) -> Content:
    return Content(
        size=size,
        etag=served.etag,
        content_type="application/octet-stream",
        headers=_headers(served),
        open=opener,
    )


def _open_file(path: str) -> BinaryIO:
    return Path(path).open("rb")


def content_reply(request: IndexRequest, content: Content, pools: Pools) -> ASGIApp:
    """Return the answer with *content*, or with what of it is asked for; call it in a thread."""
    headers, size = content.headers, content.size
    if_none_match = request.header(b"if-none-match")
    if if_none_match is not None and if_none_match_matches(if_none_match, content.etag):
        return Reply(status=304, headers=headers)
    # RFC 9110, 14.2: a range is for GET alone.
    header = None if request.only_head else request.header(b"range")
    try:
        part = requested_range(header, request.header(b"if-range"), content.etag, size)
    except Unsatisfiable:
        return text_reply(
            "The file ends before the range begins.\n", status=416, headers=_outside(headers, size)
        )
    status, span = (200, ByteRange(0, size)) if part is None else (206, part)
    headers = (
        *headers,
        (b"content-type", content.content_type.encode()),
        (b"content-length", str(span.length).encode()),
        *(() if part is None else (_content_range(part, size),)),
    )
    if request.only_head:
        return Reply(status=status, headers=headers)
    file = content.open()
    file.seek(span.start)
    if span.length > SMALL:
        return _StreamedFile(pools, status, headers, file, span.length)
    with file:
        return Reply(status=status, headers=headers, body=file.read(span.length))


def _outside(headers: Headers, size: int) -> Headers:
    kept = tuple(each for each in headers if each[0] not in {b"cache-control", NO_SNIFFING[0]})
    return (*kept, (b"content-range", f"bytes */{size}".encode()))


def _content_range(part: ByteRange, size: int) -> tuple[bytes, bytes]:
    return b"content-range", f"bytes {part.start}-{part.start + part.length - 1}/{size}".encode()


def _headers(served: ServedFile) -> Headers:
    cache = "max-age=31536000, immutable"
    headers: Headers = (
        (b"etag", served.etag.encode()),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", f"{'private' if served.private else 'public'}, {cache}".encode()),
        NO_SNIFFING,
    )
    return (*headers, (b"vary", b"Authorization")) if served.private else (*headers, ANY_ORIGIN)


class _StreamedFile:
    """Sends *length* bytes of an open file in pieces, and closes it."""

    def __init__(self, pools: Pools, status: int, headers: Headers, file: BinaryIO, length: int) -> None:
        self._pools = pools
        self._status = status
        self._headers = headers
        self._file = file
        self._length = length

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(until_left(receive))
        try:
            await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
            left = self._length
            # Sending to a client that has left goes on silently: there is no need to read on for it.
            while left and not gone.done():
                piece = await self._pools.fetch(self._file.read, min(_PIECE, left))
                if not piece:
                    raise OSError(f"{self._file!r} is {left} bytes shorter than it was")
                left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
        except Unavailable as error:
            # The answer has begun: all that can be said now is that the connection ends too early.
            _log.warning("A download of %s broke off: %s", scope["path"], error)
        finally:
            gone.cancel()
            self._file.close()
