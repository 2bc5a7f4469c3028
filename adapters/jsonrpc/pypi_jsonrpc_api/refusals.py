"""What goes wrong, in the codes of JSON-RPC: its own, and one for each family of the core's errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_core import errors

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603

_MESSAGES: Mapping[int, str] = {
    PARSE_ERROR: "Parse error",
    INVALID_REQUEST: "Invalid Request",
    METHOD_NOT_FOUND: "Method not found",
    INVALID_PARAMS: "Invalid params",
    INTERNAL_ERROR: "Internal error",
}

CODES: Mapping[type[errors.PackageIndexError], int] = {
    errors.NotFound: 1001,
    errors.Unauthenticated: 1002,
    errors.Forbidden: 1003,
    errors.Conflict: 1009,
    errors.Gone: 1010,
    errors.TooLarge: 1013,
    errors.Invalid: 1022,
    errors.TooMany: 1029,
    errors.Unavailable: 1053,
}
"""The one table from the core's errors to codes; an error has the code of its nearest ancestor here."""

MEANINGS: Mapping[type[errors.PackageIndexError], str] = {
    errors.NotFound: "There is no such thing.",
    errors.Unauthenticated: "Credentials are needed, or those given are not good.",
    errors.Forbidden: "The one who asks may not do this.",
    errors.Conflict: "Something that exists stands in the way.",
    errors.Gone: "It was here once and will not come back.",
    errors.TooLarge: "A limit on size was passed: send less.",
    errors.Invalid: "The request is wrong; the data name every problem found.",
    errors.TooMany: "A rate limit was passed: wait.",
    errors.Unavailable: "Something needed does not answer just now: try again later.",
}


class RefusalData(msgspec.Struct, frozen=True, kw_only=True):
    """What an error says beyond its number and its sentence."""

    code: Annotated[str, Meta(description="Stable, and more precise than the number.")]
    problems: Annotated[
        tuple[errors.Problem, ...],
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


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An error as the specification shapes it."""

    code: int
    message: str
    data: RefusalData | msgspec.UnsetType = msgspec.UNSET


class Refused(Exception):
    """A call cannot be carried out."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.message)


def standard_refusal(code: int, problem: errors.Problem | str = "", *, name: str = "") -> Refusal:
    """
    Return an error of the specification's own.

    It is as the specification prints it; only where its few words would leave the caller guessing
    do *name* and *problem* stand in the data.
    """
    if not problem:
        return Refusal(code=code, message=_MESSAGES[code])
    if isinstance(problem, str):
        problem = errors.Problem("", problem)
    return Refusal(code=code, message=_MESSAGES[code], data=RefusalData(code=name, problems=(problem,)))


def core_refusal(error: errors.PackageIndexError) -> Refusal:
    """Return what the core says, its sentence as the message."""
    code = next((CODES[each] for each in type(error).__mro__ if each in CODES), INTERNAL_ERROR)
    return Refusal(
        code=code,
        message=str(error) or MEANINGS.get(type(error), _MESSAGES[INTERNAL_ERROR]),
        data=RefusalData(
            code=error.code,
            problems=error.problems if isinstance(error, errors.Invalid) else (),
            retry_after=error.retry_after if isinstance(error, errors.TooMany) else msgspec.UNSET,
            session=(isinstance(error, errors.UploadSessionExists) and error.session) or msgspec.UNSET,
        ),
    )
