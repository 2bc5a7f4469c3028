"""What was asked for, before any index was."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from packaging.pylock import Pylock
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from pypi_api_client.selection import is_pin
from pypi_resolution.controls import OpposingOptions


class WantedRequirement(msgspec.Struct, frozen=True, kw_only=True):
    """
    A requirement, and where it stands.

    ``hashes`` are those of which a file has to have one, as ``algorithm:hex``; ``source`` is for
    people: ``requirements.txt (line 3)``, and empty for the command line.
    """

    requirement: Requirement
    hashes: frozenset[str] = frozenset()
    source: str = ""

    @property
    def name(self) -> NormalizedName:
        """The normalised name of the project."""
        return canonicalize_name(self.requirement.name)

    @property
    def is_pinned(self) -> bool:
        """Return whether no more than one version can be meant."""
        return len(self.requirement.specifier) == 1 and is_pin(self.requirement.specifier)

    def __str__(self) -> str:
        return f"{self.source}: {self.requirement}" if self.source else str(self.requirement)


class WantedLock(msgspec.Struct, frozen=True, kw_only=True):
    """A lock file (PEP 751), and what of it is wanted; with no groups named, its default groups are."""

    lock: Pylock
    source: str
    extras: frozenset[str] = frozenset()
    groups: frozenset[str] | None = None


class WantedPython(msgspec.Struct, frozen=True, kw_only=True):
    """Versions of Python that a source is for."""

    specifier: SpecifierSet
    source: str


class Wanted:
    """
    Everything that was asked for, collected from all sources.

    Attributes:
        requirements: What is to be there, in the order in which it was named.
        constraints: What holds of projects only if something wants them.
        locks: Lock files, of which exactly what they name is taken.
        pythons: Versions of Python that sources are for.
        kinds: Projects of which only sdists (``no_binary``, first) or only wheels are wanted.
        releases: Projects of which all releases (first) or only final ones are wanted.
        prefers_wheels: Whether an older wheel is better than a newer sdist.
        requires_hashes: Whether hashes are required for everything, if a source says so.
        notes: What was read and is not heeded, for people.
    """

    def __init__(self) -> None:
        self.requirements: list[WantedRequirement] = []
        self.constraints: list[WantedRequirement] = []
        self.locks: list[WantedLock] = []
        self.pythons: list[WantedPython] = []
        self.kinds = OpposingOptions()
        self.releases = OpposingOptions()
        self.prefers_wheels = False
        self.requires_hashes: bool | None = None
        self.notes: list[str] = []

    @property
    def is_hashes_mode(self) -> bool:
        """Return whether everything has to have hashes: one that has them requires them of all."""
        if self.requires_hashes is not None:
            return self.requires_hashes
        return any(each.hashes for each in (*self.requirements, *self.constraints))

    def want(self, requirements: Iterable[Requirement], source: str) -> None:
        """Take in requirements of one source."""
        self.requirements += (WantedRequirement(requirement=each, source=source) for each in requirements)

    def note(self, sentence: str) -> None:
        """Take in something to report; the same is reported once."""
        if sentence not in self.notes:
            self.notes.append(sentence)
