"""The integrity API: proof of who published a file (docs/reference/standards/integrity.md#provenance)."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.domain.filenames import parse_filename
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version, release_key
from pypi_core.errors import FileNotFound, NotFound
from pypi_http_api.endpoints import get_endpoint
from pypi_http_api.headers.preferences import weighted_elements
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import OperationDescription
from pypi_http_api.pools import Pools
from pypi_http_api.replies import text_reply

_TYPES = ("application/vnd.pypi.integrity.v1+json", "application/json")


def integrity_endpoints(pools: Pools) -> Sequence[ControllerRouterHandler]:
    """Return the route of provenance."""
    path = "/integrity/<name>/<version>/<filename>/provenance[/]"
    described = OperationDescription(
        summary="Send the provenance of a file (PEP 740): there is none yet",
        tag="Files",
        types=_TYPES,
        headers={"Accept": "The form of it."},
        refusals=(406,),
    )

    async def send(request: IndexRequest) -> ASGIApp:
        """Say that a file has no provenance: attestations are not taken, so none has."""
        if not _is_acceptable(request.header(b"accept")):
            types = "\n".join(_TYPES)
            return text_reply(f"Provenance comes as one of these types:\n{types}\n", status=406)
        raw_name, raw_version, filename = request.captured.values()
        name, version = parse_project_name(raw_name), parse_version(raw_version)
        await pools.read(request.index.files.find, request.actor, filename)
        found = parse_filename(filename)
        if (found.name, release_key(found.version)) != (name, release_key(version)):
            raise FileNotFound(filename)
        raise NotFound(f"No provenance available for {filename}")

    return [get_endpoint(path, send, pools, described)]


def _is_acceptable(accept: str | None) -> bool:
    weights = dict(weighted_elements(accept or "*/*"))
    return any(weights.get(each, weights.get("application/*", weights.get("*/*", 0))) for each in _TYPES)
