"""A search engine in memory, for as many projects as a test has."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pypi_core.domain.names import NormalizedName
from pypi_core.ports.search import (
    Facet,
    SearchDocument,
    SearchEngine,
    SearchField,
    SearchHit,
    SearchQuery,
    SearchResults,
    SearchSort,
)

_MOST_FACETS = 50
_LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)

_WORD = re.compile(r"[^\W_]+")


class InMemorySearch:
    """Documents in a dictionary, looked through whole for each query."""

    def __init__(self) -> None:
        self._documents: dict[NormalizedName, SearchDocument] = {}

    def put(self, document: SearchDocument) -> None:
        """Make a project findable."""
        self._documents[document.name] = document

    def remove(self, name: NormalizedName) -> None:
        """Make a project unfindable."""
        self._documents.pop(name, None)

    def query(self, query: SearchQuery) -> SearchResults:
        """Find projects."""
        words = _words(query.words)
        asked = {field: _words(text) for field, text in query.fields.items() if text.strip()}
        hopeless = (query.words.strip() and not words) or not all(asked.values())
        found = [
            each
            for each in list(self._documents.values())
            if not hopeless
            and _matches(" ".join(_texts(each)[field] for field in query.words_in), words)
            and all(_matches(_texts(each)[field], wanted) for field, wanted in asked.items())
            and set(query.classifiers) <= set(each.classifiers)
        ]
        found.sort(key=_order(query.sort, words))
        page = found[query.offset : query.offset + query.limit]
        return SearchResults(
            hits=tuple(_hit(each) for each in page),
            more=len(found) > query.offset + query.limit,
            facets=_facets(found) if query.facets else (),
        )

    def is_empty(self) -> bool:
        """Return whether no project is findable."""
        return not self._documents


def _hit(document: SearchDocument) -> SearchHit:
    return SearchHit(
        name=document.name,
        display_name=document.display_name,
        version=document.version,
        summary=document.summary,
        updated=document.updated,
    )


def _texts(document: SearchDocument) -> dict[SearchField, str]:
    return {
        SearchField.NAME: document.name,
        SearchField.SUMMARY: document.summary,
        SearchField.KEYWORDS: " ".join(document.keywords),
        SearchField.DESCRIPTION: document.description,
        SearchField.AUTHOR: document.author,
        SearchField.MAINTAINER: document.maintainer,
        SearchField.LICENSE: document.license,
    }


def _matches(text: str, words: list[str]) -> bool:
    there = _words(text)
    return all(any(each.startswith(word) for each in there) for word in words)


def _facets(documents: Iterable[SearchDocument]) -> tuple[Facet, ...]:
    counts = Counter(each for document in documents for each in set(document.classifiers))
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Facet(classifier=classifier, count=count) for classifier, count in ordered[:_MOST_FACETS])


def _order(sort: SearchSort, words: list[str]) -> Callable[[SearchDocument], tuple[object, ...]]:
    match sort:
        case SearchSort.RELEVANCE:
            return lambda document: _rank(document, words)
        case SearchSort.NAME:
            return lambda document: (document.name,)
        case SearchSort.UPDATED:
            return lambda document: (-(document.updated or _LONG_AGO).timestamp(), document.name)


def _rank(document: SearchDocument, words: list[str]) -> tuple[bool, bool, bool, str]:
    name = "-".join(words)
    parts = document.name.split("-")
    return (
        document.name != name,
        not document.name.startswith(name),
        not all(any(part.startswith(word) for part in parts) for word in words),
        document.name,
    )


def _words(text: str) -> list[str]:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return _WORD.findall("".join(each for each in decomposed if not unicodedata.combining(each)))


if TYPE_CHECKING:
    _: type[SearchEngine] = InMemorySearch
