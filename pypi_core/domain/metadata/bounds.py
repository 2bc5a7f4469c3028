"""How large what metadata say may be: reading it costs a fraction of a second, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pypi_core.domain.metadata.fields import LABELS, FieldValues
from pypi_protocol.errors import Problem

LARGEST_METADATA: Final = 8 * 1024 * 1024
"""In bytes, of METADATA, PKG-INFO or what is set without a file; the description is nearly all of it."""

LARGEST_HEADERS: Final = 1024 * 1024
"""In bytes, of what stands before the description."""

MOST_HEADER_LINES: Final = 50_000

MOST_VALUES: Final = 10_000
"""Of one field."""

LONGEST_VALUE: Final = 64 * 1024
"""In characters, of one value; texts of several lines are bounded by the size of the headers."""

LONGEST_REQUIREMENTS: Final = 250_000
"""In characters, of all values of a field that holds dependencies; no real package comes near it."""

_TEXTS: Final = frozenset({"description", "license"})
_REQUIREMENTS: Final = frozenset({"requires_dist", "provides_dist", "obsoletes_dist"})


def bounded(values: FieldValues) -> tuple[FieldValues, list[Problem]]:
    """Return those of *values* that are worth checking, and a problem for each field that is too large."""
    problems = list(_bound_problems(values))
    refused = {each.field for each in problems}
    return {field: found for field, found in values.items() if field not in refused}, problems


def _bound_problems(values: FieldValues) -> Iterator[Problem]:
    for field, found in values.items():
        characters = sum(map(len, found))
        if len(found) > MOST_VALUES:
            yield _too_large(field, f"has {len(found)} values", f"{MOST_VALUES} of them")
        elif field in _REQUIREMENTS and characters > LONGEST_REQUIREMENTS:
            yield _too_large(field, f"has {characters} characters in all", f"{LONGEST_REQUIREMENTS}")
        elif field not in _TEXTS and (longest := max(map(len, found), default=0)) > LONGEST_VALUE:
            yield _too_large(field, f"has a value of {longest} characters", f"{LONGEST_VALUE}")


def _too_large(field: str, what: str, limit: str) -> Problem:
    return Problem(field, f"{LABELS[field]} {what}: use at most {limit}.")
