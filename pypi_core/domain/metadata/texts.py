"""Summary, Description-Content-Type and Dynamic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pypi_core.domain.metadata.problems import invalid
from pypi_protocol.errors import Problem
from pypi_protocol.metadata import FIELDS

_LONGEST_SUMMARY = 512
_CONTENT_TYPES = frozenset({"text/plain", "text/x-rst", "text/markdown"})
_VARIANTS = frozenset({"GFM", "CommonMark"})
_PARAMETER = re.compile(
    r"\s*(?P<name>[\w!#$%&'*+.^`|~-]+)\s*=\s*(?:\"(?P<quoted>[^\"\\]*)\"|(?P<plain>[^\s;\"=]+))\s*"
)
_KNOWN = frozenset(field.label.lower() for field in FIELDS)
_NEVER_DYNAMIC = frozenset({"metadata-version", "name", "version"})


def summary_problems(value: str) -> Iterator[Problem]:
    """Yield what is wrong with a Summary."""
    # Every line boundary counts: U+2028 breaks a page as well as \n does.
    if len(value.splitlines()) > 1 or value.splitlines()[0] != value:
        yield invalid("summary", value, "Use one line.")
    if len(value) > _LONGEST_SUMMARY:
        yield invalid("summary", value, f"Use at most {_LONGEST_SUMMARY} characters.")


def content_type_problems(value: str) -> Iterator[Problem]:
    """Yield what is wrong with a Description-Content-Type."""
    content_type, _, rest = value.partition(";")
    content_type = content_type.strip().lower()
    parameters = _parameters(rest)
    if content_type not in _CONTENT_TYPES:
        yield invalid("description_content_type", value, "Use 'text/markdown', 'text/x-rst' or 'text/plain'.")
    elif parameters is None:
        yield invalid(
            "description_content_type", value, "Its parameters are malformed: write ';charset=UTF-8'."
        )
    elif parameters.get("charset", "utf-8").lower() != "utf-8":
        yield invalid("description_content_type", value, "Use the charset 'UTF-8'.")
    elif content_type == "text/markdown" and parameters.get("variant", "GFM") not in _VARIANTS:
        yield invalid("description_content_type", value, "Use the variant 'GFM' or 'CommonMark'.")


def dynamic_problems(values: Iterable[str]) -> Iterator[Problem]:
    """Yield what is wrong with values of Dynamic."""
    for value in values:
        if value.lower() in _NEVER_DYNAMIC:
            yield invalid("dynamic", value, "This field is never dynamic.")
        elif value.lower() not in _KNOWN:
            yield invalid("dynamic", value, "There is no such field.")


def _parameters(text: str) -> dict[str, str] | None:
    """Return the parameters of a content type, ``None`` where they are malformed."""
    parameters: dict[str, str] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        match = _PARAMETER.fullmatch(part)
        if match is None or match["name"].lower() in parameters:
            return None
        parameters[match["name"].lower()] = match["plain"] or match["quoted"] or ""
    return parameters
