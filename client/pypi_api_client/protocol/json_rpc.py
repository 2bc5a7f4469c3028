"""JSON-RPC 2.0: one call at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from pypi_api_client.address import IndexAddress
from pypi_api_client.errors import (
    AccessRefused,
    BadAnswer,
    ClientError,
    CredentialsRefused,
    IndexUnavailable,
    NotFound,
    NotSpoken,
    Refused,
    TooManyRequests,
)
from pypi_api_client.protocol.messages import Exchange, Request, Response, printable, refusal_of

T = TypeVar("T")

_METHOD_NOT_FOUND = -32601
_INTERNAL_ERROR = -32603


class _Data(msgspec.Struct, frozen=True):
    code: str = ""
    retry_after: float | None = None


class _Error(msgspec.Struct, frozen=True):
    code: int
    message: str
    data: Any = None


class _Answer(msgspec.Struct, frozen=True):
    jsonrpc: str
    result: Any = None
    error: _Error | None = None


class Dialect:
    """What was learnt of an index: whether it speaks JSON-RPC; ``None`` until it was asked."""

    def __init__(self) -> None:
        self.speaks_json_rpc: bool | None = None


def call(address: IndexAddress, dialect: Dialect, method: str, params: Mapping[str, object]) -> Exchange[Any]:
    """
    Call a method and return its result as JSON has it.

    Raises:
        NotSpoken: The index does not speak JSON-RPC, or does not know the method.
        Refused: It refused, in the error's own words.
    """
    if dialect.speaks_json_rpc is False:
        raise _not_spoken(address)
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    response = yield Request(
        method="POST",
        url=address.join("rpc"),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
        body=msgspec.json.encode(body),
    )
    answer = _read(response)
    if answer is None:
        if response.status in {401, 413, 429}:
            raise refusal_of(response)
        # Others answer a POST they do not know with nearly any status.
        dialect.speaks_json_rpc = False
        raise _not_spoken(address)
    dialect.speaks_json_rpc = True
    if answer.error is not None:
        raise _error(address, answer.error)
    return answer.result


def _read(response: Response) -> _Answer | None:
    if response.status != 200 or response.media_type != "application/json":
        return None
    try:
        answer = msgspec.json.decode(response.body, type=_Answer)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return answer if answer.jsonrpc == "2.0" else None


def _error(address: IndexAddress, error: _Error) -> ClientError:
    try:
        data = msgspec.convert(error.data, _Data)
    except msgspec.ValidationError:
        data = _Data()
    sentence = printable(error.message)
    match error.code:
        case _ if error.code == _METHOD_NOT_FOUND:
            return NotSpoken(f"The index at {address.root} is of an older version, which cannot do this.")
        case 1029:
            return TooManyRequests(sentence, status=200, code=data.code, retry_after=data.retry_after)
        case _ if error.code in {1053, _INTERNAL_ERROR}:
            return IndexUnavailable(sentence, status=200, code=data.code)
        case code:
            return _REFUSALS.get(code, Refused)(sentence, status=200, code=data.code)


_REFUSALS: Mapping[int, Callable[..., Refused]] = {
    1001: NotFound,
    1002: CredentialsRefused,
    1003: AccessRefused,
    1010: NotFound,
}


def _not_spoken(address: IndexAddress) -> NotSpoken:
    return NotSpoken(f"The index at {address.root} does not speak JSON-RPC, which this needs.")


def convert(content: Any, kind: type[T], address: IndexAddress) -> T:
    """
    Read a result.

    Raises:
        BadAnswer: It has another shape.
    """
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise BadAnswer(f"The answer of {address.root} has not the shape expected: {error}.") from error
