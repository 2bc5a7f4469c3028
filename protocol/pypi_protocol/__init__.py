"""
The Protocol: what an index and its clients say to each other by JSON-RPC, as typed values.

``methods`` has a row for each method, ``records`` what they take and return, ``errors`` what goes wrong,
``openrpc`` the document made of them.  Needs nothing but msgspec.
"""

from __future__ import annotations

from typing import Final

PROTOCOL_VERSION: Final = "1.0"
