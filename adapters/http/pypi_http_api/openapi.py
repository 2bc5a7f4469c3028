"""The OpenAPI document of the HTTP endpoints, made by the framework from their routes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, Reference, SecurityScheme
from litestar.types import ASGIApp, ControllerRouterHandler

import pypi_core
from pypi_http_api.endpoints import get_endpoint
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import SLASH, OperationDescription
from pypi_http_api.pools import Pools
from pypi_http_api.replies import ANY_ORIGIN, NO_SNIFFING, Reply

_DESCRIPTION = (
    "The endpoints of one index, below its root. What is called by JSON-RPC at `rpc` is described by "
    "OpenRPC, at `rpc/openrpc.json`."
)


def openapi_endpoint(handlers: Sequence[ControllerRouterHandler], pools: Pools) -> ControllerRouterHandler:
    """Return the route of the document that describes *handlers* and itself."""
    described = OperationDescription(
        summary="Describe these endpoints", tag="about", types=("application/json",)
    )
    routes: list[ControllerRouterHandler] = [*handlers]

    @cache
    def document() -> bytes:
        return openapi_document(routes)

    async def send(request: IndexRequest) -> ASGIApp:
        """Send the document; it is made when somebody asks for it first."""
        body = await pools.read(document)
        content_type = (b"content-type", b"application/json")
        return Reply(headers=(content_type, NO_SNIFFING, ANY_ORIGIN), body=body)

    endpoint = get_endpoint("/openapi.json", send, pools, described)
    routes.append(endpoint)
    return endpoint


def openapi_document(handlers: Sequence[ControllerRouterHandler]) -> bytes:
    """Describe *handlers* that are described at all, as JSON."""
    schemes: dict[str, SecurityScheme | Reference] = {
        "token": SecurityScheme(type="http", scheme="bearer", description="An API token."),
        "basic": SecurityScheme(type="http", scheme="basic", description="`__token__` and an API token."),
    }
    config = OpenAPIConfig(
        title="Python package index",
        version=pypi_core.__version__,
        description=_DESCRIPTION,
        components=Components(security_schemes=schemes),
        security=[{}, {"token": []}, {"basic": []}],
        render_plugins=[],
    )
    schema: dict[str, Any] = Litestar(
        route_handlers=list(handlers), openapi_config=config, logging_config=None
    ).openapi_schema.to_schema()
    slashed = {
        re.sub(r":\w+}", "}", path)
        for handler in handlers
        if isinstance(handler, HTTPRouteHandler) and handler.opt.get(SLASH)
        for path in handler.paths
    }
    schema["paths"] = {
        f"{path}/" if path in slashed else path: item for path, item in schema["paths"].items()
    }
    # Addresses are relative to the root of whichever index the document was asked of.
    schema["servers"] = [{"url": "."}]
    return msgspec.json.encode(schema)
