"""
Names that no new project may have; existing projects are not checked.

See docs/reference/standards/names.md#new-names.
"""

from __future__ import annotations

from typing import NewType

from pypi_core.domain.names import DisplayName, normalize
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.standard_library import STANDARD_LIBRARY_NAMES
from pypi_core.errors import InvalidName
from pypi_protocol.errors import Problem

SimilarityKey = NewType("SimilarityKey", str)
"""Two names of the same key can be mistaken for each other."""

# `pip install requirements.txt`, and `pip install -rrequirements.txt` without its dash.
_MISTYPED = frozenset({"requirements-txt", "rrequirements-txt"})
_LOOK_ALIKE = str.maketrans({"l": "1", "i": "1", "o": "0", ".": None, "_": None, "-": None})


def similarity_key(name: str) -> SimilarityKey:
    """Return what is left of *name* without separators, and with letters that look like digits as these."""
    return SimilarityKey(name.lower().translate(_LOOK_ALIKE))


def check_new_name(name: DisplayName, rules: UploadRules) -> None:
    """
    Refuse a name for a new project, as far as that can be told without looking at others.

    Modules of the standard library, what people mistype for something else, and what the index
    prohibits are refused.
    """
    normalized = normalize(name)
    if normalized in STANDARD_LIBRARY_NAMES and not rules.allow_standard_library_names:
        raise refused_name(name, "it is the name of a module of Python's standard library")
    if normalized in _MISTYPED:
        raise refused_name(name, "people type it who forget the -r of `pip install -r requirements.txt`")
    if normalized in rules.prohibited_names:
        raise refused_name(name, "it is prohibited on this index")


def refused_name(name: DisplayName, reason: str) -> InvalidName:
    """Return the error for a name that must not be taken because of *reason*."""
    return InvalidName(
        Problem("name", f"The name {name!r} isn't allowed for a new project: {reason}. Choose another.")
    )
