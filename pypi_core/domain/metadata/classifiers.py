"""Classifiers, by the list that all indexes share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches
from functools import cache

from trove_classifiers import classifiers as known_classifiers
from trove_classifiers import deprecated_classifiers, sorted_classifiers

from pypi_core.domain.metadata.problems import MOST_OF_A_FIELD, invalid
from pypi_core.domain.rules import UploadRules
from pypi_protocol.errors import Problem

_PRIVATE = "Private ::"
# The longest on the list has about 80 characters.
_LONGEST_GUESSED = 120
# How alike two parts are of which one counts as the other mistyped, from 0 to 1.
_NEAR = 0.7


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
    meant = _meant(value) if len(value) <= _LONGEST_GUESSED else ""
    return f"It is in no list: did you mean {meant!r}?" if meant else "It is in no list: leave it out."


def _meant(value: str) -> str:
    """
    Return the classifier that *value* stands for, empty where none is near.

    The last part says what is meant, and people mostly know it: one that is spelt rightly may stand
    anywhere, one that is only alike must stand in a place that is alike, too.
    """
    *place, last = _parts(value)
    last_parts = _by_last_part()
    found = []
    for part in get_close_matches(last, last_parts, n=5, cutoff=_NEAR):
        for each in last_parts[part]:
            likeness = _likeness(" ".join(place), " ".join(_parts(each)[:-1]))
            if part == last or likeness >= _NEAR:
                found.append((_likeness(last, part) + likeness, each))
    return max(found)[1] if found else ""


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


@cache
def _by_last_part() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for each in sorted_classifiers:
        found.setdefault(_parts(each)[-1], []).append(each)
    return found


def _parts(classifier: str) -> list[str]:
    return [part.strip().lower() for part in classifier.split("::")]


@cache
def _tree() -> Mapping[str, Sequence[str]]:
    below: dict[str, dict[str, None]] = {}
    for each in sorted_classifiers:
        parts = each.split(" :: ")
        for depth in range(len(parts)):
            below.setdefault(" :: ".join(parts[:depth]), {})[" :: ".join(parts[: depth + 1])] = None
    return {heading: tuple(found) for heading, found in below.items()}


def classifiers_below(heading: str) -> Sequence[tuple[str, str, bool, bool]]:
    """
    Return what stands one step below *heading* on the list that all indexes share; below ``""`` the headings.

    Of each: its last part, the whole of it, whether it is a classifier itself, and if more is below.
    """
    return [
        (each.rpartition(" :: ")[2], each, each in known_classifiers, each in _tree())
        for each in _tree().get(heading, ())
    ]
