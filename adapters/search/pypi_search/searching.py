"""One query, carried out on one state of an engine, the same way on each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import Final, NamedTuple, Protocol

from pypi_core.domain.relevance import Relevance
from pypi_core.ports.search import (
    MOST_COUNTED,
    MOST_FACETS,
    Facet,
    SearchField,
    SearchQuery,
    SearchResults,
    SearchSort,
)
from pypi_search.asked import Asked
from pypi_search.documents import KIND_OF_LETTER, Candidate, module_label

RANKED: Final = 200
"""So many of those that match are ranked; the others follow in the order of their popularity."""

MOST_SORTED: Final = 10_000
"""So many of those that match are put in another order."""

MOST_OF_A_WORD: Final = 5000
"""So many of the popular projects that have a word are counted."""

_MOST_MISSPELT = 20
_RARE, _FEW = 10, 200


class Counted(NamedTuple):
    """How many projects match, and how many of these have each label."""

    total: int
    labels: Iterable[tuple[str, int]]


class Matches(Protocol):
    """
    What an engine finds among the projects that fulfil the fields and labels of a query.

    Lists come in the order of popularity, unless another is asked for.
    """

    def keyed(self, keys: Collection[str], limit: int) -> Sequence[Candidate]:
        """Return projects whose name is one of *keys*, apart from what separates its words."""
        ...

    def labelled(self, label: str, limit: int) -> Sequence[Candidate]:
        """Return projects with a label."""
        ...

    def beginning(self, key: str, limit: int) -> Sequence[Candidate]:
        """Return projects whose name begins so, apart from what separates its words."""
        ...

    def with_words(self, fields: Sequence[SearchField], limit: int) -> Sequence[Candidate]:
        """Return projects, of the popular ones, that have the words of the query in *fields*."""
        ...

    def with_words_of_rest(self, limit: int) -> Sequence[Candidate]:
        """Return projects, of those that are not popular, that have the words of the query."""
        ...

    def beyond(self, seen: Collection[str], limit: int, offset: int) -> Sequence[Candidate]:
        """Return projects that have the words of the query, without those whose names are *seen*."""
        ...

    def in_order(self, sort: SearchSort, limit: int, offset: int) -> Sequence[Candidate]:
        """Return projects that have the words of the query, if it has any, in an order."""
        ...

    def counted(self, names: Collection[str], most: int) -> Counted:
        """Count the projects of *names* and those that have the words of the query, *most* in all."""
        ...


class Search:
    """Find the page of *matches* that *query* asks for."""

    def __init__(self, query: SearchQuery, asked: Asked, matches: Matches) -> None:
        self._query = query
        self._asked = asked
        self._matches = matches
        self._relevance = Relevance(asked.words)
        self._is_ranked = query.sort is SearchSort.RELEVANCE and bool(asked.words)

    def results(self) -> SearchResults:
        """Return one page of hits, with facets if they are asked for."""
        limit = self._query.limit
        # One more than asked for shows whether there is a next page.
        found = self._page(limit + 1)
        results = SearchResults(hits=tuple(each.as_hit() for each in found[:limit]), more=len(found) > limit)
        return self._with_facets(results) if self._query.facets else results

    def _page(self, wanted: int) -> Sequence[Candidate]:
        offset = self._query.offset
        if not self._is_ranked:
            return self._matches.in_order(self._query.sort, wanted, offset)
        ranked = self._ranked
        if len(ranked) < min(offset + wanted, RANKED):
            ranked = [*ranked, *self._ranked_of_rest()]
        found = ranked[offset : offset + wanted]
        if len(found) < wanted and len(ranked) >= RANKED:
            seen = [each.name for each in ranked]
            missing = wanted - len(found)
            found += self._matches.beyond(seen, missing, max(0, offset - len(seen)))
        return found

    @cached_property
    def _ranked(self) -> list[Candidate]:
        """Those that are named so, and the popular ones that have the words."""
        found = {each.name: each for each in self._of_that_name()}
        for fields in self._steps():
            # What has the words in more telling fields is better: if there is enough of it, that will do.
            if len(found) < RANKED:
                found |= {each.name: each for each in self._matches.with_words(fields, RANKED)}
        return self._relevance.sorted(found.values())

    def _ranked_of_rest(self) -> list[Candidate]:
        seen = {each.name for each in self._ranked}
        found = self._matches.with_words_of_rest(RANKED)
        return self._relevance.sorted(each for each in found if each.name not in seen)

    def _of_that_name(self) -> Iterator[Candidate]:
        if not self._asked.is_by_name:
            return
        key, matches = self._asked.key, self._matches
        known = [*matches.keyed([key], 1), *matches.labelled(module_label(key), RANKED)]
        yield from known
        yield from matches.beginning(key, RANKED)
        if not known and (near := self._relevance.neighbours):
            yield from matches.keyed(near, _MOST_MISSPELT)

    def _steps(self) -> Iterator[Sequence[SearchField]]:
        fields = self._asked.words_in
        if self._asked.is_by_name and len(fields) > 1:
            yield (SearchField.NAME,)
        if SearchField.DESCRIPTION in fields and len(fields) > 1:
            yield tuple(each for each in fields if each is not SearchField.DESCRIPTION)
        yield fields

    def _with_facets(self, results: SearchResults) -> SearchResults:
        names = [each.name for each in self._ranked] if self._is_ranked else []
        # One more than are counted shows whether there are more.
        counted = self._matches.counted(names, MOST_COUNTED + 1)
        return SearchResults(
            hits=results.hits,
            more=results.more,
            total=min(counted.total, MOST_COUNTED),
            total_is_at_least=counted.total > MOST_COUNTED,
            facets=tuple(_facets(counted.labels)),
        )


def common_words(counts: Mapping[str, int], *, times: int) -> Sequence[str]:
    """
    Return the words that are better looked for in the few projects that have a rarer one.

    For a beginning of words an engine collects all projects that have one, however few are wanted.  *counts*
    say how many popular projects have each word, up to `MOST_OF_A_WORD`; a common one is in at least *times*
    as many as the rarest.
    """
    rarest = max(min(counts.values()), _RARE)
    return [each for each, count in counts.items() if rarest < _FEW and count >= rarest * times]


def nothing_found(query: SearchQuery) -> SearchResults:
    """Return the results of a query that asks for nothing that could be found."""
    return SearchResults(hits=(), more=False, total=0 if query.facets else None)


def _facets(labels: Iterable[tuple[str, int]]) -> Iterator[Facet]:
    counted = sorted(
        ((each[:1], -count, each[1:]) for each, count in labels if each[:1] in KIND_OF_LETTER),
    )
    for letter, of_kind in groupby(counted, key=lambda each: each[0]):
        for _, count, value in list(of_kind)[:MOST_FACETS]:
            yield Facet(kind=KIND_OF_LETTER[letter], value=value, count=min(-count, MOST_COUNTED))
