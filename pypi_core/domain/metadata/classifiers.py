"""Classifiers, by the list that all indexes share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from trove_classifiers import classifiers as known_classifiers
from trove_classifiers import deprecated_classifiers, sorted_classifiers

from pypi_core.domain.metadata.problems import MOST_OF_A_FIELD, invalid
from pypi_core.domain.rules import UploadRules
from pypi_core.errors import Problem

_PRIVATE = "Private ::"
# The longest on the list has about 80 characters.
_LONGEST_GUESSED = 120


def classifier_problems(values: Iterable[str], rules: UploadRules) -> Iterator[Problem]:
    """Yield what is wrong with classifiers; looking for what was meant is left to the first few."""
    refused = [value for value in values if not _is_accepted(value, rules)]
    for number, value in enumerate(refused):
        # What comes after these is counted, not told.
        why = _why_refused(value) if number < MOST_OF_A_FIELD else ""
        yield invalid("classifiers", value, why)


def _is_accepted(value: str, rules: UploadRules) -> bool:
    if value.startswith(_PRIVATE):
        return rules.allow_private_classifiers
    if rules.allow_unknown_classifiers:
        return True
    return value in known_classifiers and value not in deprecated_classifiers


def _why_refused(value: str) -> str:
    if value.startswith(_PRIVATE):
        return "It marks what is not to be published, and this index publishes."
    replacements = deprecated_classifiers.get(value)
    if replacements:
        return f"It is deprecated: use {' or '.join(map(repr, replacements))}."
    if replacements is not None:
        return "It is deprecated and has no successor: leave it out."
    meant = get_close_matches(value, sorted_classifiers, n=1) if len(value) <= _LONGEST_GUESSED else []
    return f"It is in no list: did you mean {meant[0]!r}?" if meant else "It is in no list: leave it out."
