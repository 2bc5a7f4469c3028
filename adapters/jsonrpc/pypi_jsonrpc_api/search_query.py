"""The method ``search.query``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import Actor
from pypi_core.errors import Forbidden, Invalid, Unauthenticated
from pypi_core.index import Index
from pypi_core.ports.search import SearchField, SearchQuery, SearchSort
from pypi_jsonrpc_api.cursors import cursor_of, read_cursor
from pypi_jsonrpc_api.methods import Example, Method
from pypi_jsonrpc_api.shapes import Cursor, Next, Parameters

FieldName = Literal["name", "summary", "keywords", "description", "author", "maintainer", "license"]


class SearchQueryParameters(Parameters, frozen=True, kw_only=True):
    """What somebody looks for; without words, fields and classifiers every project is found."""

    words: Annotated[
        str,
        Meta(description="Free text; every word has to be the beginning of one in a field of `words_in`."),
    ] = ""
    words_in: Annotated[
        tuple[FieldName, ...],
        Meta(description="The fields in which to look for the words, at least one, each once."),
    ] = ("name", "keywords", "summary", "description")
    fields: Annotated[
        dict[FieldName, str], Meta(description="For each field the words that have to be in it.")
    ] = msgspec.field(default_factory=dict)
    classifiers: Annotated[
        tuple[str, ...], Meta(description="Classifiers that the newest release has to carry, all of them.")
    ] = ()
    sort: Annotated[
        Literal["relevance", "name", "updated"],
        Meta(description="The best first, or by name, or the newest release first."),
    ] = "relevance"
    cursor: Cursor = None
    limit: Annotated[int, Meta(description="How many hits to return, from 1 to 100.")] = 20
    facets: Annotated[bool, Meta(description="Whether to tell which classifiers the hits carry.")] = False


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A project found, by its newest release."""

    name: Annotated[str, Meta(description="The normalised name.")]
    display_name: Annotated[str, Meta(description="The name as its owner spells it.")]
    version: str
    summary: str
    updated: Annotated[datetime | None, Meta(description="When that release came; null if not known.")]


class FacetDescription(msgspec.Struct, frozen=True, kw_only=True):
    """How many hits carry a classifier."""

    classifier: str
    count: int


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """Hits in the order asked for."""

    hits: tuple[Hit, ...]
    next: Next
    facets: Annotated[
        tuple[FacetDescription, ...],
        Meta(description="The most frequent first, among the first thousand hits; empty if not asked for."),
    ] = ()


def search_query(index: Index, actor: Actor, parameters: SearchQueryParameters) -> SearchPage:
    """
    Find projects by words, by single fields and by classifiers.

    What was just published is found a moment later.
    """
    offset = read_cursor("search.query", parameters.cursor, 0)
    results = index.search_projects(
        actor,
        SearchQuery(
            words=parameters.words,
            words_in=tuple(map(SearchField, parameters.words_in)),
            fields={SearchField(name): text for name, text in parameters.fields.items()},
            classifiers=parameters.classifiers,
            sort=SearchSort(parameters.sort),
            offset=offset,
            limit=parameters.limit,
            facets=parameters.facets,
        ),
    )
    return SearchPage(
        hits=tuple(msgspec.convert(each, Hit, from_attributes=True) for each in results.hits),
        next=cursor_of("search.query", offset + len(results.hits)) if results.more else None,
        facets=tuple(
            msgspec.convert(each, FacetDescription, from_attributes=True) for each in results.facets
        ),
    )


_HIT = {
    "name": "hello-index",
    "display_name": "Hello.Index",
    "version": "1.1",
    "summary": "Says hello",
    "updated": "2026-03-01T12:00:00Z",
}

SEARCH_QUERY = Method(
    name="search.query",
    function=search_query,
    costly=True,
    result_name="page",
    summary="Find projects",
    raises=(Invalid, Unauthenticated, Forbidden),
    examples=(
        Example(
            name="one word", params={"words": "hello"}, result={"hits": [_HIT], "next": None, "facets": []}
        ),
        Example(
            name="a word in name or summary",
            params={"words": "says", "words_in": ["name", "summary"]},
            result={"hits": [_HIT], "next": None, "facets": []},
        ),
        Example(
            name="by author and classifier, with facets",
            params={
                "words": "",
                "words_in": ["name", "keywords", "summary", "description"],
                "fields": {"author": "ada"},
                "classifiers": ["Topic :: Utilities"],
                "sort": "updated",
                "cursor": None,
                "limit": 20,
                "facets": True,
            },
            result={
                "hits": [_HIT],
                "next": None,
                "facets": [{"classifier": "Topic :: Utilities", "count": 1}],
            },
        ),
        Example(
            name="nothing found",
            params={"words": "nowhere"},
            result={"hits": [], "next": None, "facets": []},
        ),
    ),
)
