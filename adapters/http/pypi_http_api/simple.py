"""The Simple API: the project list and the projects' pages (PEP 503, PEP 691)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send
from msgspec.structs import replace

from pypi_core.domain.entities import Serial
from pypi_core.domain.names import parse_project_name
from pypi_core.ports.pages import PageKind
from pypi_core.use_cases.reading.project_list import ProjectList
from pypi_http_api.costly_calls import CostlyCalls
from pypi_http_api.endpoints import get_endpoint
from pypi_http_api.headers.content_coding import accepts_gzip
from pypi_http_api.headers.negotiation import NOT_ACCEPTABLE_TEXT, Representation, negotiate
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import OperationDescription, Query
from pypi_http_api.pools import Pools
from pypi_http_api.replies import ANY_ORIGIN, Headers, Reply, text_reply, unless_known

_PIECE = 256 * 1024


def simple_endpoints(pools: Pools, costly: CostlyCalls) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the Simple API."""
    pages = _SimplePages(pools, costly)
    return [
        get_endpoint("/simple/", pages.project_list, pools, _PROJECT_LIST),
        get_endpoint("/simple/<name>/", pages.project_page, pools, _PROJECT_PAGE),
    ]


_PROJECT_LIST = OperationDescription(
    summary="List all projects (PEP 503, 691)",
    tag="Simple API",
    types=tuple(each.value for each in Representation),
    query={"format": Query(description="A content type, which goes before `Accept`.")},
    headers={"Accept": "The form of the page.", "If-None-Match": "The `ETag` of the page that is there."},
    moves=True,
    refusals=(406,),
)
_PROJECT_PAGE = replace(_PROJECT_LIST, summary="List the files of a project (PEP 503, 691)")


class _SimplePages:
    def __init__(self, pools: Pools, costly: CostlyCalls) -> None:
        self._pools = pools
        self._costly = costly

    async def project_list(self, request: IndexRequest) -> ASGIApp:
        """Send the names of all projects, a piece at a time."""
        if request.path != "/simple/":
            return request.moved("/simple/")
        form = _form(request)
        if form is None:
            return _not_acceptable(request)
        read = request.index.pages.project_list
        listed = await self._costly.run(request.caller, read, request.actor, _kind(form))
        gzip = accepts_gzip(request.header(b"accept-encoding"))
        headers = page_headers(form.content_type, listed.etag, listed.serial, listed.private, form, gzip=gzip)
        known = unless_known(Reply(headers=headers), request.header(b"if-none-match"))
        if known.status == 304:
            return known
        return StreamedList(self._pools, headers, listed, gzip=gzip, only_head=request.only_head)

    async def project_page(self, request: IndexRequest) -> ASGIApp:
        """Send the files of one project."""
        name = parse_project_name(request.captured["name"])
        # PEP 503: redirects are made before the form is chosen, clients keep their Accept header.
        if request.path != f"/simple/{name}/":
            return request.moved(f"/simple/{name}/")
        form = _form(request)
        if form is None:
            return _not_acceptable(request)
        served = await self._pools.read(request.index.pages.project, request.actor, name, _kind(form))
        gzip = accepts_gzip(request.header(b"accept-encoding"))
        reply = Reply(
            headers=page_headers(
                form.content_type, served.page.etag, served.serial, served.private, form, gzip=gzip
            ),
            body=served.page.compressed if gzip else served.page.body,
        )
        return request.answer_with(reply, private=served.private, project=name)


def page_headers(
    content_type: str,
    etag: str,
    serial: Serial,
    private: bool,
    form: Representation | None = None,
    *,
    gzip: bool,
) -> Headers:
    """Return the headers of a page whose identity form has *etag*; each form and coding gets its own."""
    # Both types of HTML have the same bytes, and a strong tag covers the type as well.
    suffix = ("-v1" if form is Representation.HTML_V1 else "") + ("-gzip" if gzip else "")
    tag = f'{etag[:-1]}{suffix}"'
    vary = "Accept, Accept-Encoding" if form else "Accept-Encoding"
    cache = "max-age=0, must-revalidate"
    headers: Headers = (
        (b"content-type", content_type.encode()),
        (b"etag", tag.encode()),
        (b"vary", f"{vary}, Authorization".encode() if private else vary.encode()),
        (b"cache-control", f"private, {cache}".encode() if private else cache.encode()),
        (b"x-pypi-last-serial", str(serial).encode()),
        (b"x-content-type-options", b"nosniff"),
    )
    if gzip:
        headers = (*headers, (b"content-encoding", b"gzip"))
    if private:
        return headers
    return (*headers, ANY_ORIGIN, (b"access-control-expose-headers", b"X-PyPI-Last-Serial"))


class StreamedList:
    """Sends the project list in pieces, each made in a thread when the one before is gone."""

    def __init__(
        self, pools: Pools, headers: Headers, listed: ProjectList, *, gzip: bool, only_head: bool
    ) -> None:
        length = (b"content-length", str(listed.length(gzip=gzip)).encode())
        self._pools = pools
        self._headers = [*headers, length]
        self._chunks = iter(()) if only_head else listed.chunks(gzip=gzip)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the list."""
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        while piece := await self._pools.read(_piece, self._chunks):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _piece(chunks: Iterator[bytes]) -> bytes:
    """Return the next chunks together, empty when there are no more."""
    piece = b""
    for chunk in chunks:
        piece += chunk
        if len(piece) >= _PIECE:
            break
    return piece


def _form(request: IndexRequest) -> Representation | None:
    return negotiate(request.header(b"accept"), request.query_value("format"))


def _kind(form: Representation) -> PageKind:
    return PageKind.SIMPLE_JSON if form is Representation.JSON else PageKind.SIMPLE_HTML


def _not_acceptable(request: IndexRequest) -> Reply:
    headers: Headers = ((b"vary", b"Accept, Accept-Encoding"),)
    phrase: Headers = ((b"x-reason-phrase", b"Not Acceptable"),)
    cors: Headers = (ANY_ORIGIN,) if request.actor.is_anonymous else ()
    return text_reply(NOT_ACCEPTABLE_TEXT, status=406, headers=(*headers, *phrase, *cors))
