"""Distribution files and the metadata beside them (STANDARDS 1.7, 1.8)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.errors import FileNotFound
from pypi_core.ports.blobs import LocalFile
from pypi_core.site import Site
from pypi_core.use_cases.open_file import ServedFile
from pypi_http_api.pools import Pools
from pypi_http_api.ranges import Span, Unsatisfiable, requested_span
from pypi_http_api.replies import CORS, Reply, StreamedReply, conditional, redirect, text_reply
from pypi_http_api.visits import Visit, header, visit_of

AnyRequest = Request[Any, Any, Any]

_METADATA = ".metadata"
_CHUNK = 256 * 1024
# Read in the same thread that opened it.
_SMALL = 256 * 1024


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
        served = await pools.read(_open, site, visit, filename, one + two + rest)
        if not isinstance(served.location, LocalFile):
            return redirect(302, served.location.url, [("cache-control", "no-store"), *CORS])
        return await _file_reply(request, visit, pools, served, served.location.path)

    return [file]


def _open(site: Site, visit: Visit, filename: str, blake2_256: str) -> ServedFile:
    # The root serves what any index lists: the absolute addresses of the legacy JSON point there.
    holder = visit.index if visit.root else site
    if filename.endswith(_METADATA):
        return holder.read_core_metadata(visit.actor, filename.removesuffix(_METADATA), blake2_256)
    return holder.open_file(visit.actor, filename, blake2_256)


async def _file_reply(
    request: AnyRequest, visit: Visit, pools: Pools, served: ServedFile, path: str
) -> ASGIApp:
    headers = _headers(served)
    not_modified = conditional(Reply(200, headers), served.etag, header(request.scope, b"if-none-match"))
    if not_modified.status == 304:
        return not_modified
    stream, size = await pools.read(_opened, path)
    try:
        asked = header(request.scope, b"range") if _range_applies(request, served.etag) else None
        span = requested_span(asked, size)
    except Unsatisfiable:
        stream.close()
        return text_reply(416, "The file has no such bytes.", [("content-range", f"bytes */{size}"), *CORS])
    status = 200
    if span is not None:
        status = 206
        headers = [*headers, ("content-range", f"bytes {span.start}-{span.stop - 1}/{size}")]
    span = span or Span(0, size)
    if span.length <= _SMALL and not visit.only_head:
        return Reply(status, headers, await pools.read(_read_and_close, stream, span))
    return StreamedReply(
        status, headers, span.length, _chunks(pools, stream, span), only_head=visit.only_head
    )


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


def _range_applies(request: AnyRequest, etag: str) -> bool:
    """Tell whether ``If-Range``, where there is one, names the file as it is (strong comparison)."""
    condition = header(request.scope, b"if-range")
    return condition is None or condition.strip() == etag


def _opened(path: str) -> tuple[IO[bytes], int]:
    stream = Path(path).open("rb", buffering=0)  # noqa: SIM115 - closed by whoever reads it
    return stream, os.fstat(stream.fileno()).st_size


def _read_and_close(stream: IO[bytes], span: Span) -> bytes:
    with stream:
        return os.pread(stream.fileno(), span.length, span.start)


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
