"""Opaque cursors: where a page of a list ended, in a form that only we read."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

from pypi_core.errors import Invalid
from pypi_protocol.errors import Problem

T = TypeVar("T", str, int)

_LONGEST = 1000
# No database takes a larger integer.
_LARGEST = 2**63 - 1


def cursor_of(method: str, position: str | int) -> str:
    """Return the cursor for the page of *method* that goes on behind *position*."""
    return urlsafe_b64encode(msgspec.json.encode([method, position])).decode().rstrip("=")


def read_cursor(method: str, cursor: str | None, first: T) -> T:
    """
    Return the position that *cursor* stands for, *first* where there is none.

    Raises:
        Invalid: No page of *method* ended with this cursor.
    """
    if cursor is None:
        return first
    try:
        padded = cursor[:_LONGEST] + "=" * (-len(cursor) % 4)
        known, position = msgspec.json.decode(
            urlsafe_b64decode(padded.encode("ascii")),
            type=tuple[str, type(first)],  # type: ignore[misc]
        )
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise _unknown(method) from error
    if known != method or (isinstance(position, int) and not 0 <= position <= _LARGEST):
        raise _unknown(method)
    result: T = position
    return result


def _unknown(method: str) -> Invalid:
    return Invalid(
        Problem("cursor", f"This is not a cursor of {method}: send the one of the page before, or none.")
    )
