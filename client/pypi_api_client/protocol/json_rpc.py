"""JSON-RPC 2.0: one call at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ParamSpec, TypeVar

import msgspec

from pypi_api_client import errors
from pypi_api_client.problems import read_problem
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Login, Request, Response, printable
from pypi_api_client.protocol.refusals import is_index_missing, refusal_of
from pypi_protocol.errors import INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, ErrorFamily
from pypi_protocol.methods import AnyMethod, Method

P = ParamSpec("P")
S = TypeVar("S", bound=msgspec.Struct)
R = TypeVar("R")
T = TypeVar("T")

# Statuses that refuse whatever is called; and those that say that there is no JSON-RPC to call.
_REFUSED = {401, 413, 429}
_NOTHING_THERE = {404, 405, 406, 415, 501}

_KINDS: Mapping[int, type[errors.Refused]] = {
    INVALID_PARAMS: errors.InvalidRequest,
    INTERNAL_ERROR: errors.IndexUnavailable,
    ErrorFamily.NOT_FOUND.code: errors.NotFound,
    ErrorFamily.UNAUTHENTICATED.code: errors.CredentialsRefused,
    ErrorFamily.FORBIDDEN.code: errors.AccessRefused,
    ErrorFamily.CONFLICT.code: errors.Conflict,
    ErrorFamily.GONE.code: errors.NotFound,
    ErrorFamily.TOO_LARGE.code: errors.TooLarge,
    ErrorFamily.INVALID.code: errors.InvalidRequest,
    ErrorFamily.TOO_MANY.code: errors.TooManyRequests,
    ErrorFamily.UNAVAILABLE.code: errors.IndexUnavailable,
}


class _Error(msgspec.Struct, frozen=True):
    code: int
    message: str
    data: Any = None


class _Answer(msgspec.Struct, frozen=True):
    jsonrpc: str
    result: Any = None
    error: _Error | None = None


def call(index: KnownIndex, method: Method[P, S, R], /, *args: P.args, **params: P.kwargs) -> Exchange[R]:
    """
    Call a method of the protocol and return its result.

    Raises:
        NotSpoken: The index does not speak JSON-RPC, or does not know the method.
        Refused: It refused, in the error's own words.
        BadAnswer: The result has another shape.
    """
    return (
        yield from call_by_name(
            index,
            method.name,
            method.params(*args, **params),
            method.result,
            is_repeatable=method.repeatable,
            login=_login(method),
        )
    )


def _login(method: AnyMethod) -> Login:
    if method.shows_password:
        return Login.NEVER
    return Login.ALWAYS if method.writes or method.needs_actor or method.is_personal else Login.IF_ASKED


def call_by_name(
    index: KnownIndex,
    method: str,
    params: object,
    kind: type[T],
    *,
    is_repeatable: bool,
    login: Login = Login.ALWAYS,
) -> Exchange[T]:
    """
    Call a method and return its result as a *kind*.

    With ``Login.IF_ASKED`` a call that needs credentials is made once more, with them.

    Raises:
        NotSpoken: The index does not speak JSON-RPC, or does not know the method.
        Refused: It refused, in the error's own words.
        BadAnswer: The result has another shape.
    """
    if index.speaks_json_rpc is False or index.address.rpc is None:
        raise _not_spoken(index)
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
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
    return converted(answer.result, kind, index)


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
        index.has_login
        and answer.error is not None
        and _KINDS.get(answer.error.code) is errors.CredentialsRefused
    )


def _read(response: Response) -> _Answer | None:
    if response.status != 200 or response.media_type != "application/json":
        return None
    try:
        answer = response.json_as(_Answer)
    except errors.BadAnswer:
        return None
    return answer if answer.jsonrpc == "2.0" else None


def _error(index: KnownIndex, method: str, error: _Error) -> errors.ClientError:
    if error.code == METHOD_NOT_FOUND:
        return errors.NotSpoken(
            f"The index at {index.address.root} does not know the method {method}: it is of an older version."
        )
    problem, sentence = read_problem(error.data), printable(error.message)
    if error.code == INVALID_PARAMS and problem.problems:
        sentence = printable(" ".join(each.message for each in problem.problems))
    after = problem.members.get("retry_after")
    retry_after = float(after) if isinstance(after, int | float) else None
    kind = _KINDS.get(error.code, errors.Refused)
    return kind(sentence, status=200, problem=problem, retry_after=retry_after)


def _not_spoken(index: KnownIndex, status: int | None = None) -> errors.NotSpoken:
    answered = f" (it answered with status {status})" if status else ""
    return errors.NotSpoken(
        f"The index at {index.address.root} does not speak JSON-RPC, which this needs{answered}."
    )


def converted(content: Any, kind: type[T], index: KnownIndex) -> T:
    """
    Return a result as a *kind*.

    Raises:
        BadAnswer: It has another shape.
    """
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise errors.BadAnswer(
            f"The answer of {index.address.root} does not have the expected shape: {error}."
        ) from error
