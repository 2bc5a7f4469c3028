"""What the search for fitting versions is about: needs, and candidates that satisfy them."""

from __future__ import annotations

from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from pypi_resolution.offers import Offer

Extras = frozenset[NormalizedName]


def identifier(project: str, extras: Extras = frozenset()) -> str:
    """Return the name under which a project, or the project with some extras, is searched for."""
    return f"{project}[{','.join(sorted(extras))}]" if extras else project


@dataclass(frozen=True, eq=False)
class Candidate:
    """
    A file that could be taken, or the same with what some of its extras need beside it.

    Each is one object, which the search compares by its identity; *base* is the one without extras.
    """

    offer: Offer
    extras: Extras = frozenset()
    base: Candidate | None = None

    @property
    def name(self) -> str:
        """Under which name it is searched for."""
        return identifier(self.offer.project, self.extras)

    @property
    def version(self) -> Version:
        """Its version."""
        return self.offer.version

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Need:
    """A requirement: of a project, perhaps with extras, in certain versions."""

    project: NormalizedName
    specifier: SpecifierSet
    extras: Extras = frozenset()
    hashes: frozenset[str] = frozenset()
    source: str = ""

    @property
    def name(self) -> str:
        """Under which name it is searched for."""
        return identifier(self.project, self.extras)

    def __str__(self) -> str:
        return f"{self.name}{self.specifier}"


@dataclass(frozen=True, eq=False)
class ExactNeed:
    """The need of a candidate with extras: the very same file without them."""

    candidate: Candidate

    @property
    def name(self) -> str:
        """Under which name it is searched for."""
        return self.candidate.name

    def __str__(self) -> str:
        return f"{self.candidate.name}=={self.candidate.version}"


@dataclass(frozen=True, eq=False)
class ImpossibleNeed:
    """A need that nothing satisfies, and why in words; it excludes the candidate that has it."""

    reason: str
    name: str = field(default="", init=False)

    def __str__(self) -> str:
        return self.reason


AnyNeed = Need | ExactNeed | ImpossibleNeed
