"""
The normative document of the protocol, ``docs/protocol/openrpc-1.0.json``.

It is what our server describes itself with, without what belongs to one server: its address, its title, its
software.  ``python tools/protocol_definition.py`` prints it.
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec

import pypi_core
from pypi_contracts.assembly import InMemorySite
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_jsonrpc_api.index_methods import PROTOCOL_VERSION
from pypi_jsonrpc_api.openrpc import openrpc_document


def definition() -> str:
    """Return the document as its file has it."""
    methods = JsonRpcEndpoint(InMemorySite().site).methods
    document: dict[str, Any] = openrpc_document(
        methods, title="The package index protocol", version=PROTOCOL_VERSION, url="rpc"
    )
    del document["servers"]
    text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    return text.replace(f'"pypi-core {pypi_core.__version__}"', '"an-index 1.0"') + "\n"


if __name__ == "__main__":
    sys.stdout.write(definition())
