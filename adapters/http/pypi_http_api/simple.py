"""The Simple API (PEP 503, 691, 700, 714, 740, 792), version 1.4."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

from litestar import Request, get
from litestar.params import FromPath
from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.domain.names import parse_project_name
from pypi_core.errors import InvalidName, ProjectNotFound
from pypi_core.ports.pages import PageKind
from pypi_core.simple_api.content_coding import accepts_gzip
from pypi_core.simple_api.negotiation import NOT_ACCEPTABLE_TEXT, Representation, negotiate
from pypi_core.use_cases.read_page import ServedPage
from pypi_core.use_cases.read_project_list import ProjectList
from pypi_http_api.hot_replies import remember
from pypi_http_api.pools import Pools
from pypi_http_api.replies import (
    CORS,
    Reply,
    StreamedReply,
    caching_headers,
    conditional,
    redirect,
    serial_header,
    text_reply,
)
from pypi_http_api.visits import Visit, header, visit_of

AnyRequest = Request[Any, Any, Any]

_VARY = "Accept, Accept-Encoding"


def simple_handlers(pools: Pools) -> list[ControllerRouterHandler]:
    """Return the handlers of the project list and the project pages."""

    @get("/simple/", summary="List all projects")
    async def project_list(request: AnyRequest) -> ASGIApp:
        visit = visit_of(request.scope)
        if visit.path != "/simple/":
            return redirect(301, visit.location("/simple/"), CORS)
        form = _form(request, visit)
        if form is None:
            return _not_acceptable()
        listed = await pools.read(visit.index.read_project_list, visit.actor, _kind(form))
        return _list_reply(request, visit, form, listed)

    @get("/simple/{name:str}/", summary="Show a project's files")
    async def project_detail(request: AnyRequest, name: FromPath[str]) -> ASGIApp:
        visit = visit_of(request.scope)
        try:
            normalized = parse_project_name(name)
        except InvalidName:
            return _not_found("This is no project name.")
        if visit.path != f"/simple/{normalized}/":
            return redirect(301, visit.location(f"/simple/{normalized}/"), CORS)
        form = _form(request, visit)
        if form is None:
            return _not_acceptable()
        try:
            served = await pools.read(visit.index.read_page, visit.actor, normalized, _kind(form))
        except ProjectNotFound as error:
            return _not_found(str(error))
        reply, etag = _page_reply(request, form, served)
        if not served.private:
            remember(request.scope, reply, etag)
        return conditional(reply, etag, header(request.scope, b"if-none-match"))

    return [project_list, project_detail]


def _form(request: AnyRequest, visit: Visit) -> Representation | None:
    asked = parse_qs(visit.query, keep_blank_values=True, max_num_fields=100).get("format")
    return negotiate(header(request.scope, b"accept"), asked[0] if asked else None)


def _kind(form: Representation) -> PageKind:
    return PageKind.SIMPLE_JSON if form is Representation.JSON else PageKind.SIMPLE_HTML


def _page_reply(request: AnyRequest, form: Representation, served: ServedPage) -> tuple[Reply, str]:
    gzip = accepts_gzip(header(request.scope, b"accept-encoding"))
    etag = _etag(served.page.etag, form, gzip=gzip)
    headers = _headers(form, etag, served.serial, private=served.private, gzip=gzip)
    return Reply(200, headers, served.page.compressed if gzip else served.page.body), etag


def _list_reply(request: AnyRequest, visit: Visit, form: Representation, listed: ProjectList) -> ASGIApp:
    gzip = accepts_gzip(header(request.scope, b"accept-encoding"))
    etag = _etag(listed.etag, form, gzip=gzip)
    headers = _headers(form, etag, listed.serial, private=listed.private, gzip=gzip)
    not_modified = conditional(Reply(200, headers), etag, header(request.scope, b"if-none-match"))
    if not_modified.status == 304:
        return not_modified

    async def chunks() -> AsyncIterator[bytes]:
        # Each is ready or inflated in well under a millisecond: no thread.
        for chunk in () if visit.only_head else listed.chunks(gzip=gzip):
            yield chunk

    return StreamedReply(200, headers, listed.length(gzip=gzip), chunks())


def _headers(
    form: Representation, etag: str, serial: int, *, private: bool, gzip: bool
) -> list[tuple[str, str]]:
    coding = [("content-encoding", "gzip")] if gzip else []
    return [
        ("content-type", form.content_type),
        *coding,
        ("etag", etag),
        *caching_headers(private=private, vary=_VARY),
        serial_header(serial),
        ("x-content-type-options", "nosniff"),
    ]


def _etag(identity: str, form: Representation, *, gzip: bool) -> str:
    """Tell apart what has the same bytes under another type, or other bytes under another coding."""
    suffix = "-v1" if form is Representation.HTML_V1 else ""
    return f'{identity[:-1]}{suffix}{"-gzip" if gzip else ""}"'


def _not_acceptable() -> Reply:
    return text_reply(406, NOT_ACCEPTABLE_TEXT, [("vary", _VARY), *CORS])


def _not_found(sentence: str) -> Reply:
    return text_reply(
        404, sentence, [("vary", _VARY), ("cache-control", "max-age=0, must-revalidate"), *CORS]
    )
