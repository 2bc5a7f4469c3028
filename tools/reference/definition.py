"""
The normative document of the protocol, ``docs/protocol/openrpc-1.0.json``.

It is what our server describes itself with, without what belongs to one server: its address, its title, its
software.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pypi_protocol import PROTOCOL_VERSION
from pypi_protocol.openrpc import openrpc_document


def definition() -> str:
    """Return the document as its file has it."""
    document: dict[str, Any] = openrpc_document(
        title="The package index protocol", version=PROTOCOL_VERSION, url="rpc", software="an-index 1.0"
    )
    del document["servers"]
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
