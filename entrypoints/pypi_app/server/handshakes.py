"""TLS handshakes that count among the connections, and have a limit in time."""

from __future__ import annotations

import asyncio
import ssl
from asyncio.sslproto import SSLProtocol
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypi_app.server.protocol import IndexProtocol


class TlsConnection(SSLProtocol):
    """
    The TLS of one connection, below *protocol*, which takes its place before the handshake.

    uvicorn would make the protocol when the handshake has ended, so that connections which never end
    it would neither be counted nor hurried.
    """

    def __init__(self, protocol: IndexProtocol, context: ssl.SSLContext, *, timeout: float) -> None:
        loop: Any = asyncio.get_running_loop()
        seconds: Any = timeout
        nobody_waits: Any = None
        super().__init__(
            loop, protocol, context, nobody_waits, server_side=True, ssl_handshake_timeout=seconds
        )
        self._index_protocol = protocol

    def connection_made(self, transport: Any) -> None:
        """Begin the handshake, unless there is no place."""
        peer = transport.get_extra_info("peername")
        if self._index_protocol.take_place(peer[0] if isinstance(peer, tuple) else ""):
            super().connection_made(transport)
        else:
            transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give the place up, also of a handshake that did not end."""
        self._index_protocol.give_place_up()
        super().connection_lost(exc)
