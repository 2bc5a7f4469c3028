"""Finding projects."""

from __future__ import annotations

from pypi_api_client.address import IndexAddress
from pypi_api_client.errors import NotSpoken
from pypi_api_client.models import SearchResults
from pypi_api_client.protocol.json_rpc import Dialect, call, convert
from pypi_api_client.protocol.messages import Exchange


def search(
    address: IndexAddress, dialect: Dialect, words: str, *, cursor: str | None, limit: int
) -> Exchange[SearchResults]:
    """
    Find projects by words.

    Raises:
        NotSpoken: The index does not speak JSON-RPC, and no other protocol has a search.
        Refused: It refused.
    """
    params = {"words": words, "cursor": cursor, "limit": limit}
    try:
        result = yield from call(address, dialect, "search.query", params)
    except NotSpoken as error:
        raise NotSpoken(
            f"The index at {address.root} cannot be searched by a program: it does not speak JSON-RPC. "
            "Search on its web pages."
        ) from error
    return convert(result, SearchResults, address)
