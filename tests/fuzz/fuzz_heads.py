"""Fuzz what a connection sends, through the server's own protocol class, cut into pieces of any size."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from tests.fuzz.fuzzing import instrumented, run

with instrumented("pypi_app.server", "uvicorn.protocols"):
    from fake_connection import FakeConnection, FakeServer
    from pypi_app.settings import ConnectionLimits

# What no request may bring as a header: it is sent in trailers alone.
_TRAILER = b"x-only-in-trailers"
_MOST_PIECES = 128
_LIMITS = ConnectionLimits(head_timeout=20, body_timeout=60, answer_timeout=60)
_LONG_ENOUGH = 200.0

_HEAD = b"POST /legacy/ HTTP/1.1\r\nHost: index.example\r\n"
_SEEDS = (
    b"GET / HTTP/1.1\r\nHost: index.example\r\n\r\n",
    b"GET /simple/?a=b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 3,
    b"GET http://a.example/x HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\nmore",
    _HEAD
    + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n12345"
    + b"HEAD * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    _HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX-Only-In-Trailers: x\r\n\r\n"
    + _HEAD
    + b"\r\n",
    _HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\nx",
    _HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\r\n\r\nOPTIONS * HTTP/1.1\r\nHost:\r\n" + b"a:\r\n" * 150 + b"\r\n",
)


async def _answering(scope: Any, receive: Any, send: Any) -> None:
    """Read the body, and answer with its length."""
    assert not [name for name, _value in scope["headers"] if name == _TRAILER], "a trailer became a header"
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    assert len(hosts) == 1 or (not hosts and scope["http_version"] == "1.0"), "the host is not clear"
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message["body"])
        more = message["more_body"]
    body = b"%d" % length
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})


class _Failures(logging.Handler):
    """Keeps what the application raised, which uvicorn only logs."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            self.found.append(record.exc_info[1])


_failures = _Failures()
logging.getLogger("uvicorn.error").addHandler(_failures)
logging.getLogger("uvicorn.error").propagate = False
logging.getLogger("pypi_app").addHandler(logging.NullHandler())
logging.getLogger("pypi_app").propagate = False
_server = FakeServer(_answering, _LIMITS)


def connection(data: bytes) -> None:
    """Send *data*, in pieces whose size its first byte gives; then be silent until the server hangs up."""
    client = _server.connect()
    piece = max((data[0] if data else 0) * 8 + 1, len(data) // _MOST_PIECES)
    for at in range(1, len(data), piece):
        client.deliver(data[at : at + piece])
    client.wait()
    _check(client)


def unread(data: bytes) -> None:
    """Send *data* at once as a client that takes none of the answers."""
    client = _server.connect(takes_all=False)
    client.deliver(data)
    client.wait()
    _check(client)


def _check(client: FakeConnection) -> None:
    _server.advance(_LONG_ENOUGH, step=25)
    _server.forget_closed()
    assert not client.is_open(), "a silent client holds its connection"
    assert not client.answer or client.answer.startswith(b"HTTP/1.1 "), "an answer has no first line"
    if _failures.found:
        error = _failures.found.pop()
        _failures.found.clear()
        raise error


def split() -> Iterator[bytes]:
    """Yield connections to send in pieces of several sizes."""
    return (size + each for each in _SEEDS for size in (b"\0", b"\x05", b"\xff"))


if __name__ == "__main__":
    run({b"c": (connection, split), b"u": (unread, lambda: iter(_SEEDS))})
