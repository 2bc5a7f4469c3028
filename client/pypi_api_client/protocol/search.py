"""Finding projects."""

from __future__ import annotations

from pypi_api_client.errors import NotSpoken
from pypi_api_client.models import SearchResults
from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange


def search(index: KnownIndex, words: str, *, offset: int, limit: int) -> Exchange[SearchResults]:
    """
    Find projects by words.

    Raises:
        NotSpoken: The index does not speak JSON-RPC, and no other protocol has a search.
        Refused: It refused.
    """
    params = {"words": words, "offset": offset, "limit": limit}
    try:
        return (yield from call(index, "search.query", params, SearchResults))
    except NotSpoken as error:
        raise NotSpoken(
            f"The index at {index.address.root} cannot be searched by a program: it does not speak "
            "JSON-RPC. Search on its web pages."
        ) from error
