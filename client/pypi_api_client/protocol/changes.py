"""Following an index as it changes."""

from __future__ import annotations

from urllib.parse import urlencode

from pypi_api_client.errors import NotSpoken
from pypi_api_client.models import ChangesPage
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Request
from pypi_api_client.protocol.refusals import is_index_missing, refusal_of
from pypi_api_client.protocol.steps import Batch, Series
from pypi_protocol.records.changes import ChangeDescription


def changes(index: KnownIndex, since: int = 0, *, limit: int = 1000, wait: int = 0) -> Exchange[ChangesPage]:
    """
    Read a page of what came after the serial *since*.

    Where there is nothing yet, it comes after *wait* seconds, or as soon as there is.

    Raises:
        NotSpoken: The index has no change feed.
    """
    query = urlencode({"since": since, "limit": limit, "wait": wait})
    response = yield Request(
        method="GET",
        url=f"{index.address.join('changes')}?{query}",
        headers={"Accept": "application/json, application/problem+json"},
        patience=wait + 30.0,
    )
    if response.status in {404, 405, 406} and not is_index_missing(response):
        raise NotSpoken(f"The index at {index.address.root} does not report changes: it has no change feed.")
    if response.status != 200:
        raise refusal_of(response)
    return response.json_as(ChangesPage)


def follow(index: KnownIndex, since: int, *, wait: int = 60) -> Series[ChangeDescription]:
    """
    Yield every change after the serial *since*, without end: it waits for those to come.

    Raises:
        NotSpoken: The index has no change feed.
    """
    page = yield from changes(index, since, wait=wait)
    return Batch(page.changes, follow(index, page.since, wait=wait))
