"""XML-RPC over HTTP (docs/reference/standards/xml-rpc.md#calls); other code carries out the calls."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Protocol

from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.domain.accounts import Actor
from pypi_core.index import Index
from pypi_core.use_cases.reading.project_list import ProjectList
from pypi_http_api.bodies import SMALL_CALL, content_length, read_body
from pypi_http_api.costly_calls import CostlyCalls
from pypi_http_api.endpoints import endpoint
from pypi_http_api.headers.content_coding import accepts_gzip
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import OperationDescription
from pypi_http_api.pools import Pools
from pypi_http_api.replies import NO_SNIFFING, Headers, Reply, sentence_reply
from pypi_http_api.settings import HttpSettings
from pypi_http_api.simple import StreamedList

_COMPRESSION_LEVEL = 6
_WORTH_COMPRESSING = 1024


class XmlRpcCall(Protocol):
    """What a body asks for, read and not yet carried out."""

    @property
    def is_costly(self) -> bool:
        """Whether it takes long or much memory."""
        ...

    def answer(self, index: Index, actor: Actor, *, base_url: str, site_url: str) -> bytes | ProjectList:
        """Carry it out; return the answer, in one piece or as a list to be sent in pieces."""
        ...


class XmlRpcEndpoint(Protocol):
    """What answers calls, sans I/O."""

    def read(self, body: bytes | None) -> XmlRpcCall:
        """Read the body of a call, ``None`` for one that was too large; whatever it is, nothing is raised."""
        ...


_CALL = OperationDescription(
    summary="Call a method by XML-RPC",
    tag="XML-RPC",
    types=("text/xml",),
    body=("text/xml", "application/xml"),
    refusals=(413, 415),
)


def xml_rpc_endpoints(calls: XmlRpcCalls) -> Sequence[ControllerRouterHandler]:
    """Return the route that takes calls alone."""
    return [endpoint("/RPC2", calls.call, "POST", described=_CALL)]


class XmlRpcCalls:
    """Answers calls."""

    def __init__(
        self, xml_rpc: XmlRpcEndpoint, pools: Pools, costly: CostlyCalls, settings: HttpSettings
    ) -> None:
        self._xml_rpc = xml_rpc
        self._pools = pools
        self._costly = costly
        self._largest_call = settings.largest_xml_call

    async def call(self, request: IndexRequest) -> ASGIApp:
        """Answer a call, whatever becomes of it with 200: faults are inside."""
        if not is_xml(request):
            # A browser sends no XML to another origin without asking first, so nobody is made to call.
            return sentence_reply("Send the call with Content-Type: text/xml.", status=415)
        length = content_length(request)
        if length is not None and length <= SMALL_CALL:
            call = await self._pools.read(self._permitted, request, await read_body(request, SMALL_CALL))
            if not call.is_costly:
                return (await self._pools.read(self._answered, request, call))[0]
            with self._costly.admit(request.caller, length) as admission:
                return admission.until_sent(*await admission.run(self._answered, request, call))
        # Room is set aside before a large body arrives, since all that arrive take it together.
        size = min(length or self._largest_call, self._largest_call)
        with self._costly.admit(request.caller, size) as admission:
            body = await read_body(request, self._largest_call)
            return admission.until_sent(*await admission.run(self._answer, request, body))

    def _answer(self, request: IndexRequest, body: bytes | None) -> tuple[ASGIApp, int]:
        return self._answered(request, self._permitted(request, body))

    def _permitted(self, request: IndexRequest, body: bytes | None) -> XmlRpcCall:
        # A caller who may not read is refused by HTTP, whatever the body is.
        request.index.reading.authorise(request.actor)
        return self._xml_rpc.read(body)

    def _answered(self, request: IndexRequest, call: XmlRpcCall) -> tuple[ASGIApp, int]:
        """Return the answer, and how many bytes it takes in memory."""
        answer = call.answer(
            request.index, request.actor, base_url=request.base_url, site_url=request.site_url
        )
        compressed = accepts_gzip(request.header(b"accept-encoding"))
        if isinstance(answer, ProjectList):
            headers = _headers(gzip=compressed)
            return StreamedList(self._pools, headers, answer, gzip=compressed, only_head=False), 0
        if compressed and len(answer) >= _WORTH_COMPRESSING:
            body = gzip.compress(answer, _COMPRESSION_LEVEL, mtime=0)
            return Reply(headers=_headers(gzip=True), body=body), len(body)
        return Reply(headers=_headers(gzip=False), body=answer), len(answer)


def is_xml(request: IndexRequest) -> bool:
    """Return whether the body is a call."""
    return request.media_type in {"text/xml", "application/xml"}


def _headers(*, gzip: bool) -> Headers:
    headers: Headers = (
        (b"content-type", b"text/xml"),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept-Encoding"),
        NO_SNIFFING,
    )
    return (*headers, (b"content-encoding", b"gzip")) if gzip else headers
