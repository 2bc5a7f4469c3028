"""What an index would say, without anything being stored."""

from __future__ import annotations

from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Login
from pypi_api_client.records import Verdict


def validate_metadata(index: KnownIndex, metadata: str) -> Exchange[Verdict]:
    """Check the content of a METADATA or PKG-INFO file against the rules of the index."""
    return (
        yield from call(index, "validate.metadata", {"metadata": metadata}, Verdict, login=Login.IF_ASKED)
    )


def validate_filename(index: KnownIndex, filename: str) -> Exchange[Verdict]:
    """Check the name of a wheel or sdist against the rules of the index."""
    return (
        yield from call(index, "validate.filename", {"filename": filename}, Verdict, login=Login.IF_ASKED)
    )
