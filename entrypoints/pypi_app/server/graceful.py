"""A server that loses no request when it ends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import uvicorn

from pypi_app.server.connections import Connections

_PAUSE = 0.05


class GracefulServer(uvicorn.Server):
    """
    Ends in three steps: no new connections; a last request on those there are; then they are closed.

    A silent connection is kept for as long as it would be kept anyway: its client may be sending the next
    request, and learns by the answer to open another connection for the one after.

    Args:
        on_start: Called once connections are accepted.
        on_end: Called once all requests are answered.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        connections: Connections,
        *,
        on_start: Callable[[], None] = lambda: None,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._open = connections
        self._on_start = on_start
        self._on_end = on_end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections."""
        await super().startup(sockets)
        self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let clients go, then end."""
        for server in self.servers:
            server.close()
        for each in sockets or ():
            each.close()
        self._open.are_ending = True
        loop = asyncio.get_running_loop()
        until = loop.time() + self.config.timeout_keep_alive
        # uvicorn keeps them in a set, which tells nobody.  It is not asked at once: what was accepted last
        # gets into it by a callback that has yet to run.
        while True:
            await asyncio.sleep(_PAUSE)
            if not self.server_state.connections or loop.time() >= until or self.force_exit:
                break
        await super().shutdown(sockets)
        self._on_end()
        if self.config.callback_notify is not None:
            # What was counted since the last time.
            await self.config.callback_notify()
