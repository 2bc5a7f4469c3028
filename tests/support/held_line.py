"""A way to a server on which everything stops."""

from __future__ import annotations

import contextlib
import select
import socket
import threading

from running_server import RunningServer


class HeldLine:
    """
    A way to a server on which everything stops after so many bytes of a connection, in each direction.

    Attributes:
        url: The server, by this way.
        stopped: Is set when something has stopped.
    """

    def __init__(self, server: RunningServer, *, after: int) -> None:
        self._after = after
        self._target = server.port
        self._open: list[socket.socket] = []
        self.stopped = threading.Event()
        self._listening = socket.socket()
        # The system takes little more from a sender than what is read.
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen()
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Break all connections."""
        for each in (self._listening, *self._open):
            # Threads that wait for it go on only when it is shut down.
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ends = (self._listening.accept()[0], socket.create_connection(("127.0.0.1", self._target)))
                self._open += ends
                for source, sink in (ends, ends[::-1]):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        left = self._after
        with contextlib.suppress(OSError):
            while left and (piece := source.recv(min(left, 64 * 1024))):
                sink.sendall(piece)
                left -= len(piece)
            if not left:
                self.stopped.set()
                hung_up = select.poll()
                hung_up.register(source, select.POLLRDHUP)
                hung_up.poll()
            sink.shutdown(socket.SHUT_RDWR)
