"""Provides-Extra, before and since PEP 685."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from packaging.utils import canonicalize_name

from pypi_core.domain.metadata.problems import invalid
from pypi_core.domain.rules import UploadRules
from pypi_core.errors import shown
from pypi_protocol.errors import Problem
from pypi_protocol.metadata import METADATA_VERSIONS

_NORMALIZED = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_NAME = re.compile(r"[A-Z0-9]([A-Z0-9._-]*[A-Z0-9])?\Z", re.ASCII | re.IGNORECASE)
_NORMALIZED_SINCE = METADATA_VERSIONS.index("2.3")


def extra_problems(values: Iterable[str], metadata_version: str, rules: UploadRules) -> Iterator[Problem]:
    """
    Yield what is wrong with names of extras in metadata of a version.

    Before PEP 685 two spellings of one extra were two extras to those who wrote them; readers
    take them for one.
    """
    is_recent = METADATA_VERSIONS.index(metadata_version) >= _NORMALIZED_SINCE
    is_strict = is_recent and not rules.allow_unnormalized_extras
    spellings: dict[str, str] = {}
    for value in values:
        if is_strict and not _NORMALIZED.match(value):
            why = "From metadata version 2.3 on use lower-case letters and digits, joined by single '-'."
        elif not _NAME.match(value):
            why = "Start and end with a letter or digit, with '.', '_' and '-' between."
        elif is_recent and (other := spellings.setdefault(canonicalize_name(value), value)) != value:
            why = f"It is the same extra as {shown(other)}: spell it one way."
        else:
            why = ""
        if why:
            yield invalid("provides_extra", value, why)
