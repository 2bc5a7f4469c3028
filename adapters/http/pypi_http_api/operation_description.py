"""What OpenAPI says of an endpoint, beside its route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from litestar.openapi.spec import (
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Schema,
)

PROBLEM_TYPES = ("application/problem+json", "application/json", "text/plain", "text/html")
"""In which forms a refusal may come."""

SLASH = "slash"
"""The option of a route that says that its address ends with a slash, which the framework takes off."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter in the query."""

    description: str
    kind: OpenAPIType = OpenAPIType.STRING


class OperationDescription(msgspec.Struct, frozen=True, kw_only=True):
    """
    An endpoint as OpenAPI shows it.

    Attributes:
        summary: What it does, in a few words.
        tag: Which family of endpoints it is of.
        types: The content types of a success; none for one without a body.
        success: The status of a success.
        query: Its parameters in the query, by name.
        headers: Request headers that make a difference, with what they do.
        body: The content types of what is sent; none where nothing is.
        moves: Whether it may redirect.
        refusals: Every status with which it refuses, but for those that any endpoint may answer.
        silent: Whether there may be nothing to answer.
    """

    summary: str
    tag: str
    types: tuple[str, ...] = ()
    success: HTTPStatus = HTTPStatus.OK
    query: Mapping[str, Query] = {}
    headers: Mapping[str, str] = {}
    body: tuple[str, ...] = ()
    moves: bool = False
    refusals: tuple[int, ...] = ()
    silent: bool = False

    def operation_class(self) -> type[Operation]:
        """Return what the framework makes the operations of the endpoint of."""
        described = self

        @dataclass
        class _Operation(Operation):
            def __post_init__(self) -> None:
                if (self.operation_id or "").endswith("_options"):
                    self.summary, self.tags = "Report what other origins may ask", ["cross-origin requests"]
                    self.responses = {
                        "204": OpenAPIResponse(description="Nothing but headers."),
                        **_refused(_ANYWHERE),
                    }
                    return
                self.summary, self.tags = described.summary, [described.tag]
                self.parameters = [*(self.parameters or ()), *described.parameters()]
                self.request_body = described.request_body()
                self.responses = described.responses()

        return _Operation

    def parameters(self) -> list[Parameter]:
        """Return what may be said in the query and in headers."""
        in_query = [("query", name, each) for name, each in self.query.items()]
        in_headers = [("header", name, Query(description=each)) for name, each in self.headers.items()]
        return [
            Parameter(name=name, param_in=place, schema=Schema(type=each.kind), description=each.description)
            for place, name, each in in_query + in_headers
        ]

    def request_body(self) -> RequestBody | None:
        """Return what is to be sent."""
        if not self.body:
            return None
        return RequestBody(content={each: OpenAPIMediaType(schema=_schema(each)) for each in self.body})

    def responses(self) -> dict[str, OpenAPIResponse | Reference]:
        """Return every answer."""
        content = {each: OpenAPIMediaType(schema=_schema(each)) for each in self.types}
        success = OpenAPIResponse(description="Success.", content=content or None)
        known: dict[str, OpenAPIResponse | Reference] = {str(self.success.value): success}
        if self.silent:
            known["204"] = OpenAPIResponse(description="There is nothing to answer.")
        if "If-None-Match" in self.headers:
            known["304"] = OpenAPIResponse(description="What the client has is current.")
        if "Range" in self.headers:
            known["206"] = OpenAPIResponse(description="A part of it.", content=content or None)
        if self.moves:
            text = Schema(type=OpenAPIType.STRING)
            location: dict[str, OpenAPIHeader | Reference] = {"Location": OpenAPIHeader(schema=text)}
            known |= {
                str(status): OpenAPIResponse(description="It is elsewhere.", headers=location)
                for status in (301, 302, 308)
            }
        return known | _refused((*_ANYWHERE, *self.refusals))


# Not for me to know, nobody you are, nothing there, too often, not now; and what no framework reads.
_ANYWHERE = (400, 401, 403, 404, 429, 503)


def _refused(statuses: tuple[int, ...]) -> dict[str, OpenAPIResponse | Reference]:
    content = {each: OpenAPIMediaType(schema=_schema(each)) for each in PROBLEM_TYPES}
    return {
        str(each): OpenAPIResponse(
            description=f"{HTTPStatus(each).phrase}: a sentence says why.", content=content
        )
        for each in statuses
    }


def _schema(media_type: str) -> Schema:
    if media_type.endswith("json"):
        return Schema(type=[OpenAPIType.OBJECT, OpenAPIType.ARRAY])
    return Schema(type=OpenAPIType.STRING)


def operation_id(handler: Any, method: Any, _path: object) -> str:
    """Return a name for an operation, from the path of its route."""
    path = next(iter(sorted(handler.paths)))
    words = "_".join(part.strip("{}").partition(":")[0] for part in path.split("/") if part) or "root"
    return f"{words.replace('.', '_').replace('-', '_')}_{method.value.lower()}"
