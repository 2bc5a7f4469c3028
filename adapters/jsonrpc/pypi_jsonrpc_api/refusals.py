"""What goes wrong, in the codes of JSON-RPC: its own, and one for each family of the core's errors."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from pypi_core import errors
from pypi_protocol.errors import INTERNAL_ERROR, STANDARD_MESSAGES, ErrorData, ErrorFamily, Problem

FAMILIES: Mapping[type[errors.PackageIndexError], ErrorFamily] = {
    errors.NotFound: ErrorFamily.NOT_FOUND,
    errors.Unauthenticated: ErrorFamily.UNAUTHENTICATED,
    errors.Forbidden: ErrorFamily.FORBIDDEN,
    errors.Conflict: ErrorFamily.CONFLICT,
    errors.Gone: ErrorFamily.GONE,
    errors.TooLarge: ErrorFamily.TOO_LARGE,
    errors.Invalid: ErrorFamily.INVALID,
    errors.TooMany: ErrorFamily.TOO_MANY,
    errors.Unavailable: ErrorFamily.UNAVAILABLE,
}
"""The one table from the core's errors to those of the protocol; an error is of its nearest ancestor here."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An error as the specification shapes it."""

    code: int
    message: str
    data: ErrorData | msgspec.UnsetType = msgspec.UNSET


class Refused(Exception):
    """A call cannot be carried out."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.message)


def standard_refusal(code: int, problem: Problem | str = "", *, name: str = "") -> Refusal:
    """
    Return an error of the specification's own.

    It is as the specification prints it; only where its few words would leave the caller guessing
    do *name* and *problem* stand in the data.
    """
    if not problem:
        return Refusal(code=code, message=STANDARD_MESSAGES[code])
    if isinstance(problem, str):
        problem = Problem("", problem)
    return Refusal(code=code, message=STANDARD_MESSAGES[code], data=ErrorData(code=name, problems=(problem,)))


def internal_refusal(request_id: str) -> Refusal:
    """Return the refusal for a bug, which reveals nothing but where to look for it."""
    refusal = standard_refusal(INTERNAL_ERROR)
    return (
        replace(refusal, data=ErrorData(code="internal-error", request_id=request_id))
        if request_id
        else refusal
    )


def core_refusal(error: errors.PackageIndexError, request_id: str = "") -> Refusal:
    """Return what the core says, its sentence as the message."""
    family = next((FAMILIES[each] for each in type(error).__mro__ if each in FAMILIES), None)
    return Refusal(
        code=family.code if family else INTERNAL_ERROR,
        message=str(error) or (family.meaning if family else STANDARD_MESSAGES[INTERNAL_ERROR]),
        data=ErrorData(
            code=error.code,
            problems=error.problems if isinstance(error, errors.Invalid) else (),
            retry_after=error.retry_after if isinstance(error, errors.TooMany) else msgspec.UNSET,
            session=(isinstance(error, errors.UploadSessionExists) and error.session) or msgspec.UNSET,
            request_id=request_id or msgspec.UNSET,
        ),
    )
