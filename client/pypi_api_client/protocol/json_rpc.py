"""JSON-RPC 2.0: one call at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from pypi_api_client.errors import (
    AccessRefused,
    BadAnswer,
    ClientError,
    Conflict,
    CredentialsRefused,
    IndexUnavailable,
    InvalidRequest,
    NotFound,
    NotSpoken,
    Refused,
    TooLarge,
    TooManyRequests,
)
from pypi_api_client.problems import read_problem
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Login, Request, Response, printable
from pypi_api_client.protocol.refusals import is_index_missing, refusal_of

T = TypeVar("T")

# Statuses that refuse whatever is called; and those that say that there is no JSON-RPC to call.
_REFUSED = {401, 413, 429}
_NOTHING_THERE = {404, 405, 406, 415, 501}
_METHOD_NOT_FOUND = -32601
_INTERNAL_ERROR = -32603

_KINDS: Mapping[int, type[Refused]] = {
    -32602: InvalidRequest,
    _INTERNAL_ERROR: IndexUnavailable,
    1001: NotFound,
    1002: CredentialsRefused,
    1003: AccessRefused,
    1009: Conflict,
    1010: NotFound,
    1013: TooLarge,
    1022: InvalidRequest,
    1053: IndexUnavailable,
}


class _Error(msgspec.Struct, frozen=True):
    code: int
    message: str
    data: Any = None


class _Answer(msgspec.Struct, frozen=True):
    jsonrpc: str
    result: Any = None
    error: _Error | None = None


def call(
    index: KnownIndex,
    method: str,
    params: Mapping[str, object],
    kind: type[T],
    *,
    is_repeatable: bool = True,
    login: Login = Login.ALWAYS,
) -> Exchange[T]:
    """
    Call a method and return its result as a *kind*; parameters that are ``None`` are not sent.

    With ``Login.IF_ASKED`` a call that needs credentials is made once more, with them.

    Raises:
        NotSpoken: The index does not speak JSON-RPC, or does not know the method.
        Refused: It refused, in the error's own words.
        BadAnswer: The result has another shape.
    """
    if index.speaks_json_rpc is False or index.address.rpc is None:
        raise _not_spoken(index)
    given = {name: value for name, value in params.items() if value is not None}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": given}
    request = Request(
        method="POST",
        url=index.address.rpc,
        headers={"Content-Type": "application/json", "Accept": "application/json, application/problem+json"},
        body=msgspec.json.encode(body),
        is_repeatable=is_repeatable,
        login=login,
    )
    answer = _answer(index, (yield request))
    if _is_asked_to_log_in(index, answer) and login is Login.IF_ASKED and not index.wants_login:
        answer = _answer(index, (yield msgspec.structs.replace(request, login=Login.ALWAYS)))
    if answer.error is not None:
        raise _error(index, method, answer.error)
    return _convert(answer.result, kind, index)


def _answer(index: KnownIndex, response: Response) -> _Answer:
    """
    Read the answer to a call.

    Raises:
        NotSpoken: It is not one of JSON-RPC, nor a refusal that says why.
        Refused: The index refused, in its own words.
    """
    answer = _read(response)
    if answer is None:
        if response.status in _REFUSED or index.speaks_json_rpc or _says_why(response):
            raise refusal_of(response)
        # Others answer a POST they do not know with nearly any status.
        index.speaks_json_rpc = False
        raise _not_spoken(index, response.status)
    index.speaks_json_rpc = True
    return answer


def _says_why(response: Response) -> bool:
    """Return whether a refusal is of the call, and does not say that there is nothing to call."""
    if response.media_type != "application/problem+json" or response.status < 400:
        return False
    return response.status not in _NOTHING_THERE or is_index_missing(response)


def _is_asked_to_log_in(index: KnownIndex, answer: _Answer) -> bool:
    return (
        index.has_login and answer.error is not None and _KINDS.get(answer.error.code) is CredentialsRefused
    )


class _Changed(msgspec.Struct, frozen=True):
    serial: int


def change(
    index: KnownIndex, method: str, params: Mapping[str, object], *, is_repeatable: bool
) -> Exchange[int]:
    """
    Call a method that changes something, and return the serial of the index after it.

    Raises:
        NotSpoken: The index does not speak JSON-RPC, or does not know the method.
        Refused: It refused, in the error's own words.
    """
    return (yield from call(index, method, params, _Changed, is_repeatable=is_repeatable)).serial


def _read(response: Response) -> _Answer | None:
    if response.status != 200 or response.media_type != "application/json":
        return None
    try:
        answer = response.json_as(_Answer)
    except BadAnswer:
        return None
    return answer if answer.jsonrpc == "2.0" else None


def _error(index: KnownIndex, method: str, error: _Error) -> ClientError:
    if error.code == _METHOD_NOT_FOUND:
        return NotSpoken(
            f"The index at {index.address.root} does not know the method {method}: it is of an older version."
        )
    problem, sentence = read_problem(error.data), printable(error.message)
    if error.code == -32602 and problem.problems:
        sentence = printable(" ".join(each.message for each in problem.problems))
    if error.code == 1029:
        after = problem.members.get("retry_after")
        return TooManyRequests(
            sentence,
            status=200,
            problem=problem,
            retry_after=float(after) if isinstance(after, int | float) else None,
        )
    return _KINDS.get(error.code, Refused)(sentence, status=200, problem=problem)


def _not_spoken(index: KnownIndex, status: int | None = None) -> NotSpoken:
    answered = f" (it answered with status {status})" if status else ""
    return NotSpoken(
        f"The index at {index.address.root} does not speak JSON-RPC, which this needs{answered}."
    )


def _convert(content: Any, kind: type[T], index: KnownIndex) -> T:
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise BadAnswer(
            f"The answer of {index.address.root} does not have the expected shape: {error}."
        ) from error
