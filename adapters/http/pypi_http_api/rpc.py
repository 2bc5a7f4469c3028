"""JSON-RPC over HTTP (docs/reference/standards/json-rpc.md#http); other code carries out the calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec
from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.domain.accounts import Actor
from pypi_core.errors import TooLarge
from pypi_core.index import Index
from pypi_http_api.bodies import SMALL_CALL, content_length, read_body
from pypi_http_api.costly_calls import CostlyCalls
from pypi_http_api.endpoints import endpoint, get_endpoint
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import OperationDescription
from pypi_http_api.pools import Pools
from pypi_http_api.replies import NO_SNIFFING, Reply, sentence_reply


class RpcCalls(Protocol):
    """What a body asks for, read and not yet carried out."""

    @property
    def writes(self) -> bool:
        """Whether any of it changes something, or takes as long as that."""
        ...

    @property
    def is_costly(self) -> bool:
        """Whether it takes long or much memory."""
        ...

    @property
    def is_login(self) -> bool:
        """Whether it shows a password of its own, so that no token is needed."""
        ...

    @property
    def needs_actor(self) -> bool:
        """Whether it is one call, of a method that does not take the caller for nobody."""
        ...

    def answer(self, index: Index, actor: Actor) -> bytes | None:
        """Carry it out; ``None`` says that there is nothing to answer."""
        ...


class RpcEndpoint(Protocol):
    """What answers calls, sans I/O."""

    def read(self, body: bytes) -> RpcCalls:
        """Read the body of a call, whatever it is."""
        ...


_DISCOVER = b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}'


def rpc_endpoints(
    json_rpc: RpcEndpoint, pools: Pools, costly: CostlyCalls, largest_call: int
) -> Sequence[ControllerRouterHandler]:
    """Return the routes of JSON-RPC: the calls, and the document that describes them."""
    calls = _Calls(json_rpc, pools, costly, largest_call)
    return [
        endpoint("/rpc", calls.call, "POST", described=_CALL),
        get_endpoint("/rpc/openrpc.json", calls.describe, pools, _DOCUMENT),
    ]


_CALL = OperationDescription(
    summary="Call methods by JSON-RPC 2.0; nothing is answered to notifications alone (204)",
    tag="JSON-RPC",
    types=("application/json",),
    body=("application/json",),
    refusals=(413, 415),
    silent=True,
)
_DOCUMENT = OperationDescription(
    summary="Describe the methods of JSON-RPC by OpenRPC", tag="JSON-RPC", types=("application/json",)
)


class _Calls:
    def __init__(self, json_rpc: RpcEndpoint, pools: Pools, costly: CostlyCalls, largest_call: int) -> None:
        self._json_rpc = json_rpc
        self._pools = pools
        self._costly = costly
        self._largest_call = largest_call

    async def call(self, request: IndexRequest) -> ASGIApp:
        """Answer one call or a batch of them."""
        # A browser sends no JSON to another origin without asking first, so nobody is made to call.
        if request.media_type != "application/json":
            return sentence_reply("Send the call with Content-Type: application/json.", status=415)
        length = content_length(request)
        if length is None or length > SMALL_CALL:
            return await self._large_call(request, length or self._largest_call)
        reply = await self._pools.read(self._answer_reading, request, await self._body(request))
        if isinstance(reply, Reply):
            return reply
        if not reply.is_costly:
            return _json(
                await self._pools.write_for(request.caller, reply.answer, request.index, request.actor)
            )
        with self._costly.admit(request.caller, length) as admission:
            answer = await admission.run(reply.answer, request.index, request.actor)
            return admission.until_sent(_json(answer), len(answer or b""))

    async def _large_call(self, request: IndexRequest, length: int) -> ASGIApp:
        # Room is set aside before the body arrives, since all that arrive take it together.
        with self._costly.admit(request.caller, min(length, self._largest_call)) as admission:
            answer = await admission.run(self._answer, request, await self._body(request))
            return admission.until_sent(_json(answer), len(answer or b""))

    async def _body(self, request: IndexRequest) -> bytes:
        body = await read_body(request, self._largest_call)
        if body is None:
            raise TooLarge(f"The call is too large: send at most {self._largest_call} bytes.")
        return body

    async def describe(self, request: IndexRequest) -> ASGIApp:
        """Send the OpenRPC document."""
        return _json(await self._pools.read(self._document, request))

    def _document(self, request: IndexRequest) -> bytes:
        request.index.reading.authorise(request.actor)
        answer = self._json_rpc.read(_DISCOVER).answer(request.index, request.actor)
        document = msgspec.json.decode(answer or b"")["result"]
        # Where it is asked by itself is another folder than that of the calls.
        for server in document["servers"]:
            server["url"] = f"{request.base_url}/rpc"
        return msgspec.json.encode(document)

    def _answer_reading(self, request: IndexRequest, body: bytes) -> Reply | RpcCalls:
        """Answer calls that read; return those that write or are costly, which are for other threads."""
        calls = self._permitted(request, body)
        if calls.is_costly or calls.writes:
            return calls
        return _json(calls.answer(request.index, request.actor))

    def _answer(self, request: IndexRequest, body: bytes) -> bytes | None:
        return self._permitted(request, body).answer(request.index, request.actor)

    def _permitted(self, request: IndexRequest, body: bytes) -> RpcCalls:
        calls = self._json_rpc.read(body)
        # docs/reference/standards/json-rpc.md#http: a request that is refused
        # before any method is called is refused by HTTP.
        if request.actor.refused and calls.needs_actor:
            raise request.actor.refused
        if request.actor.is_anonymous and not calls.is_login:
            request.index.reading.authorise(request.actor)
        return calls


def _json(body: bytes | None) -> Reply:
    if body is None:
        return Reply(status=204)
    headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"), NO_SNIFFING)
    return Reply(headers=headers, body=body)
