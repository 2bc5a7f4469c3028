"""Why a project has its status and why a release was yanked: texts that everybody reads."""

from __future__ import annotations

from typing import Final

from pypi_core.errors import Invalid
from pypi_protocol import bounds
from pypi_protocol.errors import Problem

LONGEST_REASON: Final = bounds.LONGEST_REASON
"""In characters; every page of the project carries it."""


def check_reason(raw: str) -> str:
    """
    Accept a reason; an empty one counts as no reason.

    Raises:
        Invalid: It is longer than 1,000 characters, or has line breaks or control characters.
    """
    if len(raw) > LONGEST_REASON:
        raise Invalid(Problem("reason", f"Use at most {LONGEST_REASON} characters for a reason."))
    # Line breaks and lone surrogates are not printable: HTML attributes and UTF-8 would not carry them.
    if not raw.isprintable():
        raise Invalid(Problem("reason", "Write the reason on one line, without control characters."))
    return raw
