"""``POST /pypi``, which two kinds of legacy tools share: one sends calls in XML, the other forms."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_http_api.endpoints import endpoint
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.legacy_actions import LegacyActions
from pypi_http_api.operation_description import OperationDescription, Query
from pypi_http_api.pools import Pools
from pypi_http_api.xml_rpc import XmlRpcCalls, is_xml

_CALL_OR_ACT = OperationDescription(
    summary="Call a method by XML-RPC, or answer a form of a legacy tool",
    tag="XML-RPC",
    types=("text/xml", "text/plain"),
    query={":action": Query(description="What the form is for.")},
    body=("text/xml", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded"),
    moves=True,
    refusals=(410, 413, 415),
)


def post_pypi_endpoints(
    calls: XmlRpcCalls, actions: LegacyActions, pools: Pools
) -> Sequence[ControllerRouterHandler]:
    """Return the route that takes calls and forms."""

    async def call_or_act(request: IndexRequest) -> ASGIApp:
        if is_xml(request):
            return await calls.call(request)
        await pools.read(request.index.reading.authorise, request.actor)
        return await actions.take(request)

    return [endpoint("/pypi", call_or_act, "POST", described=_CALL_OR_ACT)]
