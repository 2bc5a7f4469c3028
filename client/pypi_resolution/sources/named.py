"""Requirements that stand on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from packaging.requirements import InvalidRequirement, Requirement

from pypi_resolution.errors import BadRequirements
from pypi_resolution.wanted import Wanted

_FILES = (".txt", ".toml", ".py", ".in")
# Python reads no number of more than 4,300 digits.
_LONGEST = 4000
_DISTRIBUTIONS = (".whl", ".tar.gz", ".zip")


def read_names(wanted: Wanted, names: Iterable[str]) -> None:
    """Take in requirements as ``NAME``, ``NAME==VERSION`` or ``NAME[EXTRA]>=1,<2``."""
    problems: list[str] = []
    for each in names:
        try:
            wanted.want([parse_requirement(each)], "")
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise BadRequirements(*problems)


def parse_requirement(text: str) -> Requirement:
    """
    Read a requirement that an index can satisfy.

    Raises:
        ValueError: It is not one, with a sentence why.
    """
    if is_location(text):
        raise ValueError(
            f"{text!r} is a path or a URL: only what an index lists by its project's name can be downloaded."
        )
    if len(text) > _LONGEST:
        raise ValueError(f"{text[:40]!r}… has more than {_LONGEST} characters.")
    try:
        # Nothing after the semicolon is not a marker: pip takes it.
        requirement = Requirement(text.rstrip().removesuffix(";"))
    except RecursionError as error:
        raise ValueError(f"{text[:40]!r}… is nested too deeply.") from error
    except InvalidRequirement as error:
        if PurePath(text).suffix in _FILES:
            raise ValueError(f"{text!r} names no project. Name a file with -r {text}.") from error
        raise ValueError(
            f"{text!r} names no project: write NAME, NAME==VERSION or 'NAME>=1,<2' (in quotes)."
        ) from error
    if requirement.url:
        raise ValueError(
            f"{text!r} points to a URL: only what an index lists can be downloaded. "
            f"Write {requirement.name!r}."
        )
    return requirement


def is_location(text: str) -> bool:
    """Return whether *text* is a path or a URL, not the name of a project."""
    before_marker = text.partition(";")[0].strip()
    return (
        before_marker.startswith((".", "/", "~", "\\"))
        or before_marker.lower().endswith(_DISTRIBUTIONS)
        or ("@" not in before_marker and ("/" in before_marker or "\\" in before_marker))
        or "://" in before_marker.partition("@")[0]
    )
