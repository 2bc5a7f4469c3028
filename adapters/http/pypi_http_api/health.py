"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request, get
from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.errors import Unavailable
from pypi_http_api.pools import Pools
from pypi_http_api.replies import text_reply

AnyRequest = Request[Any, Any, Any]

_NO_STORE = [("cache-control", "no-store")]


def health_handlers(is_ready: Callable[[], bool], pools: Pools) -> list[ControllerRouterHandler]:
    """Return the handlers of the two questions."""

    @get("/health/live", summary="Tell whether the process lives")
    async def live() -> ASGIApp:
        # Neither thread nor database: what is slow must not look dead.
        return text_reply(200, "alive", _NO_STORE)

    @get("/health/ready", summary="Tell whether requests can be served")
    async def ready() -> ASGIApp:
        if not await pools.read(is_ready):
            raise Unavailable("The database is not up to date: run `pypi-server migrate`.")
        return text_reply(200, "ready", _NO_STORE)

    return [live, ready]
