"""What is said of fields: the sentence, the order of sentences, and how many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from pypi_core.domain.metadata.fields import LABELS
from pypi_core.errors import shown
from pypi_protocol.errors import Problem

MOST_OF_A_FIELD: Final = 10
"""How many problems of one field are told."""

_MOST = 50
# docs/reference/standards/upload-form.md#order-of-checks: these first, in this
# order, then alphabetically; a missing file comes last.
_FIRST = ("protocol_version", "metadata_version", "name", "version")
_LAST = "content"


def invalid(form_name: str, value: str, why: str) -> Problem:
    """Return the problem that *value* is none for a field; *why* is a sentence."""
    return Problem(
        form_name, f"{shown(value)} is an invalid value for {LABELS[form_name]}. Error: {why[:300]}"
    )


def listed(problems: Iterable[Problem]) -> list[Problem]:
    """
    Put *problems* into the order in which they are told, and leave out what nobody would read.

    However many there are, the result fits into an answer; it says how many were left out.
    """
    by_field: defaultdict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        by_field[problem.field].append(problem)
    told: list[Problem] = []
    for field in sorted(by_field, key=_rank):
        told += by_field[field][:MOST_OF_A_FIELD]
        if (more := len(by_field[field]) - MOST_OF_A_FIELD) > 0:
            told.append(Problem(field, f"The same is wrong with {more} more of {field}."))
    if (more := len(told) - _MOST) > 0:
        told[_MOST:] = [Problem("", f"Besides these, {more} more are wrong.")]
    return told


def _rank(field: str) -> tuple[int, str]:
    if field in _FIRST:
        return _FIRST.index(field), ""
    return len(_FIRST) + (field == _LAST), field
