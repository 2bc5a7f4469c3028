"""The legacy JSON of a project (STANDARDS 6.1): ``GET /pypi/<name>/json``."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath
from litestar.types import ASGIApp, ControllerRouterHandler
from packaging.version import Version

from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import ProjectNotFound
from pypi_core.simple_api.etag import strong_etag
from pypi_http_api.hot_replies import remember
from pypi_http_api.legacy_json_document import project_document
from pypi_http_api.pools import Pools
from pypi_http_api.replies import CORS, Reply, caching_headers, conditional, redirect, serial_header
from pypi_http_api.visits import Visit, header, visit_of

AnyRequest = Request[Any, Any, Any]


def legacy_json_handlers(pools: Pools) -> list[ControllerRouterHandler]:
    """Return the handlers of a project's and of a release's document."""

    @get("/pypi/{name:str}/json", summary="Describe a project in the legacy JSON")
    async def project(request: AnyRequest, name: FromPath[str]) -> ASGIApp:
        return await answer(request, name, None)

    @get("/pypi/{name:str}/{version:str}/json", summary="Describe a release in the legacy JSON")
    async def release(request: AnyRequest, name: FromPath[str], version: FromPath[str]) -> ASGIApp:
        return await answer(request, name, version)

    async def answer(request: AnyRequest, raw_name: str, raw_version: str | None) -> ASGIApp:
        visit = visit_of(request.scope)
        name = parse_project_name(raw_name)
        version = None if raw_version is None else parse_version(raw_version)
        if raw_name != name:
            between = "" if version is None else f"{version}/"
            return redirect(301, visit.location(f"/pypi/{name}/{between}json"), CORS)
        reply, etag, private = await pools.read(_document, visit, name, version)
        if not private:
            remember(request.scope, reply, etag)
        return conditional(reply, etag, header(request.scope, b"if-none-match"))

    return [project, release]


def _document(visit: Visit, name: str, version: Version | None) -> tuple[Reply, str, bool]:
    overview = visit.index.read_project(visit.actor, parse_project_name(name), version)
    if not overview.project.status.offers_files or overview.release is None:
        raise ProjectNotFound(name)
    # Mirrors refuse a path that does not begin with /packages: the root serves the files of all indexes.
    site_url = visit.base_url.removesuffix(visit.root)
    document = project_document(
        overview, with_releases=version is None, index_url=visit.base_url, files_url=site_url
    )
    body = msgspec.json.encode(document)
    etag = strong_etag(body)
    headers = [
        ("content-type", "application/json"),
        ("etag", etag),
        *caching_headers(private=overview.private, vary="Accept-Encoding"),
        serial_header(overview.project.serial),
        ("x-content-type-options", "nosniff"),
    ]
    return Reply(200, headers, body), etag, overview.private
