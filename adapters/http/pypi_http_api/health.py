"""Whether the server lives, and whether it can serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_http_api.endpoints import endpoint
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import OperationDescription
from pypi_http_api.pools import Pools
from pypi_http_api.replies import Headers, sentence_reply, text_reply

_NO_STORE: Headers = ((b"cache-control", b"no-store"),)


_LIVE = OperationDescription(summary="Report that the server runs", tag="about", types=("text/plain",))
_READY = OperationDescription(
    summary="Report whether the server can serve", tag="about", types=("text/plain",)
)


def health_endpoints(is_ready: Callable[[], bool], pools: Pools) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the probes."""

    async def live(request: IndexRequest) -> ASGIApp:
        """Answer from the loop alone: no thread, no database."""
        return text_reply("alive", headers=_NO_STORE)

    async def ready(request: IndexRequest) -> ASGIApp:
        """Answer when a reader's thread and the database do."""
        try:
            answer = await pools.read(is_ready)
        except Exception:
            answer = False
        if answer:
            return text_reply("ready", headers=_NO_STORE)
        sentence = "Not ready: the database does not answer or is not migrated to this version."
        return sentence_reply(sentence, status=503, headers=_NO_STORE)

    return [
        endpoint("/health/live", live, "GET", described=_LIVE),
        endpoint("/health/ready", ready, "GET", described=_READY),
    ]
