"""
What goes wrong: the only place where codes, stable words and meanings are written.

Five errors are JSON-RPC's own; all others are of a family, which says what the caller can do.  The stable
words are the ``code`` in the data of an error and in problem documents, and more precise than the number.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603

STANDARD_MESSAGES: Final[Mapping[int, str]] = {
    PARSE_ERROR: "Parse error",
    INVALID_REQUEST: "Invalid Request",
    METHOD_NOT_FOUND: "Method not found",
    INVALID_PARAMS: "Invalid params",
    INTERNAL_ERROR: "Internal error",
}


class ErrorFamily(Enum):
    """
    A family of errors.

    Attributes:
        code: Its number in JSON-RPC.
        meaning: A sentence for people.
        words: The stable words of its errors; the first is that of the family itself.
    """

    NOT_FOUND = (
        1001,
        "There is no such thing.",
        "not-found",
        "project-not-found",
        "release-not-found",
        "file-not-found",
        "metadata-not-found",
        "account-not-found",
        "role-not-found",
        "invitation-not-found",
        "token-not-found",
        "one-time-secret-not-found",
        "index-not-found",
        "documentation-not-found",
        "blob-not-found",
        "upload-session-not-found",
        "staged-content-not-found",
    )
    UNAUTHENTICATED = (
        1002,
        "Credentials are needed, or those given are not good.",
        "unauthenticated",
        "invalid-credentials",
    )
    FORBIDDEN = (
        1003,
        "The one who asks may not do this.",
        "forbidden",
        "password-not-accepted",
        "not-allowed",
        "registration-closed",
        "project-closed",
    )
    CONFLICT = (
        1009,
        "Something that exists stands in the way.",
        "conflict",
        "file-already-exists",
        "filename-previously-used",
        "project-already-exists",
        "account-already-exists",
        "index-already-exists",
        "last-owner",
        "only-owner",
        "release-has-files",
        "upload-session-exists",
        "upload-session-closed",
        "too-many-upload-sessions",
        "wrong-offset",
        "concurrent-change",
    )
    GONE = (1010, "It was here once and will not come back.", "gone")
    TOO_LARGE = (
        1013,
        "A limit on size was passed: send less.",
        "too-large",
        "file-too-large",
        "longer-than-declared",
        "project-too-large",
        "budget-spent",
    )
    INVALID = (
        1022,
        "The request is wrong; the data name every problem found.",
        "invalid",
        "invalid-name",
        "invalid-version",
        "invalid-filename",
        "invalid-metadata",
        "invalid-archive",
        "invalid-documentation",
        "invalid-form",
        "invalid-setting",
        "digest-mismatch",
        "second-sdist",
        "release-closed",
        "upload-incomplete",
    )
    TOO_MANY = (1029, "A rate limit was passed: wait.", "too-many")
    UNAVAILABLE = (
        1053,
        "Something needed does not answer just now: try again later.",
        "unavailable",
        "stored-content-damaged",
    )

    def __init__(self, code: int, meaning: str, *words: str) -> None:
        self.code = code
        self.meaning = meaning
        self.words = words

    @property
    def title(self) -> str:
        """The name in the OpenRPC document, ``NotFound``."""
        return self.name.title().replace("_", "")


class Problem(msgspec.Struct, frozen=True):
    """Say one thing that is wrong: *field* names where (or is empty), *message* what and what to do."""

    field: str
    message: str


class ErrorData(msgspec.Struct, frozen=True, kw_only=True):
    """What an error says beyond its number and its sentence."""

    code: Annotated[str, Meta(description="Stable, and more precise than the number.")]
    problems: Annotated[
        tuple[Problem, ...],
        Meta(description="Everything that was found wrong; empty if the error is about the whole call."),
    ] = ()
    retry_after: Annotated[
        int | msgspec.UnsetType, Meta(description="With 1029: how many seconds to wait.")
    ] = msgspec.UNSET
    session: Annotated[
        str | msgspec.UnsetType,
        Meta(
            description="With upload-session-exists: the session that stands in the way, for callers who "
            "may use it."
        ),
    ] = msgspec.UNSET
    request_id: Annotated[
        str | msgspec.UnsetType,
        Meta(description="By which the operator of the server finds what it logged about the request."),
    ] = msgspec.UNSET
