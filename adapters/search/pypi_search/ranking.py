"""Which of the projects that match is meant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.ports.search import SearchHit
from pypi_search.words import folded, words_of

_NAMED, _BEGINS, _ALL_IN_NAME, _ELSEWHERE = range(4)


class Candidate(NamedTuple):
    """A project that matches."""

    identifier: int
    name: NormalizedName
    display_name: DisplayName
    version: str
    summary: str
    keywords: str
    updated: int | None

    def as_hit(self) -> SearchHit:
        return SearchHit(
            name=self.name,
            display_name=self.display_name,
            version=self.version,
            summary=self.summary,
            updated=None if self.updated is None else datetime.fromtimestamp(self.updated, UTC),
        )


class Ranking:
    """
    Put candidates for *words* in order, the best first.

    The project of that name, then names that begin so, then names with all words; among
    equals, words count by where they stand and whole words more than beginnings; then the
    shorter name, which is the more general.
    """

    def __init__(self, words: list[str]) -> None:
        self._words = [folded(each) for each in words]
        self.name = "-".join(self._words)

    def sorted(self, candidates: set[Candidate]) -> list[Candidate]:
        return sorted(candidates, key=self._key)

    def _key(self, candidate: Candidate) -> tuple[int, int, int, str]:
        name = candidate.name.split("-")
        elsewhere = words_of(folded(f"{candidate.keywords} {candidate.summary}"))
        score = 0
        all_in_name = True
        for word in self._words:
            in_name = _weight(word, name, whole=10, beginning=6)
            all_in_name = all_in_name and in_name > 0
            score += in_name or _weight(word, elsewhere, whole=4, beginning=3)
        return self._tier(candidate.name, all_in_name), -score, len(candidate.name), candidate.name

    def _tier(self, name: str, all_in_name: bool) -> int:
        if name == self.name:
            return _NAMED
        if name.startswith(self.name):
            return _BEGINS
        return _ALL_IN_NAME if all_in_name else _ELSEWHERE


def _weight(word: str, among: list[str], *, whole: int, beginning: int) -> int:
    if word in among:
        return whole
    return beginning if any(each.startswith(word) for each in among) else 0
