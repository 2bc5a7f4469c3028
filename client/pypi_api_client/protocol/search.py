"""Finding projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pypi_api_client.errors import NotSpoken
from pypi_api_client.models import SearchResults
from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange


def search(
    index: KnownIndex,
    words: str,
    *,
    fields: Mapping[str, str] | None,
    classifiers: Sequence[str],
    sort: str | None,
    facets: bool,
    cursor: str | None,
    limit: int,
) -> Exchange[SearchResults]:
    """
    Find projects by words, by single fields and by classifiers.

    Raises:
        NotSpoken: The index does not speak JSON-RPC, and no other protocol has a search.
        Refused: It refused.
    """
    params = {
        "words": words,
        "fields": fields or None,
        "classifiers": classifiers or None,
        "sort": sort,
        "facets": facets or None,
        "cursor": cursor,
        "limit": limit,
    }
    try:
        return (yield from call(index, "search.query", params, SearchResults))
    except NotSpoken as error:
        raise NotSpoken(
            f"The index at {index.address.root} cannot be searched by a program: it does not speak "
            "JSON-RPC. Search on its web pages."
        ) from error
