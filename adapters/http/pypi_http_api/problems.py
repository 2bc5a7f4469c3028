"""From errors to answers: which status, and the sentence in the form that the client reads."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus
from typing import Protocol
from urllib.parse import quote

import msgspec
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.types import HTTPScope

from pypi_core import errors
from pypi_core.errors import PackageIndexError
from pypi_http_api.addressed import Addressed, addressed_of
from pypi_http_api.headers.preferences import weighted_elements
from pypi_http_api.operation_description import PROBLEM_TYPES
from pypi_http_api.rate_limit_headers import refusal_headers
from pypi_http_api.replies import ANY_ORIGIN, NO_SNIFFING, Headers, Reply, header_of, text_reply
from pypi_http_api.request_ids import current_request_id
from pypi_http_api.session_cookies import is_safe_for_cookies
from pypi_protocol.errors import Problem

_log = logging.getLogger(__name__)

Statuses = Mapping[type[PackageIndexError], HTTPStatus]

_COMMON: Statuses = {
    errors.PackageIndexError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.Invalid: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    # A row without bytes is damage on our side, and it is logged as such.
    errors.BlobNotFound: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.Gone: HTTPStatus.GONE,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    # No retry helps.
    errors.StoredContentDamaged: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Family(Enum):
    """Endpoints that answer errors alike."""

    SIMPLE = "simple"
    UPLOAD = "upload"
    JSON = "json"


STATUSES: Mapping[Family, Statuses] = {
    # A name or version that cannot be is not there: installers then ask the next index.
    Family.SIMPLE: {
        **_COMMON,
        errors.InvalidName: HTTPStatus.NOT_FOUND,
        errors.InvalidVersion: HTTPStatus.NOT_FOUND,
        errors.InvalidFilename: HTTPStatus.NOT_FOUND,
    },
    # docs/reference/standards/upload-form.md#answers: clients
    # know 400 for nearly all.  For 409 twine --skip-existing skips
    # the file, so what ought to be tried again is a 503, for which it sends the file again.
    Family.UPLOAD: {
        **_COMMON,
        errors.TooLarge: HTTPStatus.BAD_REQUEST,
        errors.FileAlreadyExists: HTTPStatus.BAD_REQUEST,
        errors.FilenamePreviouslyUsed: HTTPStatus.BAD_REQUEST,
        errors.ConcurrentChange: HTTPStatus.SERVICE_UNAVAILABLE,
        errors.StagedContentNotFound: HTTPStatus.SERVICE_UNAVAILABLE,
    },
    Family.JSON: {
        **_COMMON,
        errors.InvalidName: HTTPStatus.NOT_FOUND,
        errors.InvalidVersion: HTTPStatus.NOT_FOUND,
    },
}
"""A table for each family; what it does not name is answered as its nearest base."""


def family_of(path: str) -> Family:
    """Return the family of the endpoints at *path*, which is relative to the root of an index."""
    match path.split("/", 2)[1:2]:
        case ["simple" | "packages"]:
            return Family.SIMPLE
        case ["legacy"]:
            return Family.UPLOAD
        case _:
            return Family.JSON


def status_of(error: type[PackageIndexError], family: Family) -> HTTPStatus:
    """Return the status that *family* answers *error* with."""
    statuses = STATUSES[family]
    return next(statuses[each] for each in error.__mro__ if each in statuses)


class _Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What a refusal says, before it takes a form."""

    status: HTTPStatus
    sentence: str
    code: str
    headers: Headers = ()
    details: tuple[Problem, ...] = ()


class RefusalPage(Protocol):
    """Makes the page that a browser shows when a request is refused."""

    def __call__(
        self, root: str, path: str, status: HTTPStatus, sentence: str
    ) -> tuple[Mapping[str, str], str]:
        """
        Return its headers and its HTML, without asking the index for anything.

        *root* is where the index is served, *path* the one below it that was asked for.
        """
        ...


