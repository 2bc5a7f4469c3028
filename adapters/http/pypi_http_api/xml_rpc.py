"""XML-RPC over HTTP, for legacy tools (STANDARDS 7); the calls themselves are somebody else's."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Protocol

from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.domain.accounts import Actor
from pypi_core.index import Index
from pypi_core.simple_api.content_coding import accepts_gzip
from pypi_core.use_cases.read_project_list import ProjectList
from pypi_http_api.bodies import read_body
from pypi_http_api.described import Described, Query
from pypi_http_api.endpoints import endpoint
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.legacy_actions import LegacyActions
from pypi_http_api.pools import Pools
from pypi_http_api.replies import NO_SNIFFING, Headers, Reply, text_reply
from pypi_http_api.settings import HttpSettings
from pypi_http_api.simple import StreamedList

_COMPRESSION_LEVEL = 6
_WORTH_COMPRESSING = 1024


class XmlRpcEndpoint(Protocol):
    """Answers the body of a call; ``None`` stands for one that was too large to be read."""

    def __call__(
        self, index: Index, actor: Actor, body: bytes | None, *, base_url: str, site_url: str
    ) -> bytes | ProjectList:
        """Return the answer, in one piece or as a list to be sent in pieces."""
        ...


_CALL = Described(
    summary="Call a method by XML-RPC",
    tag="XML-RPC",
    types=("text/xml",),
    body=("text/xml", "application/xml"),
    refusals=(413, 415),
)
_CALL_OR_ACT = Described(
    summary="Call a method by XML-RPC, or answer what tools of old send as a form",
    tag="XML-RPC",
    types=("text/xml", "text/plain"),
    query={":action": Query(description="What tools of old want.")},
    body=("text/xml", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded"),
    moves=True,
    refusals=(410, 413, 415),
)


def xml_rpc_endpoints(
    xml_rpc: XmlRpcEndpoint, pools: Pools, settings: HttpSettings
) -> Sequence[ControllerRouterHandler]:
    """Return the routes that take calls."""
    calls = _Calls(xml_rpc, pools, settings)
    return [
        endpoint("/pypi", calls.call_or_act, "POST", described=_CALL_OR_ACT),
        endpoint("/RPC2", calls.call, "POST", described=_CALL),
    ]


class _Calls:
    def __init__(self, xml_rpc: XmlRpcEndpoint, pools: Pools, settings: HttpSettings) -> None:
        self._xml_rpc = xml_rpc
        self._pools = pools
        self._largest_call = settings.largest_xml_call
        self._actions = LegacyActions(pools, settings)

    async def call_or_act(self, request: IndexRequest) -> ASGIApp:
        """Answer a call, or what tools of old send to the same address."""
        if _is_xml(request):
            return await self.call(request)
        await self._pools.read(request.index.authorise_reading, request.actor)
        return await self._actions.take(request)

    async def call(self, request: IndexRequest) -> ASGIApp:
        """Answer a call, whatever becomes of it with 200: faults are inside."""
        if not _is_xml(request):
            # A browser sends no XML to another origin without asking first, so nobody is made to call.
            sentence = "Send the call with Content-Type: text/xml."
            return text_reply(f"{sentence}\n", status=415, headers=((b"x-reason-phrase", sentence.encode()),))
        body = await read_body(request, self._largest_call)
        return await self._pools.read(self._reply, request, body)

    def _reply(self, request: IndexRequest, body: bytes | None) -> ASGIApp:
        # A caller who may not read is refused by HTTP, whatever the body is.
        request.index.authorise_reading(request.actor)
        answer = self._xml_rpc(
            request.index, request.actor, body, base_url=request.base_url, site_url=request.site_url
        )
        compressed = accepts_gzip(request.header(b"accept-encoding"))
        if isinstance(answer, ProjectList):
            return StreamedList(
                self._pools, _headers(gzip=compressed), answer, gzip=compressed, only_head=False
            )
        if compressed and len(answer) >= _WORTH_COMPRESSING:
            return Reply(headers=_headers(gzip=True), body=gzip.compress(answer, _COMPRESSION_LEVEL, mtime=0))
        return Reply(headers=_headers(gzip=False), body=answer)


def _is_xml(request: IndexRequest) -> bool:
    content_type = (request.header(b"content-type") or "").partition(";")[0].strip().lower()
    return content_type in {"text/xml", "application/xml"}


def _headers(*, gzip: bool) -> Headers:
    headers: Headers = (
        (b"content-type", b"text/xml"),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept-Encoding"),
        NO_SNIFFING,
    )
    return (*headers, (b"content-encoding", b"gzip")) if gzip else headers
