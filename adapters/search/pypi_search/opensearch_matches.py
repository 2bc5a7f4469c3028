"""What is found in an index of OpenSearch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from opensearchpy import OpenSearch

from pypi_core.ports.search import MOST_FACETS, SearchField, SearchSort
from pypi_search.asked import Asked
from pypi_search.documents import COLUMNS, KIND_OF_LETTER, Candidate, fields_of_words, places_of
from pypi_search.searching import Counted, Matches
from pypi_search.tagged_words import tagged

Clause = dict[str, Any]

_ORDERS: Final[dict[SearchSort, list[Clause]]] = {
    SearchSort.RELEVANCE: [{"popularity": "desc"}, {"name": "asc"}],
    SearchSort.NAME: [{"name": "asc"}],
    SearchSort.UPDATED: [{"updated": {"order": "desc", "missing": "_last"}}, {"name": "asc"}],
}


class OpenSearchMatches:
    """The projects of one index that fulfil what *asked* asks for."""

    def __init__(self, client: OpenSearch, index: str, asked: Asked) -> None:
        self._client = client
        self._index = index
        self._asked = asked
        self._conditions: list[Clause] = [
            _begins(places_of(field), word) for field, words in asked.fields.items() for word in words
        ]
        self._conditions += [{"term": {"labels": each}} for each in asked.labels]

    def keyed(self, keys: Collection[str], limit: int) -> Sequence[Candidate]:
        return self._found([{"terms": {"key": list(keys)}}], limit)

    def labelled(self, label: str, limit: int) -> Sequence[Candidate]:
        return self._found([{"term": {"labels": label}}], limit)

    def beginning(self, key: str, limit: int) -> Sequence[Candidate]:
        return self._found([{"prefix": {"key": key}}], limit)

    def with_words(self, fields: Sequence[SearchField], limit: int) -> Sequence[Candidate]:
        return self._found(self._words(fields), limit)

    def with_words_of_rest(self, limit: int) -> Sequence[Candidate]:
        # All are in one index: those that are not popular were found with the others.
        return ()

    def beyond(self, seen: Collection[str], limit: int, offset: int) -> Sequence[Candidate]:
        others: Clause = {"bool": {"must_not": [{"terms": {"name": list(seen)}}]}}
        return self._found([*self._words(self._asked.words_in), others], limit, offset=offset)

    def in_order(self, sort: SearchSort, limit: int, offset: int) -> Sequence[Candidate]:
        return self._found(self._words(self._asked.words_in), limit, offset=offset, sort=sort)

    def counted(self, names: Collection[str], most: int) -> Counted:
        matching: Clause = {"bool": {"filter": [*self._words(self._asked.words_in), *self._conditions]}}
        facets = {
            letter: {"terms": {"field": "labels", "include": f"{letter}.*", "size": MOST_FACETS}}
            for letter in KIND_OF_LETTER
        }
        answer = self._client.search(
            index=self._index,
            body={
                "query": {"bool": {"should": [{"terms": {"name": list(names)}}, matching]}},
                "size": 0,
                "track_total_hits": most,
                # With terminate_after in its place, a total known beforehand leaves the facets empty.
                "aggs": {"first": {"sampler": {"shard_size": most}, "aggs": facets}},
            },
        )
        first = answer["aggregations"]["first"]
        buckets = [each for letter in facets for each in first[letter]["buckets"]]
        return Counted(
            answer["hits"]["total"]["value"], [(each["key"], each["doc_count"]) for each in buckets]
        )

    def _words(self, fields: Iterable[SearchField]) -> list[Clause]:
        places = fields_of_words(fields)
        return [_begins(places, word) for word in self._asked.words]

    def _found(
        self,
        clauses: list[Clause],
        limit: int,
        *,
        offset: int = 0,
        sort: SearchSort = SearchSort.RELEVANCE,
    ) -> Sequence[Candidate]:
        # What was removed while the index was filled has no name; without words it would match.
        wanted = [*clauses, *self._conditions] or [{"exists": {"field": "name"}}]
        answer = self._client.search(
            index=self._index,
            body={
                "query": {"bool": {"filter": wanted}},
                "sort": _ORDERS[sort],
                "from": offset,
                "size": limit,
                "track_total_hits": False,
                "_source": list(COLUMNS),
            },
        )
        return [Candidate(**each["_source"]) for each in answer["hits"]["hits"]]


def _begins(places: Iterable[str], word: str) -> Clause:
    return {"bool": {"should": [{"prefix": {"words": each}} for each in tagged(places, word)]}}


if TYPE_CHECKING:
    _: type[Matches] = OpenSearchMatches