class Problems:
    """
    Turns errors into answers.

    Args:
        realm: Names the server to a client that is asked for credentials.
        refusal_page: What a browser is answered, outside of what installers and tools read.
        pages: The first parts of the paths of pages that somebody who logs in may see.
    """

    def __init__(
        self, realm: str, refusal_page: RefusalPage | None = None, pages: frozenset[str] = frozenset()
    ) -> None:
        self._refusal_page = refusal_page
        self._pages = pages
        quoted = realm.replace("\\", "").replace('"', "")
        self._challenge = (b"www-authenticate", f'Basic realm="{quoted}"'.encode("latin-1", "replace"))

    def reply(self, error: Exception, scope: HTTPScope) -> Reply:
        """Return the answer to a request that failed with *error*; what nobody foresaw is logged here."""
        addressed = addressed_of(scope)
        path = addressed.path
        problem = self._problem(error, scope, family_of(path))
        # Whom nobody knows is told nothing private: any page may read that, but no refusal to tell.
        is_open = addressed.actor.is_anonymous and problem.status not in _CLOSED
        headers = (*problem.headers, NO_SNIFFING, *_surroundings(path, is_open=is_open))
        if problem.status >= HTTPStatus.BAD_REQUEST:
            headers = (*headers, (b"x-reason-phrase", _reason_phrase(problem.sentence)))
        if path.startswith("/pypi/") and problem.status == HTTPStatus.NOT_FOUND:
            # docs/reference/standards/legacy-json.md#urls: exactly what clients know.
            content_type, body = "application/json", b'{"message": "Not Found"}'
        else:
            accept = header_of(scope, b"accept")
            if self._refusal_page and _is_for_people(scope, path, accept):
                if problem.status == HTTPStatus.UNAUTHORIZED and self._is_after_log_in(addressed):
                    here = quote(addressed.root + path, safe="/%")
                    location = f"{addressed.root}/account/login/?next={here}".encode("latin-1")
                    return text_reply(
                        "", status=303, headers=((b"location", location), (b"cache-control", b"no-store"))
                    )
                return self._page(self._refusal_page, problem, headers, addressed.root, path)
            content_type, body = _in_form(problem, accept, family_of(path))
        return Reply(
            status=problem.status, headers=((b"content-type", content_type.encode()), *headers), body=body
        )

    def _is_after_log_in(self, addressed: Addressed) -> bool:
        """Return whether a browser would be shown the page after somebody logged in with it."""
        first = addressed.path.split("/", 2)[1]
        return {first, "account"} <= self._pages and is_safe_for_cookies(addressed.site_url)

    def _page(
        self, refusal_page: RefusalPage, problem: _Problem, headers: Headers, root: str, path: str
    ) -> Reply:
        own, page = refusal_page(root, path, problem.status, problem.sentence)
        merged = {
            **{name.lower().encode(): value.encode() for name, value in own.items()},
            **dict(headers),
            b"content-type": b"text/html; charset=utf-8",
            b"vary": b"Accept, Accept-Encoding",
        }
        return Reply(
            status=problem.status, headers=tuple(merged.items()), body=page.encode("utf-8", "replace")
        )

    def _problem(self, error: Exception, scope: HTTPScope, family: Family) -> _Problem:
        if isinstance(error, PackageIndexError):
            status = status_of(type(error), family)
            if status != HTTPStatus.INTERNAL_SERVER_ERROR:
                return _Problem(
                    status=status,
                    sentence=str(error),
                    code=error.code,
                    headers=self._headers(error, status),
                    details=error.problems if isinstance(error, errors.Invalid) else (),
                )
        if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return _of_framework(error, scope["method"])
        _log.error("A request failed: %s %s", scope["method"], scope["path"], exc_info=error)
        return _Problem(
            status=HTTPStatus.INTERNAL_SERVER_ERROR,
            # What people pass on is this sentence alone: twine prints nothing else.
            sentence="The server failed and has logged why: try again, or ask its operator"
            f"{f' about request {request_id}' if (request_id := current_request_id.get()) else ''}.",
            code="internal",
        )

    def _headers(self, error: PackageIndexError, status: HTTPStatus) -> Headers:
        if isinstance(error, errors.TooMany):
            return ((b"retry-after", str(error.retry_after).encode()), *refusal_headers(error))
        if isinstance(error, errors.WrongOffset):
            return ((b"upload-offset", str(error.offset).encode()),)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            return ((b"retry-after", b"1"),)
        return (self._challenge,) if status == HTTPStatus.UNAUTHORIZED else ()


_CLOSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def _surroundings(path: str, *, is_open: bool) -> Headers:
    if not path.startswith(("/simple/", "/packages/", "/pypi/", "/integrity/", "/docs/")):
        return ()
    # What is not there now may be published before the next request.
    headers: Headers = ((b"vary", b"Accept, Accept-Encoding"), (b"cache-control", b"no-store"))
    return (*headers, ANY_ORIGIN) if is_open else headers


def _of_framework(error: HTTPException, method: str) -> _Problem:
    if isinstance(error, NotFoundException):
        return _Problem(
            status=HTTPStatus.NOT_FOUND, sentence="There is nothing at this address.", code="not-found"
        )
    if isinstance(error, MethodNotAllowedException):
        # Every GET is a HEAD as well: the outer layer drops the body.
        allowed = sorted({*(error.headers or {}).get("allow", "").split(", ")})
        allowed[1:1] = ["HEAD"] if allowed[0] == "GET" else []
        return _Problem(
            status=HTTPStatus.METHOD_NOT_ALLOWED,
            sentence=f"{method} is not possible here: use {' or '.join(allowed)}.",
            code="method-not-allowed",
            headers=((b"allow", ", ".join(allowed).encode()),),
        )
    return _Problem(status=HTTPStatus(error.status_code), sentence=error.detail, code="bad-request")


def _form_of(accept: str | None) -> str:
    """Return the form of a refusal that *accept* names, empty for none of ours."""
    weights = dict(weighted_elements(accept or ""))
    named = [each for each in PROBLEM_TYPES if weights.get(each)]
    return max(named, key=lambda each: (weights[each], -PROBLEM_TYPES.index(each)), default="")


def _is_for_people(scope: HTTPScope, path: str, accept: str | None) -> bool:
    """Return whether a browser asks for a page, and not for what installers read."""
    is_page = family_of(path) is Family.JSON and scope["method"] in {"GET", "HEAD"}
    return is_page and _form_of(accept) == "text/html"


def _in_form(problem: _Problem, accept: str | None, family: Family) -> tuple[str, bytes]:
    """Return content type and body in the form that *accept* names, else in the one of *family*."""
    chosen = _form_of(accept)
    if chosen == "application/problem+json":
        return chosen, msgspec.json.encode(
            {
                "type": "about:blank",
                "title": problem.status.phrase,
                "status": problem.status.value,
                "detail": problem.sentence,
                "code": problem.code,
                "errors": problem.details,
                "request_id": current_request_id.get(),
            }
        )
    if chosen == "application/json" or (not chosen and family is Family.JSON):
        # uv shows `code` alone, and only if the content type has no parameter.
        return "application/json", msgspec.json.encode(
            {
                "message": problem.sentence,
                "code": f"{problem.status.value} {problem.sentence}",
                "title": problem.status.phrase,
                "request_id": current_request_id.get(),
            }
        )
    return "text/plain; charset=utf-8", f"{problem.sentence}\n".encode("utf-8", "replace")


_LONGEST_PHRASE = 1000


def _reason_phrase(sentence: str) -> bytes:
    """Return *sentence* as it may stand in the first line of an answer."""
    shortened = sentence[:_LONGEST_PHRASE]
    printable = "".join(each if each.isprintable() else " " for each in shortened)
    return " ".join(printable.split()).encode("latin-1", "replace")
