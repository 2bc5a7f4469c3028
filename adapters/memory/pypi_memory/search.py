"""A search engine in memory, for as many projects as a test has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from pypi_core.domain.names import NormalizedName
from pypi_core.domain.relevance import Relevance
from pypi_core.domain.words import key_of, words_of
from pypi_core.ports.search import (
    MOST_COUNTED,
    MOST_FACETS,
    Facet,
    FacetKind,
    SearchDocument,
    SearchEngine,
    SearchField,
    SearchHit,
    SearchQuery,
    SearchResults,
    SearchSort,
)

_LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)


class InMemorySearch:
    """Documents in a dictionary, looked through whole for each query."""

    def __init__(self) -> None:
        self._documents: dict[NormalizedName, SearchDocument] = {}
        self._filling: _Filling | None = None

    def put(self, document: SearchDocument) -> None:
        self._documents[document.name] = document
        if self._filling:
            self._filling.changed[document.name] = document

    def remove(self, name: NormalizedName) -> None:
        self._documents.pop(name, None)
        if self._filling:
            self._filling.changed[name] = None

    def query(self, query: SearchQuery) -> SearchResults:
        words = words_of(query.words)
        asked = {field: words_of(text) for field, text in query.fields.items() if text.strip()}
        if (query.words.strip() and not words) or not all(asked.values()):
            return SearchResults(hits=(), more=False, total=0 if query.facets else None)
        allowed = [
            each
            for each in list(self._documents.values())
            if all(_matches(_text(each, field), wanted) for field, wanted in asked.items())
            and all(set(values) <= set(each.by_facet[kind]) for kind, values in query.by_facet.items())
        ]
        found = _ordered(_with_words(allowed, words, query), words, query.sort)
        page = found[query.offset : query.offset + query.limit]
        return SearchResults(
            hits=tuple(_hit(each) for each in page),
            more=len(found) > query.offset + query.limit,
            total=min(len(found), MOST_COUNTED) if query.facets else None,
            total_is_at_least=query.facets and len(found) > MOST_COUNTED,
            facets=_facets(found[:MOST_COUNTED]) if query.facets else (),
        )

    def is_empty(self) -> bool:
        return not self._documents

    @contextmanager
    def filling(self) -> Iterator[_Filling]:
        self._filling = filling = _Filling()
        try:
            yield filling
            changed = {name: each for name, each in filling.changed.items() if each}
            self._documents = {
                name: each for name, each in filling.added.items() if name not in filling.changed
            } | changed
        finally:
            self._filling = None


class _Filling:
    def __init__(self) -> None:
        self.added: dict[NormalizedName, SearchDocument] = {}
        self.changed: dict[NormalizedName, SearchDocument | None] = {}

    def add(self, documents: Sequence[SearchDocument]) -> None:
        self.added |= {each.name: each for each in documents}


class _Found(NamedTuple):
    name: NormalizedName
    summary: str
    keywords: str
    modules: str
    popularity: int


def _with_words(
    documents: Sequence[SearchDocument], words: list[str], query: SearchQuery
) -> list[SearchDocument]:
    found = [
        each
        for each in documents
        if _matches(" ".join(_words_text(each, field) for field in query.words_in), words)
    ]
    if not words or SearchField.NAME not in query.words_in or query.sort is not SearchSort.RELEVANCE:
        return found
    key = "".join(words)
    named = [each for each in documents if _key(each).startswith(key) or key in _module_keys(each)]
    if not any(key == _key(each) or key in _module_keys(each) for each in named):
        near = Relevance(words).neighbours
        named += [each for each in documents if _key(each) in near]
    return list({each.name: each for each in (*found, *named)}.values())


def _ordered(
    documents: Sequence[SearchDocument], words: list[str], sort: SearchSort
) -> Sequence[SearchDocument]:
    by_name = {each.name: each for each in documents}
    match sort:
        case SearchSort.NAME:
            return [by_name[name] for name in sorted(by_name)]
        case SearchSort.UPDATED:
            return sorted(documents, key=lambda each: (-(each.updated or _LONG_AGO).timestamp(), each.name))
        case SearchSort.RELEVANCE if words:
            found = [
                _Found(
                    each.name, each.summary, " ".join(each.keywords), " ".join(each.modules), each.popularity
                )
                for each in documents
            ]
            return [by_name[each.name] for each in Relevance(words).sorted(found)]
        case SearchSort.RELEVANCE:
            return sorted(documents, key=lambda each: (-each.popularity, each.name))


def _hit(document: SearchDocument) -> SearchHit:
    return SearchHit(
        name=document.name,
        display_name=document.display_name,
        version=document.version,
        summary=document.summary,
        updated=document.updated,
    )


def _text(document: SearchDocument, field: SearchField) -> str:
    match field:
        case SearchField.NAME:
            return f"{document.name} {_key(document)}"
        case SearchField.KEYWORDS:
            return " ".join(document.keywords)
        case _:
            return str(getattr(document, field))


def _words_text(document: SearchDocument, field: SearchField) -> str:
    modules = " ".join(document.modules) if field is SearchField.NAME else ""
    return f"{_text(document, field)} {modules}"


def _key(document: SearchDocument) -> str:
    return key_of(document.name)


def _module_keys(document: SearchDocument) -> set[str]:
    return set(map(key_of, document.modules))


def _matches(text: str, words: list[str]) -> bool:
    there = words_of(text)
    return all(any(each.startswith(word) for each in there) for word in words)


def _facets(documents: Iterable[SearchDocument]) -> tuple[Facet, ...]:
    counts = {kind: Counter[str]() for kind in FacetKind}
    for each in documents:
        for kind, values in each.by_facet.items():
            counts[kind].update(set(values))
    return tuple(
        Facet(kind=kind, value=value, count=count)
        for kind, counter in counts.items()
        for value, count in sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_FACETS]
    )


if TYPE_CHECKING:
    _: type[SearchEngine] = InMemorySearch
