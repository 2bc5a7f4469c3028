"""The bytes of upload sessions, which arrive in pieces and go on where the connection broke off."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.domain.permissions import require_known
from pypi_core.domain.upload_sessions import UploadSessionId
from pypi_http_api.endpoints import endpoint
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import OperationDescription
from pypi_http_api.pools import Pools
from pypi_http_api.receiving.at_offset import announced_offset, offset_reply, receive_at_offset
from pypi_http_api.traffic import noted_of


def session_upload_endpoints(pools: Pools) -> Sequence[ControllerRouterHandler]:
    """Return the route of the files of upload sessions."""

    async def tell(request: IndexRequest) -> ASGIApp:
        """Say how many bytes of a file there are."""
        session_id, filename = _address(request)
        receiving = request.index.receive_bytes
        return offset_reply(await pools.fetch(receiving.offset, request.actor, session_id, filename))

    async def receive(request: IndexRequest) -> ASGIApp:
        """Receive bytes of a file, and say how many there are then."""
        # Nothing of the body is read before: `Expect: 100-continue` is answered by a refusal.
        session_id, filename = _address(request)
        file = await pools.write(
            request.index.receive_bytes, request.actor, session_id, filename, announced_offset(request)
        )
        with noted_of(request.scope).uploading():
            return offset_reply(await receive_at_offset(request, file, pools))

    path = "/upload/<session>/<filename>"
    return [
        endpoint(path, tell, "GET", described=_OFFSET_OF_FILE),
        endpoint(path, receive, "PUT", described=_BYTES_OF_FILE),
    ]


_OFFSET_OF_FILE = OperationDescription(
    summary="Return how many bytes of a file of an upload session have arrived",
    tag="Upload sessions",
    success=HTTPStatus.NO_CONTENT,
)
_BYTES_OF_FILE = OperationDescription(
    summary="Receive bytes of a file of an upload session",
    tag="Upload sessions",
    success=HTTPStatus.NO_CONTENT,
    headers={"Upload-Offset": "How many bytes have arrived, which is where these belong; 0 unless given."},
    body=("application/octet-stream",),
    refusals=(409, 413),
)


def _address(request: IndexRequest) -> tuple[UploadSessionId, str]:
    """Return the session and the file that a known actor asks for."""
    session, filename = request.captured.values()
    require_known(request.actor)
    return UploadSessionId(session), filename
