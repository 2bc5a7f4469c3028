"""Following an index as it changes."""

from __future__ import annotations

from urllib.parse import urlencode

from pypi_api_client.errors import NotSpoken
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Request
from pypi_api_client.protocol.refusals import is_index_missing, refusal_of
from pypi_api_client.records import ChangesPage


def changes(index: KnownIndex, since: int, *, limit: int, wait: int = 0) -> Exchange[ChangesPage]:
    """
    Read what came after the serial *since*; where there is nothing yet, wait for it.

    Raises:
        NotSpoken: The index has no change feed.
        Refused: It refused.
    """
    query = urlencode({"since": since, "limit": limit, "wait": wait})
    response = yield Request(
        method="GET",
        url=f"{index.address.join('changes')}?{query}",
        headers={"Accept": "application/json, application/problem+json"},
        patience=wait + 30.0,
    )
    if response.status in {404, 405, 406} and not is_index_missing(response):
        raise NotSpoken(
            f"The index at {index.address.root} does not tell what changes: it has no change feed."
        )
    if response.status != 200:
        raise refusal_of(response)
    return response.json_as(ChangesPage)
