"""Versions by PEP 440, and what makes two spellings the same release."""

from __future__ import annotations

from typing import NewType

from packaging.utils import canonicalize_version
from packaging.version import InvalidVersion as NotPep440
from packaging.version import Version

from pypi_core.errors import InvalidVersion
from pypi_protocol.errors import Problem

ReleaseKey = NewType("ReleaseKey", str)
"""What identifies a release: its version with trailing zero parts stripped (``1.0`` = ``1.0.0``)."""

# Python refuses to convert more than 4300 digits to an int; no real version comes near this.
_LONGEST = 128


def parse_version(raw: str) -> Version:
    """
    Read *raw* in any spelling that PEP 440 accepts; ``str()`` of the result is canonical.

    Raises:
        InvalidVersion: It is not one, or is longer than 128 characters.
    """
    if len(raw) > _LONGEST:
        raise InvalidVersion(
            Problem(
                "version",
                f"'{raw[:57]}...' is an invalid value for Version. Error: Use at most 128 characters.",
            )
        )
    try:
        return Version(raw)
    except NotPep440:
        raise InvalidVersion(
            Problem(
                "version",
                f"{raw!r} is an invalid value for Version. Error: Follow PEP 440, as in '1.0.2'.",
            )
        ) from None


def release_key(version: Version) -> ReleaseKey:
    """Return the identity of the release that *version* names."""
    return ReleaseKey(canonicalize_version(version, strip_trailing_zero=True))
