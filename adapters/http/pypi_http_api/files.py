"""Distribution files and the metadata beside them (STANDARDS 1.7, 1.8)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath
from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.errors import FileNotFound
from pypi_core.ports.blobs import LocalFile
from pypi_core.site import Site
from pypi_core.use_cases.open_file import ServedFile
from pypi_http_api.hot_replies import remember
from pypi_http_api.pools import Pools
from pypi_http_api.ranges import Span, Unsatisfiable, requested_span
from pypi_http_api.replies import CORS, Reply, StreamedReply, conditional, redirect, text_reply
from pypi_http_api.visits import Visit, header, visit_of

AnyRequest = Request[Any, Any, Any]

_METADATA = ".metadata"
_CHUNK = 256 * 1024
# Read in the thread that finds it, and kept ready where everybody may read it.
_SMALL = 64 * 1024


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of which file, and on which conditions."""

    filename: str
    blake2_256: str
    if_none_match: str | None
    if_range: str | None
    range: str | None


def file_handlers(site: Site, pools: Pools) -> list[ControllerRouterHandler]:
    """Return the handler of all files below ``/packages/``."""

    @get("/packages/{one:str}/{two:str}/{rest:str}/{filename:str}", summary="Download a file")
    async def file(
        request: AnyRequest,
        one: FromPath[str],
        two: FromPath[str],
        rest: FromPath[str],
        filename: FromPath[str],
    ) -> ASGIApp:
        visit = visit_of(request.scope)
        if visit.path.endswith("/"):
            raise FileNotFound(filename)
        wanted = _Wanted(
            filename=filename,
            blake2_256=one + two + rest,
            if_none_match=header(request.scope, b"if-none-match"),
            if_range=header(request.scope, b"if-range"),
            range=header(request.scope, b"range"),
        )
        reply, may_be_kept = await pools.read(_answer, site, visit, pools, wanted)
        if may_be_kept and isinstance(reply, Reply):
            remember(request.scope, reply, dict(reply.headers)["etag"])
        return reply

    return [file]


def _answer(site: Site, visit: Visit, pools: Pools, wanted: _Wanted) -> tuple[Reply | StreamedReply, bool]:
    """Do everything that needs a thread; say, too, whether the reply may be given to others."""
    served = _find(site, visit, wanted)
    if not isinstance(served.location, LocalFile):
        return redirect(302, served.location.url, [("cache-control", "no-store"), *CORS]), False
    headers = _headers(served)
    not_modified = conditional(Reply(200, headers), served.etag, wanted.if_none_match)
    if not_modified.status == 304:
        return not_modified, False
    with contextlib.ExitStack() as closing:
        stream = closing.enter_context(Path(served.location.path).open("rb", buffering=0))
        size = os.fstat(stream.fileno()).st_size
        # RFC 9110, 13.1.5: a range of another file than the client has the rest of is of no use.
        applies = wanted.if_range is None or wanted.if_range.strip() == served.etag
        try:
            asked = requested_span(wanted.range, size) if applies else None
        except Unsatisfiable:
            behind_the_end = [("content-range", f"bytes */{size}"), *CORS]
            return text_reply(416, "The file has no such bytes.", behind_the_end), False
        span = asked or Span(0, size)
        if asked is not None:
            headers.append(("content-range", f"bytes {span.start}-{span.stop - 1}/{size}"))
        status = 200 if asked is None else 206
        if visit.only_head:
            return StreamedReply(status, headers, span.length, None), False
        if span.length <= _SMALL:
            content = os.pread(stream.fileno(), span.length, span.start)
            return Reply(status, headers, content), status == 200 and not served.private
        closing.pop_all()
        return StreamedReply(status, headers, span.length, _chunks(pools, stream, span)), False


def _find(site: Site, visit: Visit, wanted: _Wanted) -> ServedFile:
    # The root serves what any index lists: the absolute addresses of the legacy JSON point there.
    holder = visit.index if visit.root else site
    if wanted.filename.endswith(_METADATA):
        filename = wanted.filename.removesuffix(_METADATA)
        return holder.read_core_metadata(visit.actor, filename, wanted.blake2_256)
    return holder.open_file(visit.actor, wanted.filename, wanted.blake2_256)


def _headers(served: ServedFile) -> list[tuple[str, str]]:
    # Files never change, and their name is their content's.
    scope = "private" if served.private else "public"
    return [
        ("content-type", "application/octet-stream"),
        ("accept-ranges", "bytes"),
        ("etag", served.etag),
        ("cache-control", f"{scope}, max-age=31536000, immutable"),
        ("x-content-type-options", "nosniff"),
        *([("vary", "Authorization")] if served.private else CORS),
    ]


async def _chunks(pools: Pools, stream: IO[bytes], span: Span) -> AsyncIterator[bytes]:
    with contextlib.closing(stream):
        position = span.start
        while position < span.stop:
            count = min(_CHUNK, span.stop - position)
            chunk = await pools.read(os.pread, stream.fileno(), count, position)
            if not chunk:
                raise OSError("a stored file is shorter than it was when it was opened")
            position += len(chunk)
            yield chunk
