"""Weighted lists, the shape that ``Accept`` and ``Accept-Encoding`` share (RFC 9110, 12.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NewType

Weight = NewType("Weight", int)
"""A preference in thousandths: 1000 is the default, 0 says "not acceptable"."""

FULL_WEIGHT: Final = Weight(1000)

# No client names this much.  What stands behind is not looked at, so that work stays bounded.
_LONGEST = 4096
# RFC 9110, 12.4.2: at most three digits behind the point, and nothing above 1.
_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z")
_WHITE_SPACE = " \t"


def weighted_elements(header: str) -> Iterator[tuple[str, Weight]]:
    """
    Yield each element of *header* in lower case with its weight, parameters other than ``q`` left out.

    An element whose weight is malformed or given twice is left out; whether the rest of it
    makes sense is for the caller to say.  Nothing raises, whatever the header holds.
    """
    for element in _elements(header):
        value, *parameters = _split(element, ";")
        weight = _weight(parameters)
        if weight is not None:
            yield value.strip(_WHITE_SPACE).lower(), weight


def _elements(header: str) -> list[str]:
    elements = _split(header[:_LONGEST], ",")
    # The cut may have gone through the last one, and half an element says something else.
    return elements if len(header) <= _LONGEST else elements[:-1]


def _weight(parameters: list[str]) -> Weight | None:
    weight = None
    for parameter in parameters:
        name, _equals, value = parameter.partition("=")
        if name.strip(_WHITE_SPACE).lower() != "q":
            continue
        value = value.strip(_WHITE_SPACE)
        if weight is not None or not _WEIGHT.match(value):
            return None
        whole, _point, thousandths = value.partition(".")
        weight = Weight(int(whole) * 1000 + int(thousandths.ljust(3, "0")))
    return FULL_WEIGHT if weight is None else weight


def _split(text: str, separator: str) -> list[str]:
    """Split at *separator*, but not inside of a quoted string (RFC 9110, 5.6.4)."""
    if '"' not in text:
        return text.split(separator)
    parts = []
    start = 0
    quoted = escaped = False
    for position, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == '"':
            quoted = not quoted
        elif quoted:
            escaped = character == "\\"
        elif character == separator:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]
