"""The legacy upload API (docs/reference/standards/upload-form.md#order-of-checks)."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.domain.permissions import require_known
from pypi_core.errors import Gone, InvalidForm
from pypi_http_api.endpoints import endpoint
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import OperationDescription, Query
from pypi_http_api.pools import Pools
from pypi_http_api.receiving.form import ACTION, FormReceiver
from pypi_http_api.receiving.purposes import PURPOSES
from pypi_http_api.replies import Reply, text_reply
from pypi_http_api.settings import HttpSettings
from pypi_protocol.errors import Problem


def upload_endpoints(pools: Pools, settings: HttpSettings) -> Sequence[ControllerRouterHandler]:
    """Return the route of uploads."""
    forms = FormReceiver(pools, settings, PURPOSES, _refuse)

    async def receive(request: IndexRequest) -> ASGIApp:
        """Receive one form and do what it says."""
        if request.path != "/legacy/":
            return _slash_missing(request)
        require_known(request.actor)
        return await forms.receive(request)

    return [endpoint("/legacy/", receive, "POST", described=_UPLOAD)]


_UPLOAD = OperationDescription(
    summary="Publish a wheel or sdist, or verify it",
    tag="Upload API",
    types=("text/plain",),
    query={ACTION: Query(description="file_upload or verify; it may stand in the form as well.")},
    body=("multipart/form-data",),
    moves=True,
    refusals=(410, 413, 415),
)


def _refuse(_request: IndexRequest, action: str) -> Reply:
    if action in {"submit", "submit_pkg_info"}:
        raise Gone("Projects need not be registered before their first upload: just upload the file.")
    raise InvalidForm(Problem(ACTION, f"Unknown :action {action[:60]!r}: send file_upload."))


def _slash_missing(request: IndexRequest) -> Reply:
    # uv does not join it to the URL it knows, so it has to be absolute.
    location = f"{request.base_url}/legacy/{request.query}"
    return text_reply(
        f"Upload to {request.base_url}/legacy/ (with a slash at its end).\n",
        status=308,
        headers=((b"location", location.encode("latin-1")),),
    )
