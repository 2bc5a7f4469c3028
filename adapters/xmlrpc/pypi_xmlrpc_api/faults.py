"""What goes wrong, in the codes that clients of XML-RPC know (docs/reference/standards/xml-rpc.md#faults)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pypi_core import errors

PARSE_ERROR: Final = -32700
METHOD_NOT_FOUND: Final = -32601
INVALID_ARGUMENTS: Final = -32602
APPLICATION_ERROR: Final = -32500
UNAVAILABLE: Final = -32403

CODES: Mapping[int, str] = {
    PARSE_ERROR: "the call is not XML-RPC, has a DTD, or is too large",
    METHOD_NOT_FOUND: "there is no such method",
    INVALID_ARGUMENTS: "an argument is missing, of the wrong type or one too many",
    APPLICATION_ERROR: "the method cannot do it",
    UNAVAILABLE: "something needed does not answer just now",
}
"""Every code, and what it says."""


class Fault(Exception):
    """A call cannot be answered."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(text)


def unreadable(why: str) -> Fault:
    """Return the fault of a body that cannot be read."""
    return Fault(PARSE_ERROR, f"parse error; not well formed: {why}")


def unknown_method(name: str) -> Fault:
    """Return the fault of a method that is not there."""
    return Fault(METHOD_NOT_FOUND, f"server error; requested method {errors.shown(name)} not found")


def wrong_argument(parameter: str, why: str) -> Fault:
    """Return the fault of an argument that the method does not take."""
    return Fault(INVALID_ARGUMENTS, f"client error; {parameter}: {why}")


def of_core(error: errors.PackageIndexError) -> Fault:
    """Return what the core says; the names of exceptions are those that clients look for."""
    match error:
        case errors.Unavailable():
            return Fault(UNAVAILABLE, f"server error; service unavailable: {error}")
        case errors.TooMany():
            return Fault(
                APPLICATION_ERROR,
                "HTTPTooManyRequests: The action could not be performed because there were too many "
                f"requests by the client. Limit may reset in {error.retry_after} seconds.",
            )
        case errors.Invalid():
            return Fault(APPLICATION_ERROR, f"ValueError: {error}")
        case _:
            return Fault(APPLICATION_ERROR, f"RuntimeError: {error}")


def internal_error(request_id: str = "") -> Fault:
    """Return the fault for a bug, which reveals nothing but where to look for it."""
    about = f" about request {request_id}" if request_id else ""
    sentence = f"The server failed and has logged why: try again, or ask its operator{about}."
    return Fault(APPLICATION_ERROR, f"RuntimeError: {sentence}")
