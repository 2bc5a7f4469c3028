"""What an index would say, without anything being stored."""

from __future__ import annotations

from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_protocol.methods import VALIDATE_FILENAME, VALIDATE_METADATA
from pypi_protocol.records.validation import Verdict


def validate_metadata(index: KnownIndex, metadata: str) -> Exchange[Verdict]:
    """Check the content of a METADATA or PKG-INFO file against the rules of the index."""
    return (yield from call(index, VALIDATE_METADATA, metadata=metadata))


def validate_filename(index: KnownIndex, filename: str) -> Exchange[Verdict]:
    """Check the name of a wheel or sdist against the rules of the index."""
    return (yield from call(index, VALIDATE_FILENAME, filename=filename))
