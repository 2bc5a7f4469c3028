"""From a function of our own to a route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from litestar import Request, route
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Operation
from litestar.types import ASGIApp, Method

from pypi_core.errors import Invalid, NotFound
from pypi_http_api.bodies import ClientLeft
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import SLASH, OperationDescription, operation_id
from pypi_http_api.pools import Pools
from pypi_http_api.replies import ANY_ORIGIN, Headers, Reply
from pypi_http_api.routes import Route

AnyRequest = Request[Any, Any, Any]
Answer = Callable[[IndexRequest], Awaitable[ASGIApp]]


def endpoint(
    pattern: str, answer: Answer, *methods: Method, described: OperationDescription | None = None
) -> HTTPRouteHandler:
    """
    Let *answer* answer requests for the `Route` of *pattern*, of any size; other methods are refused.

    *described* is what OpenAPI says of it; what is not described is not in the document.
    """

    at = Route(pattern)

    async def handle(request: AnyRequest) -> ASGIApp:
        try:
            return await answer(IndexRequest(request.scope, request.receive, at))
        except ClientLeft:
            return Reply(status=400)  # Nobody reads it.

    return route(
        at.path,
        http_method=methods,
        # Bodies are not read by the framework, whose limit on them would come too early.
        request_max_body_size=None,
        include_in_schema=described is not None,
        operation_id=operation_id,
        operation_class=described.operation_class() if described else Operation,
        opt={SLASH: at.has_slash},
    )(handle)


def get_endpoint(
    pattern: str, answer: Answer, pools: Pools, described: OperationDescription | None = None
) -> HTTPRouteHandler:
    """Let *answer* answer GET and HEAD, also from the pages of other origins."""

    async def answer_any(request: IndexRequest) -> ASGIApp:
        if request.scope["method"] == "OPTIONS":
            return await _preflight(request, pools)
        try:
            reply = await answer(request)
        except (Invalid, NotFound):
            await _authorise(request, pools)
            raise
        if isinstance(reply, Reply) and reply.status in _MADE_WITHOUT_READING:
            await _authorise(request, pools)
        return reply

    return endpoint(pattern, answer_any, "GET", "OPTIONS", described=described)


_MADE_WITHOUT_READING = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.NOT_ACCEPTABLE}


async def _authorise(request: IndexRequest, pools: Pools) -> None:
    """Refuse a caller who may not read the index, who then does not learn what it has, or where."""
    await pools.read(request.index.reading.authorise, request.actor)


_ALLOWED: Headers = ((b"allow", b"GET, HEAD, OPTIONS"),)
_CROSS_ORIGIN: Headers = (
    ANY_ORIGIN,
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"Accept, Cache-Control, Content-Type, If-None-Match, If-Range, Range"),
    (b"access-control-max-age", b"86400"),
)


async def _preflight(request: IndexRequest, pools: Pools) -> Reply:
    record = await pools.read(request.index.reading.record)
    # Pages of other origins have no business with what is private.
    is_public = record.settings.reading == "public"
    return Reply(status=204, headers=(*_ALLOWED, *_CROSS_ORIGIN) if is_public else _ALLOWED)
