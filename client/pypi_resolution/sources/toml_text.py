"""TOML that others wrote, and what it says that something depends on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from pypi_resolution.errors import BadRequirements
from pypi_resolution.sources.named import parse_requirement
from pypi_resolution.wanted import Wanted, WantedPython

_MOST_PARTS = 100
# A string, closed or not, or a comment: dots within these separate no parts of a key.
_OPAQUE = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z)'
    r"|'''(?:[^']|'(?!''))*+(?:'''|\Z)"
    r'|"(?:[^"\\\n]|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)


def read_toml(text: str, path: Path) -> dict[str, Any]:
    """Return the table that a TOML file at *path* is; no line has keys of more than 100 parts."""
    # tomllib remembers the beginnings of a dotted key, so that what it needs grows with their square.
    bare = _OPAQUE.sub("_", text)
    if any(line.count(".") > _MOST_PARTS for line in bare.split("\n")):
        raise BadRequirements(f"{path} has a line with keys or numbers of more than {_MOST_PARTS} parts.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRequirements(f"{path} is not TOML: {str(error)[:300]}.") from error
    except RecursionError as error:
        raise BadRequirements(f"{path} is nested too deeply.") from error
    except ValueError as error:
        # A number of thousands of digits, or a date that does not exist.
        raise BadRequirements(f"{path} is not TOML: {str(error)[:300]}.") from error


class TomlDependencies:
    """
    Takes in what a TOML text at *path* says that something depends on.

    Attributes:
        problems: What is wrong with it, each with its line.
    """

    def __init__(self, wanted: Wanted, path: Path, text: str) -> None:
        self._wanted = wanted
        self._path = path
        self._lines = text.splitlines()
        self.problems: list[str] = []

    def want(self, requirements: Iterable[str]) -> None:
        """Take in requirements."""
        for each in requirements:
            where = self.where(each)
            try:
                self._wanted.want([parse_requirement(each)], where)
            except ValueError as error:
                self.problems.append(f"{where}: {error}")

    def want_python(self, text: str) -> None:
        """Take in versions of Python; an empty text means any."""
        try:
            if text:
                python = WantedPython(specifier=SpecifierSet(text), source=str(self._path))
                self._wanted.pythons.append(python)
        except InvalidSpecifier:
            self.problems.append(f"{self.where(text)}: {text!r} does not specify versions of Python.")

    def where(self, text: str) -> str:
        """Return the place of *text* for people: the path, and the first line that has it."""
        number = next((at for at, line in enumerate(self._lines, start=1) if text in line), None)
        return f"{self._path} (line {number})" if number else str(self._path)

    def finish(self) -> None:
        """Raise `BadRequirements` if there were problems."""
        if self.problems:
            raise BadRequirements(*self.problems)
