"""Numbers for those who watch over the server."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.errors import NotFound
from pypi_http_api.endpoints import endpoint
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.replies import Reply
from pypi_http_api.traffic import Traffic
from pypi_http_api.watching import Exposition, Watchers


def metrics_endpoints(
    expose: Exposition, traffic: Traffic, watchers: Watchers
) -> Sequence[ControllerRouterHandler]:
    """Return the route of the metrics, which is not there for strangers."""

    async def metrics(request: IndexRequest) -> ASGIApp:
        """Answer what was counted."""
        if not watchers.may_see(request.scope):
            raise NotFound("There is nothing at this address.")
        # Counted on the loop, so copied there.
        samples = traffic.samples()
        content_type, text = await watchers.call(expose, samples, request.header(b"accept") or "")
        headers = ((b"content-type", content_type.encode()), (b"cache-control", b"no-store"))
        return Reply(headers=headers, body=text)

    return [endpoint("/metrics", metrics, "GET")]
