"""Upload sessions against a real server: lines that break anywhere, and two who want the same."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel

if TYPE_CHECKING:
    from running_server import RunningServer


def call(server: RunningServer, method: str, **params: object) -> dict[str, Any]:
    answer = httpx.post(
        f"{server.url}rpc",
        json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params},
        headers={"Authorization": f"Bearer {server.token}"},
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    answered: dict[str, Any] = answer.json()
    return answered


def result(server: RunningServer, method: str, **params: object) -> Any:
    answered = call(server, method, **params)
    assert "result" in answered, answered
    return answered["result"]


def begin(server: RunningServer, name: str, version: str, files: Sequence[BuiltDistribution]) -> Any:
    declared = [
        {"filename": each.filename, "size": len(each.content), "sha256": each.sha256} for each in files
    ]
    return result(server, "upload.begin", name=name, version=version, files=declared)


def request(server: RunningServer, method: str, url: str, **options: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {server.token}", **options.pop("headers", {})}
    return httpx.request(method, server.url + url, headers=headers, trust_env=False, timeout=60, **options)


def put(server: RunningServer, url: str, content: bytes, offset: int = 0) -> httpx.Response:
    return request(server, "PUT", url, content=content, headers={"Upload-Offset": str(offset)})


def send_and_break(
    server: RunningServer, url: str, content: bytes, offset: int, sent: int, *, reset: bool
) -> None:
    """Send the head and *sent* bytes of what is left from *offset* on, then drop the line."""
    head = [
        f"PUT /{url} HTTP/1.1",
        "Host: index.example",
        f"Authorization: Bearer {server.token}",
        f"Content-Length: {len(content) - offset}",
        f"Upload-Offset: {offset}",
    ]
    with closing(socket.create_connection(("127.0.0.1", server.port))) as connection:
        if reset:
            # What was sent and not read yet may be lost with it, as on a line that fails.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall("\r\n".join([*head, "", ""]).encode() + content[offset : offset + sent])


@pytest.mark.parametrize("seed", range(3))
def test_a_file_whose_line_breaks_anywhere_arrives_in_the_end(
    shared_server: RunningServer, seed: int
) -> None:
    chance = random.Random(seed)
    wheel = build_wheel(f"broken-{seed}", "1.0", padding=4_000_000)
    session = begin(shared_server, f"broken-{seed}", "1.0", [wheel])
    url = session["files"][0]["url"]
    size = len(wheel.content)
    offset = breaks = 0
    while offset < size:
        most = chance.choice([100, 300_000, 1_500_000])
        sent = min(chance.randrange(most), size - offset)
        send_and_break(shared_server, url, wheel.content, offset, sent, reset=chance.random() < 0.5)
        breaks += 1
        told = int(request(shared_server, "HEAD", url).headers["Upload-Offset"])
        # Bytes on their way may still arrive, also those of lines before, or never: what was told stays.
        assert told >= offset
        if chance.random() < 0.2:
            answer = put(shared_server, url, wheel.content[told : told + 200_000], told)
            assert answer.status_code in {204, 409}
            told = int(answer.headers["Upload-Offset"])
        offset = told
    assert breaks > 1

    published = result(shared_server, "release.publish", session=session["session"])

    assert published["state"] == "published"
    page = shared_server.get(f"simple/broken-{seed}/").text
    assert wheel.sha256 in page
    assert "Traceback" not in shared_server.log


def test_of_two_concurrent_senders_one_continues_and_the_bytes_are_right(
    shared_server: RunningServer,
) -> None:
    wheel = build_wheel("crowded", "1.0", padding=4_000_000)
    session = begin(shared_server, "crowded", "1.0", [wheel])
    url = session["files"][0]["url"]
    seen: list[int] = []

    def insist(number: int) -> None:
        chance, offset = random.Random(number), 0
        while offset < len(wheel.content):
            piece = wheel.content[offset : offset + chance.randrange(1, 500_000)]
            answer = put(shared_server, url, piece, offset)
            seen.append(answer.status_code)
            assert "Upload-Offset" in answer.headers, answer.text
            offset = int(answer.headers["Upload-Offset"])

    with ThreadPoolExecutor(3) as pool:
        for each in [pool.submit(insist, number) for number in range(3)]:
            each.result()

    assert {*seen} <= {204, 409}
    assert result(shared_server, "release.publish", session=session["session"])["state"] == "published"
    assert wheel.sha256 in shared_server.get("simple/crowded/").text


def test_of_many_concurrent_begins_one_gets_the_session(shared_server: RunningServer) -> None:
    wheel = build_wheel("wanted", "1.0")
    file = {"filename": wheel.filename, "size": len(wheel.content), "sha256": wheel.sha256}
    start = threading.Barrier(6)

    def begin_at_once(_number: int) -> Any:
        start.wait()
        return call(shared_server, "upload.begin", name="wanted", version="1.0", files=[file])

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(begin_at_once, range(6)))

    (won,) = [each["result"]["session"] for each in answers if "result" in each]
    refused = [each["error"]["data"] for each in answers if "error" in each]
    assert [each["code"] for each in refused] == ["upload-session-exists"] * 5
    assert {each["session"] for each in refused} == {won}


def test_concurrent_publishers_of_a_session_get_the_same_answer(shared_server: RunningServer) -> None:
    files = [build_wheel("popular", "1.0", padding=500_000), build_sdist("popular", "1.0", padding=500_000)]
    session = begin(shared_server, "popular", "1.0", files)
    for each, told in zip(files, session["files"], strict=True):
        assert put(shared_server, told["url"], each.content).status_code == 204
    start = threading.Barrier(4)

    def publish_at_once(_number: int) -> Any:
        start.wait()
        return call(shared_server, "release.publish", session=session["session"])

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(publish_at_once, range(4)))

    assert all(each == answers[0] for each in answers), answers
    assert answers[0]["result"]["state"] == "published"
    page = shared_server.get("simple/popular/").text
    assert all(page.count(f">{each.filename}<") == 1 for each in files)


def test_a_client_that_expects_continue_is_refused_before_the_body(shared_server: RunningServer) -> None:
    wheel = build_wheel("expected", "1.0")
    session = begin(shared_server, "expected", "1.0", [wheel])
    head = [
        f"PUT /{session['files'][0]['url']} HTTP/1.1",
        "Host: index.example",
        f"Authorization: Bearer {shared_server.token}",
        "Content-Length: 10",
        "Upload-Offset: 7",
        "Expect: 100-continue",
    ]
    with closing(socket.create_connection(("127.0.0.1", shared_server.port))) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        answered = connection.recv(65536)

    assert answered.startswith(b"HTTP/1.1 409 0 bytes have arrived")
    assert b"upload-offset: 0\r\n" in answered.lower()


def test_a_large_file_needs_little_memory(shared_server: RunningServer) -> None:
    wheel = build_wheel("heavy", "1.0", padding=200_000_000)
    session = begin(shared_server, "heavy", "1.0", [wheel])
    url = session["files"][0]["url"]
    half = len(wheel.content) // 2
    before = shared_server.peak_memory()
    assert put(shared_server, url, wheel.content[:half]).status_code == 204
    assert put(shared_server, url, wheel.content[half:], half).status_code == 204
    assert result(shared_server, "release.publish", session=session["session"])["state"] == "published"

    assert shared_server.peak_memory() - before < 40_000_000
