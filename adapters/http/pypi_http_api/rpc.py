"""JSON-RPC over HTTP (STANDARDS 12.1): ``POST /rpc``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request, post
from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.domain.accounts import Actor
from pypi_core.errors import TooLarge
from pypi_core.index import Index
from pypi_http_api.pools import Pools
from pypi_http_api.problems import sentence_reply
from pypi_http_api.replies import Reply
from pypi_http_api.settings import HttpSettings
from pypi_http_api.visits import header, visit_of

AnyRequest = Request[Any, Any, Any]

RpcEndpoint = Callable[[Index, Actor, bytes], bytes | None]
"""Answers a body; ``None`` where there is nothing to answer."""


def rpc_handlers(
    json_rpc: RpcEndpoint, pools: Pools, settings: HttpSettings
) -> list[ControllerRouterHandler]:
    """Return the handler of the JSON-RPC endpoint."""

    @post("/rpc", status_code=200, summary="Call a method of the protocol")
    async def rpc(request: AnyRequest) -> ASGIApp:
        # Any other type could be sent by a form of a foreign page, with a reader's credentials.
        content_type = (header(request.scope, b"content-type") or "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            return sentence_reply(request.scope, 415, "Send the call as application/json.")
        body = await _body(request, settings.largest_call)
        visit = visit_of(request.scope)
        answer = await pools.read(json_rpc, visit.index, visit.actor, body)
        if answer is None:
            return Reply(204, [])
        return Reply(
            200,
            [
                ("content-type", "application/json"),
                ("cache-control", "no-store"),
                ("x-content-type-options", "nosniff"),
            ],
            answer,
        )

    return [rpc]


async def _body(request: AnyRequest, largest: int) -> bytes:
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > largest:
            raise TooLarge(f"A call may have {largest} bytes at the most: send fewer at a time.")
        if not message.get("more_body", False):
            return bytes(body)
