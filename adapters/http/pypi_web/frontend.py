"""
The pages and their addresses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from pypi_core.domain.indexes import Reading
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Invalid, NotFound
from pypi_core.ports.search import SearchQuery, SearchSort
from pypi_http_api.headers.preferences import weighted_elements
from pypi_http_api.index_request import IndexRequest
from pypi_web.pages import (
    PageContext,
    error_page,
    front_page,
    not_found_page,
    project_page,
    search_page,
    statistics_page,
)

AnyRequest = Request[Any, Any, Any]

_HITS_PER_PAGE = 20
# Descriptions are sanitised; this holds should one ever slip through.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' {}data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY.format(""),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=0, must-revalidate",
}
_HEADERS_WITH_REMOTE_IMAGES = {**_HEADERS, "Content-Security-Policy": _POLICY.format("https: ")}


def frontend() -> Sequence[ControllerRouterHandler]:
    """Return the handlers to mount at the root of every index."""
    return [front, search, statistics, project, release, stylesheet, icon]


def refusal_page(root: str, path: str, status: HTTPStatus, sentence: str) -> tuple[Mapping[str, str], str]:
    """Return the headers and the HTML of a refusal, for people; see `pypi_http_api.RefusalPage`."""
    return _HEADERS, error_page(root, path, status, sentence)


@get("/", sync_to_thread=True, include_in_schema=False)
def front(request: AnyRequest) -> Response[str]:
    """Say what this index is and how to use it."""
    return _html(front_page(_context(request)))


@get("/search/", sync_to_thread=True, include_in_schema=False)
def search(
    request: AnyRequest, q: FromQuery[str] = "", page: FromQuery[int] = 1, sort: FromQuery[str] = ""
) -> Response[str]:
    """Show the projects that match; without words all of them."""
    asked = _asked(request)
    context = _context(request)
    page = max(page, 1)
    order = SearchSort(sort) if sort in {*SearchSort} else SearchSort.RELEVANCE
    query = SearchQuery(words=q, sort=order, offset=(page - 1) * _HITS_PER_PAGE, limit=_HITS_PER_PAGE)
    try:
        results = asked.index.search.by_words(asked.actor, query)
    except Invalid as error:
        return _html(search_page(context, query, page, None, problem=str(error)), status=400)
    return _html(search_page(context, query, page, results))


@get("/stats/", sync_to_thread=True, include_in_schema=False)
def statistics(request: AnyRequest) -> Response[str] | Response[bytes]:
    """
    Show how much there is on the index, to programs as JSON.

    See docs/reference/standards/feeds-and-statistics.md#statistics.
    """
    asked = _asked(request)
    context = _context(request)
    counted = asked.index.statistics.read(asked.actor)
    if not dict(weighted_elements(request.headers.get("accept", ""))).get("application/json"):
        return _html(statistics_page(context, counted))
    body = msgspec.json.encode(
        {
            "total_packages_size": counted.total_size,
            "top_packages": {each.project: {"size": each.size} for each in counted.projects},
        }
    )
    headers = {"Vary": "Accept", "X-Content-Type-Options": "nosniff"}
    if context.settings and context.settings.settings.reading is Reading.PUBLIC:
        headers["Access-Control-Allow-Origin"] = "*"
    return Response(body, media_type="application/json", headers=headers)


@get("/project/{name:str}/", sync_to_thread=True, include_in_schema=False)
def project(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """Show a project by its latest release."""
    return _project(request, name, None)


@get("/project/{name:str}/{version:str}/", sync_to_thread=True, include_in_schema=False)
def release(request: AnyRequest, name: FromPath[str], version: FromPath[str]) -> Response[str]:
    """Show one release of a project."""
    return _project(request, name, version)


@get("/static/style.css", sync_to_thread=False, include_in_schema=False)
def stylesheet() -> Response[bytes]:
    """Send the style sheet."""
    return Response(_STYLESHEET, media_type="text/css", headers=_STATIC_HEADERS)


# Browsers ask for the second address by themselves where a page names none: on simple pages, for JSON.
@get(["/static/icon.svg", "/favicon.ico"], sync_to_thread=False, include_in_schema=False)
def icon() -> Response[bytes]:
    """Send the icon of all pages."""
    return Response(_ICON, media_type="image/svg+xml", headers=_STATIC_HEADERS)


_STATIC_HEADERS = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
_STYLESHEET = files("pypi_web").joinpath("static/style.css").read_bytes()
_ICON = files("pypi_web").joinpath("static/icon.svg").read_bytes()


def _project(request: AnyRequest, raw_name: str, raw_version: str | None) -> Response[str]:
    asked = _asked(request)
    context = _context(request)
    try:
        name = parse_project_name(raw_name)
        version = None if raw_version is None else parse_version(raw_version)
        overview = asked.index.projects.read(asked.actor, name, version)
    except (Invalid, NotFound):
        return _html(not_found_page(context, raw_name, raw_version), status=404)
    if raw_name != name:
        suffix = "" if version is None else f"{version}/"
        return Response("", status_code=301, headers={"Location": f"{context.root}/project/{name}/{suffix}"})
    description = ""
    remote_images = context.settings is not None and context.settings.settings.shows_remote_images
    if overview.release and overview.metadata:
        description = asked.index.pages.description(
            overview.project, overview.release, overview.metadata, remote_images=remote_images
        )
    return _html(
        project_page(context, overview, description, is_pinned=version is not None),
        headers=_HEADERS_WITH_REMOTE_IMAGES if remote_images else _HEADERS,
    )


def _html(content: str, status: int = 200, headers: Mapping[str, str] = _HEADERS) -> Response[str]:
    return Response(content, status_code=status, media_type="text/html", headers=headers)


def _context(request: AnyRequest) -> PageContext:
    """Return where the page stands, for those alone who may read the index."""
    asked = _asked(request)
    return PageContext(
        settings=asked.index.reading.authorise(asked.actor), root=asked.root, base_url=asked.base_url
    )


def _asked(request: AnyRequest) -> IndexRequest:
    return IndexRequest(request.scope, request.receive)
