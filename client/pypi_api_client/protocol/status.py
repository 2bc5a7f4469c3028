"""What an index says of itself."""

from __future__ import annotations

from pypi_api_client.errors import NotSpoken
from pypi_api_client.models import IndexStatus
from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.protocol.simple import find_simple


def status(index: KnownIndex) -> Exchange[IndexStatus]:
    """
    Ask once what an index is and can do; of one that does not tell, find out what can be found out.

    Raises:
        Refused: It refused.
    """
    if index.status is None:
        try:
            index.status = yield from call(index, "index.status", {}, IndexStatus)
        except NotSpoken:
            found = ["rpc"] if index.speaks_json_rpc else []
            if (yield from find_simple(index)):
                found.append("simple")
            index.status = IndexStatus(capabilities=tuple(found))
    return index.status
