"""A connection to the server's protocol class without a socket, on a loop whose time the test sets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from pypi_app.server.connections import Connections
from pypi_app.server.protocol import IndexProtocol
from pypi_app.server.ready_heads import ReadyHeads
from pypi_app.settings import ConnectionLimits
from pypi_http_api.proxies import TrustedProxies

Application = Callable[[Any, Any, Any], Awaitable[None]]

_TURNS = 12


class ManualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock stands until `advance`."""

    def __init__(self) -> None:
        self._moment = 0.0
        super().__init__()

    def time(self) -> float:
        return self._moment

    def settle(self) -> None:
        """Run what is ready, and what that makes ready."""
        for _ in range(_TURNS):
            self.call_soon(self.stop)
            self.run_forever()

    def advance(self, seconds: float, step: float) -> None:
        """Let time pass, *step* seconds at a time."""
        end = self._moment + seconds
        while self._moment < end:
            self._moment = min(end, self._moment + step)
            self.settle()


class FakeTransport(asyncio.Transport):
    """Keeps what is written; a client that does not read leaves it in the buffer."""

    def __init__(self, peer: str) -> None:
        super().__init__({"peername": (peer, 50000), "sockname": ("127.0.0.1", 80)})
        self.sent = b""
        self.reads = True
        self.is_open = True
        self.was_aborted = False
        self.takes_all = True
        self.unsent = 0
        self.protocol: IndexProtocol | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data
        if not self.takes_all:
            before = self.unsent
            self.unsent += len(data)
            if before <= 65536 < self.unsent and self.protocol is not None:
                self.protocol.pause_writing()

    def take(self, count: int) -> None:
        """Let the client take *count* bytes."""
        before = self.unsent
        self.unsent = max(0, self.unsent - count)
        if before > 65536 and self.unsent <= 16384 and self.protocol is not None:
            self.protocol.resume_writing()

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def is_closing(self) -> bool:
        return not self.is_open

    def close(self) -> None:
        self.is_open = False

    def abort(self) -> None:
        self.was_aborted = True
        self.is_open = False


class FakeConnection:
    """A client's end of one connection."""

    def __init__(self, protocol: IndexProtocol, transport: FakeTransport, loop: ManualLoop) -> None:
        self.protocol = protocol
        self.transport = transport
        self._loop = loop
        self._is_lost = False

    def send(self, data: bytes) -> bytes:
        """Send *data* and return all that was ever answered; the server is given time to do it."""
        self.deliver(data)
        return self.answer

    def deliver(self, data: bytes) -> None:
        """Send *data* in one piece."""
        if data and self.transport.is_open:
            self.protocol.data_received(data)
        self._loop.settle()
        self.notice()

    def wait(self) -> None:
        """Let the server answer all that is to be answered."""
        answered = None
        while answered != (answered := len(self.answer)):
            self.deliver(b"")

    @property
    def answer(self) -> bytes:
        return self.transport.sent

    def is_open(self) -> bool:
        """Return whether the server still holds the connection."""
        return self.transport.is_open

    @property
    def statuses(self) -> list[int]:
        """The status of each answer."""
        return [int(each) for each in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", self.answer)]

    def notice(self) -> None:
        """Let the server notice that the connection has ended, as the loop would."""
        if (
            not self.transport.is_open
            and not self._is_lost
            and (self.transport.was_aborted or not self.transport.unsent)
        ):
            self.leave()

    def leave(self) -> None:
        """Break the connection off."""
        if not self._is_lost:
            self._is_lost = True
            self.transport.is_open = False
            self.protocol.connection_lost(None)
            self._loop.settle()


class FakeServer:
    """All connections of one server, whose *application* is given."""

    def __init__(
        self,
        application: Application,
        limits: ConnectionLimits = ConnectionLimits(),  # noqa: B008 - frozen
        trusted_proxies: tuple[str, ...] = (),
        ready: ReadyHeads | None = None,
    ) -> None:
        self.loop = ManualLoop()
        self._ready = ready
        self.connections = Connections(limits, TrustedProxies(trusted_proxies))
        self._config = uvicorn.Config(
            application, ws="none", log_config=None, proxy_headers=False, lifespan="off", access_log=False
        )
        self._config.load()
        self.state = ServerState()
        self.state.default_headers = [(b"date", b"Thu, 01 Jan 1970 00:00:00 GMT")]
        self._open: list[FakeConnection] = []

    def connect(self, peer: str = "127.0.0.2", *, takes_all: bool = True) -> FakeConnection:
        """Open a connection."""
        transport = FakeTransport(peer)
        transport.takes_all = takes_all
        with self._running():
            protocol = IndexProtocol(
                config=self._config,
                server_state=self.state,
                app_state={},
                _loop=self.loop,
                connections=self.connections,
                ready=self._ready,
            )
        transport.protocol = protocol
        protocol.connection_made(transport)
        connection = FakeConnection(protocol, transport, self.loop)
        self._open.append(connection)
        connection.notice()
        return connection

    def advance(self, seconds: float, step: float = 0.5) -> None:
        """Let time pass, *step* seconds at a time."""
        self.loop.advance(seconds, step)
        for each in self._open:
            each.notice()

    def forget_closed(self) -> None:
        """Keep nothing of connections that have ended."""
        self._open = [each for each in self._open if each.is_open()]

    def close(self) -> None:
        """End all connections, and the loop."""
        for each in self._open:
            each.leave()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.settle()
        self.loop.close()

    @contextmanager
    def _running(self) -> Iterator[None]:
        asyncio.set_event_loop(self.loop)
        try:
            yield
        finally:
            asyncio.set_event_loop(None)
