"""Replies that are kept ready at several processes, while others publish, on SQLite and on PostgreSQL."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from postgresql_cluster import running_cluster
from pypi_contracts.builders import build_wheel
from running_server import RunningServer
from server_processes import Connection, one_of_each
from uploading import upload

ACCEPT = {"Accept": "application/vnd.pypi.simple.v1+json", "Accept-Encoding": "gzip"}
UPLOADS = 8


@pytest.fixture(
    params=[
        pytest.param("SQLite", marks=pytest.mark.slow),
        pytest.param("PostgreSQL", marks=[pytest.mark.slow, pytest.mark.service]),
    ]
)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningServer]:
    """Return a server of two processes."""
    if request.param == "SQLite":
        yield from started(tmp_path, "")
        return
    with running_cluster() as cluster:
        yield from started(tmp_path, f'database = "{cluster.url(cluster.create_database())}"\n')


def started(folder: Path, settings: str) -> Iterator[RunningServer]:
    file = folder / "settings.toml"
    file.write_text(settings)
    server = RunningServer(folder / "data", "--settings", str(file), "--processes", "2")
    yield server
    server.stop()


def versions(page: bytes) -> list[str]:
    return list(json.loads(page)["versions"])


def test_no_process_gives_a_page_that_is_older_than_an_upload(server: RunningServer) -> None:
    processes = one_of_each(server)
    plain = {**ACCEPT, "Accept-Encoding": "identity"}

    for number in range(UPLOADS):
        published = [f"1.{each}" for each in range(number + 1)]
        assert upload(server, build_wheel("sample", f"1.{number}"), server.token).answer
        upload(server, build_wheel("other", f"1.{number}"), server.token)
        for process in processes * 4:
            status, page = process.get("/simple/sample/", plain)
            assert (status, versions(page)) == (200, published)
    for each in processes:
        each.close()


def test_requests_sent_ahead_of_answers_are_answered_in_order(server: RunningServer) -> None:
    for name in ("sample", "other"):
        upload(server, build_wheel(name, "1.0"), server.token)
    connection = Connection(server)
    for _ in range(3):
        for name in ("sample", "other"):
            connection.get(f"/simple/{name}/", {**ACCEPT, "Accept-Encoding": "identity"})
    socket = connection._http.sock
    names = ["sample", "other", "absent", "sample"] * 20
    head = "GET /simple/{}/ HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in {**ACCEPT, "Accept-Encoding": "identity"}.items()
    )
    socket.sendall("".join(f"{head.format(name, server.port)}\r\n" for name in names).encode())

    with socket.makefile("rb") as stream:
        for name in names:
            answer = read_answer(stream)
            assert answer == (404 if name == "absent" else name)
    connection.close()


def read_answer(stream: BinaryIO) -> object:
    """Return the project that an answer is about, or its status."""
    line = stream.readline()
    headers = http.client.parse_headers(stream)
    body = stream.read(int(headers["content-length"]))
    status = int(line.split()[1])
    return json.loads(body)["name"] if status == 200 else status
