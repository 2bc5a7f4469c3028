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
        name = f" {project.name.replace('-', ' ')} {key} "
        in_names = [_weight(word, name, _IN_NAME) for word in self._words]
        tier = self._tier(project, key, all_in_name=all(in_names))
        score = sum(map(_Texts(project).best_weight, self._words, in_names))
        return tier, -score, -project.popularity, len(project.name), project.name

    def _tier(self, project: Rankable, key: str, *, all_in_name: bool) -> int:
        if project.name == self._name:
            return _NAMED
        if key == self.key:
            return _SPELT
        if self._is_module_of(project):
            return _IMPORTED
        if key.startswith(self.key):
            return _BEGINS
        if all_in_name:
            return _ALL_IN_NAME
        if abs(len(key) - len(self.key)) <= 1 and key in self.neighbours:
            return _MISSPELT if len(self.key) > _SHORT else _SHORT_MISSPELT
        return _ELSEWHERE

    def _is_module_of(self, project: Rankable) -> bool:
        # Most projects are told apart by one look at all of their modules.
        return self.key in key_of(project.modules) and self.key in map(key_of, project.modules.split())


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


# What a word counts that stands there: whole, or as the beginning of one.
_IN_NAME = (10, 6)
_ELSEWHERE_BY_WORTH = {"modules": (8, 5), "summary": (4, 3), "keywords": (2, 1)}


class _Texts:
    """The texts of a project beside its name; the words of each are told apart when they are asked for."""

    def __init__(self, project: Rankable) -> None:
        self._texts = {
            "modules": project.modules, "summary": project.summary, "keywords": project.keywords
        }  # fmt: skip
        self._spaced: dict[str, str] = {}

    def best_weight(self, word: str, in_name: int) -> int:
        """Return what a word counts where it counts most, *in_name* or elsewhere."""
        best = in_name
        for place, weights in _ELSEWHERE_BY_WORTH.items():
            if best >= weights[0]:
                # Neither this text nor those after it could be worth more.
                break
            best = max(best, _weight(word, self._words_of(place), weights))
        return best

    def _words_of(self, place: str) -> str:
        """Return the words of a text with a space before and after each."""
        if place not in self._spaced:
            self._spaced[place] = f" {' '.join(words_of(self._texts[place]))} "
        return self._spaced[place]


def _weight(word: str, text: str, weights: tuple[int, int]) -> int:
    whole, beginning = weights
    if f" {word}" not in text:
        return 0
    return whole if f" {word} " in text else beginning
