"""What an index would say, without anything being stored."""

from __future__ import annotations

from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Login
from pypi_api_client.records import Verdict


def metadata(index: KnownIndex, text: str) -> Exchange[Verdict]:
    """Hold core metadata against the rules of an index."""
    return (yield from call(index, "validate.metadata", {"metadata": text}, Verdict, login=Login.IF_ASKED))


def filename(index: KnownIndex, name: str) -> Exchange[Verdict]:
    """Hold a file name against the rules of an index."""
    return (yield from call(index, "validate.filename", {"filename": name}, Verdict, login=Login.IF_ASKED))
