"""The method ``search.query``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import Actor
from pypi_core.errors import Forbidden, Invalid, Unauthenticated
from pypi_core.index import Index
from pypi_core.ports.search import SearchQuery
from pypi_jsonrpc_api.methods import Example, Method


class SearchQueryParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody looks for."""

    words: Annotated[
        str, Meta(description="Free text; every word has to match, each as a prefix. Empty text finds all.")
    ]
    offset: Annotated[int, Meta(description="How many hits to pass over.")] = 0
    limit: Annotated[int, Meta(description="How many hits to return, from 1 to 100.")] = 20


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A project found, by its newest release."""

    name: Annotated[str, Meta(description="The normalised name.")]
    display_name: Annotated[str, Meta(description="The name as its owner spells it.")]
    version: str
    summary: str


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """Hits, the best first."""

    hits: tuple[Hit, ...]
    more: Annotated[bool, Meta(description="Whether others follow.")]


def search_query(index: Index, actor: Actor, parameters: SearchQueryParameters) -> SearchPage:
    """Find projects by words in their names, keywords, summaries and descriptions."""
    results = index.search_projects(
        actor, SearchQuery(words=parameters.words, offset=parameters.offset, limit=parameters.limit)
    )
    hits = tuple(msgspec.convert(each, Hit, from_attributes=True) for each in results.hits)
    return SearchPage(hits=hits, more=results.more)


SEARCH_QUERY = Method(
    name="search.query",
    function=search_query,
    result_name="page",
    summary="Find projects by words",
    raises=(Invalid, Unauthenticated, Forbidden),
    examples=(
        Example(
            name="one word",
            params={"words": "hello"},
            result={
                "hits": [
                    {
                        "name": "hello-index",
                        "display_name": "Hello.Index",
                        "version": "1.1",
                        "summary": "Says hello",
                    }
                ],
                "more": False,
            },
        ),
        Example(name="nothing found", params={"words": "nowhere"}, result={"hits": [], "more": False}),
    ),
)
