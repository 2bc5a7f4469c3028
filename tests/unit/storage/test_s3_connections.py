"""An answer of a store whose head broke off is not taken for an empty one."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from urllib3 import PoolManager
from urllib3.exceptions import MaxRetryError, ProtocolError

from pypi_blobs.s3_connections import require_whole_heads


@contextlib.contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """Answer every connection with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer_all() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        connection.recv(4096)
                        connection.sendall(answer)

        threading.Thread(target=answer_all, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_answer_without_a_length_is_an_error(method: str) -> None:
    with (
        answering(b"HTTP/1.1 200 OK\r\nServer: store\r\n") as address,
        require_whole_heads(PoolManager()) as pool,
        pytest.raises((MaxRetryError, ProtocolError)),
    ):
        pool.request(method, address, retries=1)


def test_a_whole_answer_is_let_through() -> None:
    with (
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour") as address,
        require_whole_heads(PoolManager()) as pool,
    ):
        assert pool.request("GET", address).data == b"four"
