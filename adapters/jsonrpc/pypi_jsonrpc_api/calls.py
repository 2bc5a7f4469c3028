"""Request objects: what a body asks for, call by call (docs/reference/standards/json-rpc.md#calls)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from pypi_jsonrpc_api.json_text import Unreadable, parse_json
from pypi_jsonrpc_api.refusals import Refusal, Refused, standard_refusal
from pypi_protocol.errors import INVALID_REQUEST, PARSE_ERROR

_MOST_CALLS = 100

CallId = str | int | msgspec.Raw | None
"""A number with a fraction or an exponent stays as it was written."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A valid request object; one without ``id`` is a notification and never answered."""

    method: str
    params: list[Any] | dict[str, Any]
    id: CallId | msgspec.UnsetType

    @property
    def is_notification(self) -> bool:
        """Return whether nobody waits for an answer."""
        return self.id is msgspec.UNSET


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent: for each request object the call or, where it is none, the answer to it."""

    entries: tuple[Call | Refusal, ...]
    is_batch: bool = False


def read_body(body: bytes) -> Body:
    """Read a body; one that cannot be read at all is a single refusal."""
    try:
        content = _parsed(body)
    except Refused as error:
        return Body(entries=(error.refusal,))
    if isinstance(content, list):
        entries = (_entry(each, partial(_text_of_id, body, place)) for place, each in enumerate(content))
        return Body(entries=tuple(entries), is_batch=True)
    return Body(entries=(_entry(content, partial(_text_of_id, body)),))


def _parsed(body: bytes) -> object:
    try:
        content: object = parse_json(body)
    except Unreadable as error:
        raise Refused(standard_refusal(PARSE_ERROR, str(error), name="parse-error")) from error
    if content == []:
        raise Refused(standard_refusal(INVALID_REQUEST))
    if isinstance(content, list) and len(content) > _MOST_CALLS:
        raise _invalid(f"The batch has {len(content)} calls: send at most {_MOST_CALLS} at once.")
    return content


class _Identified(msgspec.Struct):
    id: msgspec.Raw


def _text_of_id(body: bytes, place: int | None = None) -> msgspec.Raw:
    """Return the ``id`` of a call, or of the one at a place of a batch, as it is written."""
    if place is not None:
        body = bytes(msgspec.json.decode(body, type=list[msgspec.Raw])[place])
    return msgspec.json.decode(body, type=_Identified).id.copy()


def _entry(content: object, text_of_id: Callable[[], msgspec.Raw]) -> Call | Refusal:
    try:
        return _call(content, text_of_id)
    except Refused as error:
        return error.refusal


def _call(content: object, text_of_id: Callable[[], msgspec.Raw]) -> Call:
    if not isinstance(content, dict) or not isinstance(content.get("method"), str):
        raise Refused(standard_refusal(INVALID_REQUEST))
    if content.get("jsonrpc") != "2.0":
        raise _invalid('"jsonrpc" has to be exactly "2.0".')
    params = content.get("params", [])
    if not isinstance(params, list | dict):
        raise _invalid('"params" must be an array or an object; leave it out if there are none.')
    identifier = content.get("id", msgspec.UNSET)
    # A bool is an int to Python.
    if isinstance(identifier, bool | list | dict):
        raise _invalid('"id" has to be a string, a number or null.')
    if isinstance(identifier, float) or identifier == 0:
        # Written anew it could come back as another text: 1e3 as 1000.0, -0 as 0.
        identifier = text_of_id()
    return Call(method=content["method"], params=params, id=identifier)


def _invalid(message: str) -> Refused:
    return Refused(standard_refusal(INVALID_REQUEST, message, name="invalid-request"))
