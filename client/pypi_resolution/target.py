"""For which Python and platform distributions are chosen."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import cast

import msgspec
from packaging import tags
from packaging.markers import Environment, default_environment
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.version import Version

from pypi_resolution.errors import BadTarget
from pypi_resolution.platforms import marker_values, platforms_accepted

_PYTHON = re.compile(r"(\d)(?:\.(\d+)(?:\.(\d+))?|(\d+))?", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_]+")

# PEP 425's short forms, and what markers call the same implementations.
_IMPLEMENTATIONS: Mapping[str, tuple[str, str]] = {
    "cp": ("cpython", "CPython"),
    "pp": ("pypy", "PyPy"),
    "ip": ("ironpython", "IronPython"),
    "jy": ("jython", "Jython"),
}


class Target(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """
    A Python and a platform; what is not said is as with the Python that runs this.

    ``python`` is a version, of one to three numbers; ``platforms`` and ``abis`` are tags, the best
    first; ``implementation`` is a short form as ``cp``.  A platform stands for the tags that
    installers take it for: older manylinux ones only below ``manylinux2014``, so that a newer
    one is given together with those that it is compatible with.
    """

    python: tuple[int, ...] | None = None
    platforms: tuple[str, ...] = ()
    abis: tuple[str, ...] = ()
    implementation: str | None = None

    @cached_property
    def version(self) -> Version:
        """The version of Python, with three numbers."""
        numbers = self.python or sys.version_info[:3]
        return Version(".".join(map(str, (*numbers, 0, 0)[:3])))

    @cached_property
    def ranks(self) -> Mapping[Tag, int]:
        """All tags that fit, and how good each is: the best is 0."""
        # As pip composes them, so that the same wheel is chosen.
        version = self.python[:2] if self.python else None
        short = self.implementation or tags.interpreter_name()
        number = "".join(map(str, version)) if version else tags.interpreter_version()
        interpreter = f"{short}{number}"
        platforms = platforms_accepted(self.platforms) or None
        abis = self.abis or None
        if short == "cp":
            found = list(tags.cpython_tags(version, abis, platforms))
        else:
            found = list(tags.generic_tags(interpreter, abis, platforms))
        found += tags.compatible_tags(version, interpreter, platforms)
        ranks: dict[Tag, int] = {}
        for rank, tag in enumerate(found):
            ranks.setdefault(tag, rank)
        return ranks

    @cached_property
    def environment(self) -> Environment:
        """What markers are evaluated with."""
        environment = cast("dict[str, str]", default_environment())
        if self.python:
            environment["python_version"] = f"{self.version.major}.{self.version.minor}"
            environment["python_full_version"] = str(self.version)
            environment["implementation_version"] = str(self.version)
        if names := _IMPLEMENTATIONS.get(self.implementation or ""):
            environment["implementation_name"], environment["platform_python_implementation"] = names
        if self.platforms:
            environment |= marker_values(self.platforms[0])
        return cast("Environment", environment)

    def takes_python(self, requires_python: str | None) -> bool:
        """Return whether ``Requires-Python`` fits; one that cannot be read excludes nothing, as with pip."""
        try:
            return not requires_python or SpecifierSet(requires_python).contains(
                self.version, prereleases=True
            )
        except ValueError:
            # Also a number of more digits than Python reads.
            return True

    def __str__(self) -> str:
        return " ".join([f"Python {self.version}", *self.platforms])


def parse_target(
    python: str | None = None,
    platforms: Sequence[str] = (),
    abis: Sequence[str] = (),
    implementation: str | None = None,
) -> Target:
    """
    Read a target as people write it: ``3.12``, ``manylinux_2_28_x86_64``, ``cp312``, ``cp``.

    Raises:
        BadTarget: Something of it cannot be one.
    """
    for each in (*platforms, *abis, *([implementation] if implementation else [])):
        if not _TAG.fullmatch(each):
            raise BadTarget(f"{each!r} is not a tag: letters, digits and underscores are expected.")
    return Target(
        python=_parse_python(python) if python is not None else None,
        platforms=tuple(each.lower() for each in platforms),
        abis=tuple(each.lower() for each in abis),
        implementation=implementation.lower() if implementation else None,
    )


def _parse_python(text: str) -> tuple[int, ...]:
    found = _PYTHON.fullmatch(text) if len(text) < 20 else None
    if found is None:
        raise BadTarget(f"{text!r} is not a version of Python: write 3.12 or 3.12.4.")
    return tuple(int(each) for each in (found[1], found[2] or found[4], found[3]) if each)
