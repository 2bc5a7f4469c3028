"""Hosted documentation, its pages and its ZIPs (docs/reference/standards/documentation.md#serving)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from litestar.types import ASGIApp, ControllerRouterHandler
from msgspec.structs import replace
from packaging.version import Version

from pypi_core.domain.documentation import FRONT_PAGE, Alias
from pypi_core.domain.names import NormalizedName, parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import DocumentationNotFound
from pypi_core.use_cases.reading.documentation import ServedDocumentation
from pypi_http_api.endpoints import get_endpoint
from pypi_http_api.file_replies import Content, content_reply
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.media_types import media_type_of
from pypi_http_api.operation_description import OperationDescription
from pypi_http_api.pools import Pools
from pypi_http_api.replies import ANY_ORIGIN, NO_SNIFFING, Headers, Reply, redirect

_ZIP = ".zip"

# Without `allow-same-origin` a page is of an origin of its own: it has no cookies and no storage, and
# to the rest of the site it is a stranger.  What it opens elsewhere is not held by this.
_SANDBOX = (
    b"sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox allow-forms allow-modals "
    b"allow-downloads"
)


def documentation_endpoints(pools: Pools) -> Sequence[ControllerRouterHandler]:
    """Return the routes of documentation."""
    hosted = _Hosted(pools)
    return [
        get_endpoint("/docs/<name>/", hosted.lead, pools, _OF_PROJECT),
        get_endpoint("/docs/<name>/<version>/", hosted.send_front_page, pools, _OF_VERSION),
        get_endpoint("/docs/<name>/<version>/<path...>", hosted.send_page, pools, _PAGE),
    ]


_OF_PROJECT = OperationDescription(
    summary="Lead to the documentation of a project",
    tag="Documentation",
    moves=True,
)
_OF_VERSION = OperationDescription(
    summary="Show the first page of a version's documentation, or send its ZIP",
    tag="Documentation",
    types=("*/*",),
    headers={
        "If-None-Match": "The `ETag` of the copy that the client has.",
        "Range": "Which bytes are wanted.",
        "If-Range": "The `ETag` of the copy of which the client has a part.",
    },
    moves=True,
    refusals=(416,),
)
_PAGE = replace(_OF_VERSION, summary="Show a page of documentation")


class _Hosted:
    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    async def lead(self, request: IndexRequest) -> ASGIApp:
        """Say where the documentation of a project is."""
        name = parse_project_name(request.captured["name"])
        return await self._pools.read(_entrance, request, name)

    async def send_front_page(self, request: IndexRequest) -> ASGIApp:
        """Send the first page of a version, or its ZIP."""
        raw, version = request.captured.values()
        if request.path.endswith("/"):
            return await self._send(request, raw, version, "")
        name = parse_project_name(raw)
        if not version.endswith(_ZIP):
            return request.moved(f"/docs/{name}/{quote(version)}/")
        if raw != name:
            return request.moved(f"/docs/{name}/{quote(version)}")
        return await self._pools.fetch(_archive, request, name, version.removesuffix(_ZIP), self._pools)

    async def send_page(self, request: IndexRequest) -> ASGIApp:
        """Send a page."""
        return await self._send(request, *request.captured.values())

    async def _send(self, request: IndexRequest, raw: str, version: str, path: str) -> ASGIApp:
        name = parse_project_name(raw)
        if raw != name:
            return request.moved(f"/docs/{name}/{quote(version)}/{quote(path)}")
        reply, private = await self._pools.fetch(_page, request, name, version, path, self._pools)
        request.remember_reply(reply, private=private)
        return reply


def _entrance(request: IndexRequest, name: NormalizedName) -> Reply:
    listed = request.index.documentation.of_project(request.actor, name)
    alias = next((each for each in (Alias.STABLE, Alias.LATEST) if each in listed.aliases), None)
    if alias is None:
        raise DocumentationNotFound(name, Alias.LATEST)
    # Not for good: another version may be meant by the next request.
    return redirect(f"{request.root}/docs/{name}/{alias}/", status=302)


def _archive(request: IndexRequest, name: NormalizedName, raw: str, pools: Pools) -> ASGIApp:
    served = request.index.documentation.archive(request.actor, name, _parsed(raw))
    if _is_misspelt(raw, served):
        return request.moved(f"/docs/{name}/{quote(served.version)}{_ZIP}")
    filename = f"{name}-{served.version}-docs{_ZIP}"
    headers = (*_headers(served), (b"content-disposition", f'attachment; filename="{filename}"'.encode()))
    return content_reply(request, _content(served, "application/zip", headers), pools)


def _page(
    request: IndexRequest, name: NormalizedName, raw: str, path: str, pools: Pools
) -> tuple[ASGIApp, bool]:
    served = request.index.documentation.page(request.actor, name, _parsed(raw), path)
    version = served.version if _is_misspelt(raw, served) else raw
    # Links in a page are relative to its folder, so a folder is one only with a slash at its end.
    proper = path if path in {served.path, served.path.removesuffix(FRONT_PAGE)} else f"{path}/"
    if (version, proper) != (raw, path):
        # Not for good: what is a folder today may be a page of the next documentation.
        status = 301 if proper == path else 302
        return request.moved(f"/docs/{name}/{quote(version)}/{quote(proper)}", status), True
    # RFC 8288: the way back to the project, for whatever shows it; the bytes of people's pages stay theirs.
    project = f"{request.root}/project/{name}/{quote(served.version)}/"
    up = (b"link", f'<{project}>; rel="up"'.encode())
    headers = (*_headers(served), (b"content-security-policy", _SANDBOX), up)
    content = _content(served, media_type_of(served.path), headers)
    return content_reply(request, content, pools), served.private


def _parsed(raw: str) -> Version | Alias:
    return Alias(raw) if raw in {*Alias} else parse_version(raw)


def _is_misspelt(raw: str, served: ServedDocumentation) -> bool:
    return raw not in {served.version, *Alias}


def _content(served: ServedDocumentation, content_type: str, headers: Headers) -> Content:
    return Content(
        size=served.size, etag=served.etag, content_type=content_type, headers=headers, open=served.open
    )


def _headers(served: ServedDocumentation) -> Headers:
    # Asked for anew each time, which costs a 304: a cache that keeps some pages for a while shows them
    # beside those of the documentation that took their place.
    cache = "max-age=0, must-revalidate"
    headers: Headers = (
        (b"etag", served.etag.encode()),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", f"private, {cache}".encode() if served.private else cache.encode()),
        NO_SNIFFING,
    )
    # To a page in a sandbox its own fonts and search indexes are those of another origin.
    return (*headers, (b"vary", b"Authorization")) if served.private else (*headers, ANY_ORIGIN)
