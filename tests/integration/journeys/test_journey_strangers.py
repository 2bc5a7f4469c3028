"""Strangers on the connections of a real server: what they send without end costs nobody else anything."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from pypi_contracts.builders import BuiltDistribution, build_wheel

if TYPE_CHECKING:
    from certificates import Certificates
    from running_server import RunningServer, StartServer

pytestmark = pytest.mark.slow

MEBIBYTE = 1024 * 1024
MOST_MEMORY = 40 * MEBIBYTE
GET = b"GET /simple/ HTTP/1.1\r\nHost: index.example\r\n\r\n"
CHUNKED = b"POST /rpc HTTP/1.1\r\nHost: index.example\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def attackers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def connect(server: RunningServer, attackers: ExitStack, address: str = "127.0.0.2") -> socket.socket:
    connection = attackers.enter_context(socket.socket())
    # A server that never reads on must not keep the test waiting.
    connection.settimeout(5)
    connection.bind((address, 0))
    connection.connect(("127.0.0.1", server.port))
    return connection


def flood(connection: socket.socket, piece: bytes, most: int) -> int:
    """Send *piece* again and again until the server has had enough, and return how much it took."""
    sent = 0
    with contextlib.suppress(OSError):
        while sent < most:
            sent += connection.send(piece)
    return sent


def publish(server: RunningServer, wheel: BuiltDistribution, verify: ssl.SSLContext | bool = True) -> None:
    answer = httpx.post(
        f"{server.url}legacy/",
        data=dict(wheel.form_fields()),
        files={"content": (wheel.filename, wheel.content)},
        headers={"authorization": f"Bearer {server.token}"},
        timeout=300,
        trust_env=False,
        verify=verify,
    )
    assert answer.status_code == 200


def received(connection: socket.socket) -> bytes:
    """Return what the server sends until it closes the connection."""
    answer = b""
    with contextlib.suppress(OSError):
        while piece := connection.recv(65536):
            answer += piece
    return answer


@pytest.mark.parametrize(
    ("start", "endless"),
    [
        pytest.param(CHUNKED + b"0\r\n", b"X-Trailer: value\r\n" * 3600, id="trailers"),
        pytest.param(CHUNKED + b"0\r\nX-Trailer: ", b"x" * 65536, id="one trailer"),
        pytest.param(CHUNKED + b"1;", b"x" * 65536, id="a chunk extension"),
        pytest.param(b"GET /", b"x" * 65536, id="a target"),
        pytest.param(b"", b"\r\n" * 32768, id="empty lines"),
    ],
)
def test_endless_requests_are_cut_off(
    shared_server: RunningServer, attackers: ExitStack, start: bytes, endless: bytes
) -> None:
    before = shared_server.peak_memory()
    connection = connect(shared_server, attackers)
    connection.sendall(start)
    sent = flood(connection, endless, 64 * MEBIBYTE)

    assert sent < 32 * MEBIBYTE
    assert shared_server.peak_memory() - before < MOST_MEMORY
    assert shared_server.get("health/ready").status_code == 200


def test_pipelined_requests_wait_at_the_client(shared_server: RunningServer, attackers: ExitStack) -> None:
    before = shared_server.peak_memory()
    connection = connect(shared_server, attackers)
    # Answered in threads, so that requests come in faster than they are answered; nobody reads the answers.
    flood(connection, GET.replace(b"/simple/", b"/health/ready") * 1000, 24 * MEBIBYTE)

    assert shared_server.peak_memory() - before < MOST_MEMORY
    assert shared_server.get("health/ready").status_code == 200


def test_silent_connections_leave_room_for_others_and_are_closed(
    start_server: StartServer, attackers: ExitStack
) -> None:
    server = start_server(environment={"PYPI_CONNECTIONS__HEAD_TIMEOUT": "3"})
    silent = [connect(server, attackers, "127.0.0.2") for _ in range(300)]
    half = [connect(server, attackers, "127.0.0.3") for _ in range(200)]
    for each in half:
        each.sendall(GET[:20])

    assert server.get("health/ready").status_code == 200
    assert {received(each) for each in silent} == {b""}
    assert {received(each)[:12] for each in half} == {b"HTTP/1.1 408"}


def test_unfinished_bodies_are_dropped(start_server: StartServer, attackers: ExitStack) -> None:
    server = start_server(environment={"PYPI_CONNECTIONS__BODY_TIMEOUT": "0.5"})
    connection = connect(server, attackers)
    head = b"POST /rpc HTTP/1.1\r\nHost: index.example\r\nContent-Type: application/json\r\n"
    connection.sendall(head + b"Content-Length: 1000\r\n\r\n[")

    assert received(connection).startswith(b"HTTP/1.1 408")


def test_an_address_gets_no_more_connections_than_it_may_have(
    start_server: StartServer, attackers: ExitStack
) -> None:
    server = start_server(environment={"PYPI_CONNECTIONS__PER_ADDRESS": "5"})
    kept = [connect(server, attackers) for _ in range(5)]
    over = connect(server, attackers)
    over.sendall(GET)
    answer = received(over)

    assert answer.startswith(b"HTTP/1.1 503 There are too many connections from your address")
    assert b"\r\nretry-after: 5\r\n" in answer
    assert server.get("health/ready").status_code == 200
    kept[0].close()
    assert server.get("simple/").status_code == 200


def test_unread_answers_are_dropped(start_server: StartServer, attackers: ExitStack) -> None:
    server = start_server(environment={"PYPI_CONNECTIONS__ANSWER_TIMEOUT": "0.5"})
    wheel = build_wheel("large", "1.0", padding=64 * MEBIBYTE)
    publish(server, wheel)
    digest = wheel.blake2_256
    path = f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{wheel.filename}"
    lazy = [connect(server, attackers) for _ in range(20)]
    for each in lazy:
        each.sendall(GET.replace(b"/simple/", path.encode()))
    # Nothing is read: only that the server breaks the connection off ends the waiting.
    for each in lazy:
        hung_up = select.poll()
        hung_up.register(each, select.POLLRDHUP)
        hung_up.poll()

    assert server.get("health/ready").status_code == 200


def test_unread_pages_do_not_fill_memory(start_server: StartServer, attackers: ExitStack) -> None:
    server = start_server(environment={"PYPI_CONNECTIONS__UNSENT": str(8 * MEBIBYTE)})
    for number in range(20):
        publish(server, build_wheel("page", f"1.{number}"))
    before = server.peak_memory()
    for _ in range(40):
        each = connect(server, attackers)
        with contextlib.suppress(OSError):
            each.sendall(GET.replace(b"/simple/", b"/simple/page/") * 2000)

    assert server.peak_memory() - before < MOST_MEMORY
    assert server.get("health/ready").status_code == 200


def secure_server(start_server: StartServer, certificates: Certificates, **settings: object) -> RunningServer:
    environment = {f"PYPI_CONNECTIONS__{name.upper()}": str(value) for name, value in settings.items()}
    options = ("--tls-certificate", str(certificates.chain), "--tls-key", str(certificates.key))
    return start_server(*options, authority=certificates.authority, environment=environment)


def test_an_unfinished_handshake_is_closed(
    start_server: StartServer, certificates: Certificates, attackers: ExitStack
) -> None:
    server = secure_server(start_server, certificates, head_timeout=3)
    silent = [connect(server, attackers) for _ in range(50)]

    assert {received(each) for each in silent} == {b""}
    assert server.get("health/ready").status_code == 200


def test_handshakes_count_as_connections(
    start_server: StartServer, certificates: Certificates, attackers: ExitStack
) -> None:
    server = secure_server(start_server, certificates, per_address=3)
    for _ in range(3):
        connect(server, attackers)
    context = ssl.create_default_context(cafile=certificates.authority)
    with context.wrap_socket(connect(server, attackers), server_hostname="127.0.0.1") as over:
        over.sendall(GET)
        answer = received(over)

    assert answer.startswith(b"HTTP/1.1 503 There are too many connections from your address")
    assert server.get("health/ready").status_code == 200


def test_data_sent_with_the_end_of_the_handshake_is_read(
    start_server: StartServer, certificates: Certificates
) -> None:
    server = secure_server(start_server, certificates)
    wheel = build_wheel("secure", "1.0", padding=8 * MEBIBYTE)
    publish(server, wheel, verify=ssl.create_default_context(cafile=certificates.authority))

    assert server.get("simple/secure/").status_code == 200
    assert server.get("i/test/").status_code == 200
