"""Project names: PEP 503 and PEP 508 spelling, and normalisation."""

from __future__ import annotations

import re
from typing import NewType

from pypi_core.errors import InvalidName, shown
from pypi_protocol.errors import Problem

DisplayName = NewType("DisplayName", str)
"""A valid project name as its owner spells it."""

NormalizedName = NewType("NormalizedName", str)
"""A valid project name, lower-case, each run of ``-``, ``_`` and ``.`` a single ``-``."""

# ASCII flag: a Unicode case-insensitive match would let the long s and the Kelvin sign in.
# \Z: `$` would accept a trailing line break.
_VALID = re.compile(r"[A-Z0-9]([A-Z0-9._-]*[A-Z0-9])?\Z", re.ASCII | re.IGNORECASE)
_SEPARATORS = re.compile(r"[-_.]+")
_LONGEST = 214


def parse_display_name(raw: str) -> DisplayName:
    """Accept *raw* as a project name, keeping its spelling."""
    if len(raw) > _LONGEST or not _VALID.match(raw):
        raise InvalidName(
            Problem(
                "name",
                f"{shown(raw)} is an invalid value for Name. Error: Start and end with a letter or numeral "
                "containing only ASCII numeric and '.', '_' and '-'.",
            )
        )
    return DisplayName(raw)


def normalize(name: DisplayName) -> NormalizedName:
    """Return the one spelling under which all spellings of *name* are the same project."""
    return NormalizedName(_SEPARATORS.sub("-", name).lower())


def parse_project_name(raw: str) -> NormalizedName:
    """Read *raw* as the name of a project in any spelling."""
    return normalize(parse_display_name(raw))


def escaped(name: NormalizedName) -> str:
    """Return *name* as file names spell it: ``-`` becomes ``_`` (PEP 427, PEP 625)."""
    return name.replace("-", "_")
