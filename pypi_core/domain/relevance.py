"""Which of the projects that match a search is meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Protocol, TypeVar

from pypi_core.domain.names import NormalizedName
from pypi_core.domain.words import key_of, words_of

_NAMED, _SPELT, _IMPORTED, _BEGINS, _ALL_IN_NAME, _MISSPELT, _ELSEWHERE, _SHORT_MISSPELT = range(8)

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
# Shorter ones have too many neighbours to be taken for one, and so come after all that has the words.
_SHORT = 4
_SHORTEST, _LONGEST = 3, 50


class Rankable(Protocol):
    """A project that may be meant; *keywords* and *modules* are separated by spaces."""

    @property
    def name(self) -> NormalizedName:
        """The normalised name."""
        ...

    @property
    def summary(self) -> str:
        """The summary of its newest release."""
        ...

    @property
    def keywords(self) -> str:
        """The keywords of that release."""
        ...

    @property
    def modules(self) -> str:
        """What that release lets one import."""
        ...

    @property
    def popularity(self) -> int:
        """How much it is used."""
        ...


_Project = TypeVar("_Project", bound=Rankable)


class Relevance:
    """
    Put projects in order for *words*, folded ones, the best first.

    The project of that name; the one whose name differs in separators alone; those with a module of that
    name; names that begin so; names with all words; names that are one slip of the finger away; the others.
    Among equals, words count by where they stand, and whole words more than beginnings.  Popularity breaks
    what words leave equal; then the shorter name, which is the more general.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._name = "-".join(words)
        self.key = "".join(words)

    @cached_property
    def neighbours(self) -> frozenset[str]:
        """The keys that are one slip of the finger away from the words."""
        return frozenset(_neighbours(self.key))

    def sorted(self, projects: Iterable[_Project]) -> list[_Project]:
        """Return *projects*, the best first."""
        return sorted(projects, key=self._rank)

    def _rank(self, project: Rankable) -> tuple[int, int, int, int, str]:
        key = project.name.replace("-", "")
        name = [*project.name.split("-"), key]
        modules = words_of(project.modules)
        summary, keywords = words_of(project.summary), words_of(project.keywords)
        score = 0
        all_in_name = True
        for word in self._words:
            in_name = _weight(word, name, whole=10, beginning=6)
            all_in_name = all_in_name and in_name > 0
            score += max(
                in_name,
                _weight(word, modules, whole=8, beginning=5),
                _weight(word, summary, whole=4, beginning=3),
                _weight(word, keywords, whole=2, beginning=1),
            )
        tier = self._tier(project, key, all_in_name=all_in_name)
        return tier, -score, -project.popularity, len(project.name), project.name

    def _tier(self, project: Rankable, key: str, *, all_in_name: bool) -> int:
        if project.name == self._name:
            return _NAMED
        if key == self.key:
            return _SPELT
        if self.key in map(key_of, project.modules.split()):
            return _IMPORTED
        if key.startswith(self.key):
            return _BEGINS
        if all_in_name:
            return _ALL_IN_NAME
        if abs(len(key) - len(self.key)) <= 1 and key in self.neighbours:
            return _MISSPELT if len(self.key) > _SHORT else _SHORT_MISSPELT
        return _ELSEWHERE


def _neighbours(key: str) -> Iterator[str]:
    """
    Yield the keys that are one slip away from *key*: two letters swapped, one too many, too few or wrong.

    There are none for a very short or long one.
    """
    if not _SHORTEST <= len(key) <= _LONGEST:
        return
    for place in range(len(key) + 1):
        before, after = key[:place], key[place:]
        if len(after) > 1 and after[0] != after[1]:
            yield before + after[1] + after[0] + after[2:]
        if after:
            yield before + after[1:]
        for letter in _LETTERS:
            yield before + letter + after
            if after and letter != after[0]:
                yield before + letter + after[1:]


def _weight(word: str, among: Sequence[str], *, whole: int, beginning: int) -> int:
    if word in among:
        return whole
    return beginning if any(each.startswith(word) for each in among) else 0
