"""What only a connection shows: who waits for whom, and what stands in the first line."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest

from pypi_contracts.builders import BuiltDistribution, build_wheel

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer

MEBIBYTE = 1024 * 1024


def connected(server: RunningServer) -> closing[socket.socket]:
    return closing(socket.create_connection(("127.0.0.1", server.port)))


def head(server: RunningServer, *headers: str) -> bytes:
    """Return the head of an upload."""
    lines = ["POST /legacy/ HTTP/1.1", "Host: index.example", "Content-Type: multipart/form-data; boundary=b"]
    return "\r\n".join([*lines, *headers, "", ""]).encode()


def authorised(server: RunningServer) -> str:
    return f"Authorization: Bearer {server.token}"


def form(wheel: BuiltDistribution) -> bytes:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in wheel.form_fields()
    ]
    disposition = f'Content-Disposition: form-data; name="content"; filename="{wheel.filename}"'
    return "".join([*parts, f"--b\r\n{disposition}\r\n\r\n"]).encode() + wheel.content + b"\r\n--b--\r\n"


def answered(connection: socket.socket) -> bytes:
    """Return what comes back up to the end of a head."""
    received = b""
    while b"\r\n\r\n" not in received and (piece := connection.recv(65536)):
        received += piece
    return received


def test_a_client_that_expects_continue_is_refused_before_the_body(shared_server: RunningServer) -> None:
    with connected(shared_server) as connection:
        connection.sendall(head(shared_server, "Content-Length: 1000000", "Expect: 100-continue"))

        assert answered(connection).startswith(b"HTTP/1.1 401 Credentials are needed: send an API token.\r\n")


def test_a_client_that_expects_continue_gets_100(shared_server: RunningServer) -> None:
    body = form(build_wheel("expecting", "1.0"))
    with connected(shared_server) as connection:
        length = f"Content-Length: {len(body)}"
        connection.sendall(head(shared_server, authorised(shared_server), length, "Expect: 100-continue"))
        assert answered(connection) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)

        assert answered(connection).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_body_in_chunks_is_accepted(shared_server: RunningServer) -> None:
    body = form(build_wheel("chunked", "1.0"))

    def chunks() -> Iterator[bytes]:
        for at in range(0, len(body), 100):
            yield body[at : at + 100]

    headers = {
        "authorization": f"Bearer {shared_server.token}",
        "content-type": "multipart/form-data; boundary=b",
    }
    answer = httpx.post(f"{shared_server.url}legacy/", content=chunks(), headers=headers, trust_env=False)

    assert answer.status_code == 200


@pytest.mark.parametrize("credentials", [True, False])
def test_a_client_that_sends_everything_first_still_gets_the_refusal(
    shared_server: RunningServer, credentials: bool
) -> None:
    size = 40 * MEBIBYTE
    start = b'--b\r\nContent-Disposition: form-data; name="summary"\r\n\r\n'
    headers = [f"Content-Length: {size}", *([authorised(shared_server)] if credentials else [])]
    with connected(shared_server) as connection:
        connection.sendall(head(shared_server, *headers) + start)
        for _ in range(size // MEBIBYTE - 1):
            connection.sendall(b"x" * MEBIBYTE)
        connection.sendall(b"x" * (MEBIBYTE - len(start)))

        first_line = answered(connection).partition(b"\r\n")[0]
        assert first_line.startswith(
            b"HTTP/1.1 400 The form has more than" if credentials else b"HTTP/1.1 401 "
        )
        # The connection is good for another request.
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: index.example\r\n\r\n")
        assert b" 200 " in answered(connection)


def test_a_large_file_goes_up_and_down_whole(shared_server: RunningServer) -> None:
    server = shared_server
    wheel = build_wheel("large", "1.0", padding=16 * MEBIBYTE)
    body = form(wheel)
    headers = {"authorization": f"Bearer {server.token}", "content-type": "multipart/form-data; boundary=b"}

    sent = httpx.post(f"{server.url}legacy/", content=body, headers=headers, timeout=300, trust_env=False)
    digest = wheel.blake2_256
    url = f"{server.url}packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{wheel.filename}"
    received = hashlib.sha256()
    with httpx.stream("GET", url, trust_env=False, timeout=300) as answer:
        for piece in answer.iter_raw():
            received.update(piece)

    assert sent.status_code == 200
    assert received.hexdigest() == wheel.sha256


def test_many_at_once_are_all_served(shared_server: RunningServer) -> None:
    statuses: list[int] = []

    def publish(number: int) -> None:
        wheel = build_wheel("many", f"1.{number}", padding=2 * MEBIBYTE)
        headers = {
            "authorization": f"Bearer {shared_server.token}",
            "content-type": "multipart/form-data; boundary=b",
        }
        url = f"{shared_server.url}legacy/"
        answer = httpx.post(url, content=form(wheel), headers=headers, timeout=300, trust_env=False)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert statuses == [200] * 12
    page = shared_server.get("simple/many/", headers={"accept": "application/vnd.pypi.simple.v1+json"}).json()
    assert len(page["files"]) == 12


def test_the_server_logs_start_requests_refusals_and_stop(start_server: StartServer) -> None:
    server = start_server("--access-log")
    server.get("simple/", headers={"user-agent": 'a "tool"'})
    with connected(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert answered(connection).startswith(b"HTTP/1.1 400 ")
    server.stop()

    lines = [json.loads(each) for each in server.log.splitlines() if each.startswith("{")]
    events = [each["event"] for each in lines]
    asked = next(each for each in lines if each.get("path") == "/simple/")
    assert (asked["method"], asked["status"], asked["user_agent"]) == ("GET", 200, r"a \"tool\"")
    assert any("pypi-server" in each and server.url in each for each in events)
    assert any('refused 400 "The request has no Host header' in each for each in events)
    assert events[-1] == "pypi-server has stopped"
