"""Answers to searches."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from pypi_core.domain.accounts import Actor
from pypi_core.index import Index
from pypi_core.ports.search import FacetKind, SearchQuery, SearchResults
from pypi_jsonrpc_api.cursors import cursor_of, read_cursor
from pypi_protocol.records.search import (
    CountedValue,
    FacetDescription,
    Hit,
    SearchPage,
    SearchQueryParameters,
)


def search_query(index: Index, actor: Actor, parameters: SearchQueryParameters) -> SearchPage:
    offset = read_cursor("search.query", parameters.cursor, 0)
    query = msgspec.convert(parameters, SearchQuery, from_attributes=True)
    results = index.search.by_words(actor, replace(query, offset=offset))
    return SearchPage(
        hits=msgspec.convert(results.hits, tuple[Hit, ...], from_attributes=True),
        next=cursor_of("search.query", offset + len(results.hits)) if results.more else None,
        facets=tuple(
            FacetDescription(classifier=each.value, count=each.count)
            for each in results.facets
            if each.kind is FacetKind.CLASSIFIER
        ),
        licenses=_counted(results, FacetKind.LICENSE),
        pythons=_counted(results, FacetKind.PYTHON),
        total=results.total,
        total_is_at_least=results.total_is_at_least,
    )


def _counted(results: SearchResults, kind: FacetKind) -> tuple[CountedValue, ...]:
    return tuple(
        CountedValue(value=each.value, count=each.count) for each in results.facets if each.kind is kind
    )
