"""The legacy JSON of projects (docs/reference/standards/legacy-json.md#urls)."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from urllib.parse import quote

import msgspec
from litestar.types import ASGIApp, ControllerRouterHandler
from msgspec.structs import replace
from packaging.version import Version

from pypi_core.domain.names import NormalizedName, parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import NotFound
from pypi_core.simple_api.etag import strong_etag
from pypi_http_api.endpoints import get_endpoint
from pypi_http_api.headers.content_coding import accepts_gzip
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import OperationDescription
from pypi_http_api.pools import Pools
from pypi_http_api.project_shapes import legacy_json
from pypi_http_api.replies import Reply
from pypi_http_api.simple import page_headers

_COMPRESSION_LEVEL = 6


def project_json_endpoints(pools: Pools) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the legacy JSON."""

    async def send(request: IndexRequest) -> ASGIApp:
        """Send what is known of a project, shown by its latest release or by the one asked for."""
        raw, raw_version = request.captured["name"], request.captured.get("version", "")
        name = parse_project_name(raw)
        version = parse_version(raw_version) if raw_version else None
        if raw != name:
            middle = f"{quote(raw_version, safe='')}/" if raw_version else ""
            return request.moved(f"/pypi/{name}/{middle}json")
        reply, private = await pools.read(_reply, request, name, version)
        return request.answer_with(reply, private=private)

    return [
        get_endpoint("/pypi/<name>/json[/]", send, pools, _PROJECT),
        get_endpoint("/pypi/<name>/<version>/json[/]", send, pools, _RELEASE),
    ]


_PROJECT = OperationDescription(
    summary="Describe a project by its latest release, with the files of all",
    tag="Legacy",
    types=("application/json",),
    headers={"If-None-Match": "The `ETag` of the copy that the client has."},
    moves=True,
)
_RELEASE = replace(_PROJECT, summary="Describe a release")


def _reply(request: IndexRequest, name: NormalizedName, version: Version | None) -> tuple[Reply, bool]:
    overview = request.index.projects.read(request.actor, name, version)
    if overview.release is None or overview.metadata is None or not overview.project.status.offers_files:
        raise NotFound(f"Project {name!r} has no release to show.")
    body = msgspec.json.encode(
        legacy_json(
            overview,
            overview.release,
            overview.metadata,
            downloads=request.index.download_counts.shown(request.actor, overview.project.id),
            base_url=request.base_url,
            site_url=request.site_url,
            with_releases=version is None,
        )
    )
    compressed = accepts_gzip(request.header(b"accept-encoding"))
    headers = page_headers(
        "application/json", strong_etag(body), overview.project.serial, overview.private, gzip=compressed
    )
    if compressed:
        body = gzip.compress(body, _COMPRESSION_LEVEL, mtime=0)
    return Reply(headers=headers, body=body), overview.private
