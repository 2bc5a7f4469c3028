"""
Errors as HTTP answers.

Each family of endpoints has one table from the core's errors to a status; what a table
does not name is answered as the nearest class above it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap, Scope

from pypi_core.errors import (
    BlobNotFound,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    InvalidName,
    InvalidVersion,
    NotFound,
    PackageIndexError,
    Problem,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from pypi_http_api.replies import CORS, TEXT, Headers, Reply
from pypi_http_api.visits import header

_logger = logging.getLogger(__name__)

Statuses = Mapping[type[PackageIndexError], int]

JSON_STATUSES: Statuses = {
    PackageIndexError: 500,
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    # A row without bytes is damage on our side, and retrying elsewhere is right.
    BlobNotFound: 503,
    Gone: 410,
    Conflict: 409,
    TooLarge: 413,
    TooMany: 429,
    Unavailable: 503,
}

# What is no name names nothing: clients with several indexes take 404 for "go to the next one".
READ_STATUSES: Statuses = {**JSON_STATUSES, InvalidName: 404, InvalidVersion: 404}

# Clients of the legacy upload API look for 400 and its words (STANDARDS 2.3).
UPLOAD_STATUSES: Statuses = {**JSON_STATUSES, NotFound: 400, Conflict: 400, TooLarge: 400}

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST_PHRASE = 500


class _Body(msgspec.Struct, frozen=True):
    """The JSON that upload tools read; uv shows ``code`` alone, so the whole text is in it."""

    message: str
    code: str
    title: str


class _ProblemBody(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457, with our stable code and every problem found."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: tuple[Problem, ...] = ()


def status_of(error: PackageIndexError, statuses: Statuses) -> int:
    """Return the status of the nearest class that a table names."""
    return next(statuses[each] for each in type(error).__mro__ if each in statuses)


def problem_reply(scope: Scope, error: PackageIndexError, realm: str) -> Reply:
    """Return the refusal of a request below the root of an index."""
    status = status_of(error, _statuses_for(scope))
    headers: list[tuple[str, str]] = []
    if isinstance(error, Unauthenticated):
        headers.append(("www-authenticate", f'Basic realm="{realm}"'))
    if isinstance(error, TooMany):
        headers.append(("retry-after", str(error.retry_after)))
    if isinstance(error, Unavailable) or status >= 500:
        _logger.error("%s: %s", scope["path"], error)
    problems = error.problems if isinstance(error, Invalid) else ()
    return sentence_reply(scope, status, _text(error), headers, code=error.code, problems=problems)


def sentence_reply(
    scope: Scope,
    status: int,
    sentence: str,
    headers: Headers = (),
    *,
    code: str = "http",
    problems: tuple[Problem, ...] = (),
) -> Reply:
    """
    Return a sentence in the form the client asks for.

    It stands in the reason phrase too, through the private header that our server's
    protocol class turns into it: some clients show nothing else.
    """
    title = HTTPStatus(status).phrase
    accept = (header(scope, b"accept") or "").lower()
    one_line = _CONTROL.sub(" ", sentence).strip()
    if "application/problem+json" in accept:
        problem = _ProblemBody(title=title, status=status, detail=sentence, code=code, errors=problems)
        content_type, body = "application/problem+json", msgspec.json.encode(problem)
    elif "application/json" in accept or _is_json_endpoint(scope):
        content_type = "application/json"
        body = msgspec.json.encode(_Body(message=sentence, code=f"{status} {one_line}", title=title))
    else:
        content_type, body = TEXT, sentence.encode()
    return Reply(
        status,
        [
            ("content-type", content_type),
            ("x-content-type-options", "nosniff"),
            ("x-reason-phrase", _latin_1(one_line[:_LONGEST_PHRASE])),
            ("vary", "Accept"),
            *CORS,
            *headers,
        ],
        body,
    )


def exception_handlers(realm: str) -> ExceptionHandlersMap:
    """Return Litestar's table of exception handlers."""

    def on_refusal(request: Request[Any, Any, Any], error: PackageIndexError) -> Response[bytes]:
        return problem_reply(request.scope, error, realm).as_response()

    def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        sentence = _HTTP_SENTENCES.get(error.status_code, error.detail)
        headers = [_with_head(name.lower(), value) for name, value in (error.headers or {}).items()]
        return sentence_reply(request.scope, error.status_code, sentence, headers).as_response()

    def on_accident(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        _logger.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
        return sentence_reply(request.scope, 500, _ACCIDENT).as_response()

    return {PackageIndexError: on_refusal, HTTPException: on_http_exception, Exception: on_accident}


def _latin_1(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def _with_head(name: str, value: str) -> tuple[str, str]:
    # A HEAD was made a GET before it came here: what allows the one allows the other.
    return (name, value.replace("GET", "GET, HEAD") if name == "allow" else value)


_ACCIDENT = "Something went wrong on our side; it was logged. Try again later."
_HTTP_SENTENCES = {
    404: "There is nothing here.",
    405: "This method is not allowed here.",
}


def _text(error: PackageIndexError) -> str:
    if isinstance(error, Invalid):
        return "\n".join(each.message for each in error.problems)
    return str(error)


def _statuses_for(scope: Scope) -> Statuses:
    path = scope["path"]
    if path.startswith("/legacy"):
        return UPLOAD_STATUSES
    return READ_STATUSES if path.startswith(("/simple", "/packages", "/pypi")) else JSON_STATUSES


def _is_json_endpoint(scope: Scope) -> bool:
    return scope["path"].startswith(("/pypi/", "/rpc"))
