"""Several processes that serve as one, and servers that are replaced while they are used."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postgresql_cluster import running_cluster
from pypi_contracts.builders import build_wheel
from running_server import RunningServer, clean_environment
from server_processes import Connection, Readers, one_of_each, processes_of, workers_of

if TYPE_CHECKING:
    from certificates import Certificates
    from running_server import StartServer

pytestmark = pytest.mark.slow

PROCESSES = 2


ON_BOTH = pytest.mark.parametrize(
    "several", ["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.service)], indirect=True
)


@pytest.fixture
def several(request: pytest.FixtureRequest, start_server: StartServer) -> Iterator[RunningServer]:
    """Return a server of two processes, and a worker; its rows are in a file unless the test says where."""
    if getattr(request, "param", "SQLite") == "SQLite":
        yield start_server("--processes", str(PROCESSES))
        return
    with running_cluster() as cluster:
        url = cluster.url(cluster.create_database())
        server = start_server("--processes", str(PROCESSES), "--database", url)
        yield server
        server.stop()


Hold = Callable[[RunningServer], list[Connection]]


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Return a function that returns a connection to each process of a server."""
    held: list[Connection] = []

    def one_to_each(server: RunningServer) -> list[Connection]:
        found = one_of_each(server)
        held.extend(found)
        return found

    yield one_to_each
    for each in held:
        each.close()


def upload(connection: Connection, server: RunningServer, name: str, token: str = "") -> tuple[int, bytes]:
    wheel = build_wheel(name, "1.0")
    request = httpx.Request(
        "POST",
        f"{server.url}legacy/",
        data=dict(wheel.form_fields()),
        files={"content": (wheel.filename, wheel.content)},
        headers={"Authorization": f"Bearer {token or server.token}"},
    )
    return connection.send("POST", "/legacy/", dict(request.headers), request.read())


def samples(server: RunningServer) -> dict[str, float]:
    return parse(server.get("metrics").text)


def samples_from(process: Connection) -> dict[str, float]:
    return parse(process.get("/metrics")[1].decode())


def parse(exposition: str) -> dict[str, float]:
    lines = (each for each in exposition.splitlines() if not each.startswith("#"))
    return {name: float(value) for name, _space, value in (each.rpartition(" ") for each in lines)}


def until(condition: Callable[[], bool]) -> None:
    """Wait until *condition* is met; the test's own time limit is the only one."""
    while not condition():
        time.sleep(0.05)


@ON_BOTH
def test_a_page_read_from_one_process_shows_what_was_just_uploaded_to_another(
    several: RunningServer, hold: Hold
) -> None:
    one, other = hold(several)
    in_a_file = (several.data / "index.sqlite").exists()

    for number in range(200 if in_a_file else 50):
        name = f"sample-{number}"
        writer, reader = (one, other) if number % 2 else (other, one)
        assert reader.get(f"/simple/{name}/")[0] == 404
        assert upload(writer, several, name)[0] == 200
        status, page = reader.get(f"/simple/{name}/")
        assert status == 200
        assert f"sample_{number}-1.0".encode() in page


@ON_BOTH
def test_a_token_revoked_at_one_process_is_refused_by_another_at_once(
    several: RunningServer, hold: Hold
) -> None:
    one, other = hold(several)

    def call(connection: Connection, method: str, token: str, **parameters: object) -> tuple[int, Any]:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        status, answer = connection.send("POST", "/rpc", headers, body)
        return status, json.loads(answer).get("result")

    # Fewer than there may be failed logins.
    for _ in range(9):
        _, made = call(one, "token.create", several.token, description="for a moment")
        assert call(other, "account.whoami", made["secret"])[1]["username"] == "owner"
        call(one, "token.revoke", several.token, id=made["token"]["id"])
        assert call(other, "account.whoami", made["secret"])[0] == 401


def test_processes_serve_over_https(start_server: StartServer, certificates: Certificates) -> None:
    server = start_server(
        "--processes", str(PROCESSES),
        "--tls-certificate", str(certificates.chain), "--tls-key", str(certificates.key),
        authority=certificates.authority,
    )  # fmt: skip
    wheel = build_wheel("secure", "1.0")

    published = httpx.post(
        f"{server.url}legacy/",
        data=dict(wheel.form_fields()),
        files={"content": (wheel.filename, wheel.content)},
        headers={"Authorization": f"Bearer {server.token}"},
        verify=ssl.create_default_context(cafile=str(certificates.authority)),
        trust_env=False,
    )

    assert published.status_code == 200
    # Each on a connection of its own, which any of them may take.
    assert {server.get("simple/secure/").status_code for _ in range(20)} == {200}
    until(lambda: samples(server)["pypi_processes"] == PROCESSES)


def test_the_port_is_closed_when_the_parent_is_killed(several: RunningServer) -> None:
    members = processes_of(several)
    several.process.kill()
    several.process.wait()

    until(lambda: not any(Path(f"/proc/{each}/cmdline").exists() for each in members))
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", several.port)) != 0


def test_a_process_that_is_killed_is_replaced_and_its_counts_are_kept(
    several: RunningServer, hold: Hold
) -> None:
    victim, other = hold(several)
    for _ in range(50):
        assert victim.get("/simple/")[0] == other.get("/simple/")[0] == 200
    counted = 'pypi_requests_total{method="GET",route="/simple",status="200"}'
    # Asked of the other: what the victim has not published yet is lost with it.
    until(lambda: samples_from(other)[counted] == 100)

    os.kill(victim.process, signal.SIGKILL)
    until(lambda: len(processes_of(several)) == PROCESSES and victim.process not in processes_of(several))
    until(lambda: samples(several)["pypi_processes"] == PROCESSES)

    # Any process answers for all, and for those that are gone.
    for each in hold(several):
        found = samples_from(each)
        assert found[counted] == 100
        assert found["pypi_processes"] == PROCESSES
    assert "is started again" in several.log


def test_processes_are_renewed_without_losing_a_request(several: RunningServer) -> None:
    old, worker = processes_of(several), workers_of(several)
    readers = Readers(several.port, "/simple/")

    with readers.reading():
        several.process.send_signal(signal.SIGHUP)
        until(lambda: len(processes_of(several)) == PROCESSES and not {*old} & {*processes_of(several)})

    assert readers.failures == []
    assert readers.answered > 100
    # The worker has new code, too.
    until(lambda: len(workers_of(several)) == 1 and workers_of(several) != worker)
    assert several.stop() == 0


def test_processes_stay_when_new_ones_cannot_be_started(start_server: StartServer, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("processes = 2\n")
    server = start_server("--settings", str(settings))
    old = processes_of(server)
    settings.write_text("processes = 2\nunknown = 1\n")

    server.process.send_signal(signal.SIGHUP)

    until(lambda: "the processes stay" in server.log)
    assert processes_of(server) == old
    assert server.get("simple/").status_code == 200


@pytest.fixture
def passed_on() -> Iterator[socket.socket]:
    """Return a listening socket, as systemd opens one for a service."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


@pytest.mark.parametrize("processes", [1, 2])
def test_a_server_at_a_socket_of_systemd_is_replaced_without_losing_a_request(
    passed_on: socket.socket, tmp_path: Path, processes: int
) -> None:
    port = passed_on.getsockname()[1]
    log = (tmp_path / "log").open("wb")

    def start() -> subprocess.Popen[bytes]:
        # What systemd does between fork and exec.
        launch = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ.update(LISTEN_FDS='1', "
            "LISTEN_PID=str(os.getpid())); os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
        )
        return subprocess.Popen(
            [
                sys.executable, "-c", launch, str(passed_on.fileno()), "-m", "pypi_app.server_command",
                "serve", "--data", str(tmp_path / "data"), "--processes", str(processes), "--port", "1",
            ],
            pass_fds=[passed_on.fileno()], stdout=log, stderr=log, env=clean_environment(tmp_path),
        )  # fmt: skip

    readers = Readers(port, "/simple/")
    server = start()
    try:
        # Connections wait until a server accepts them.
        assert httpx.get(f"http://127.0.0.1:{port}/simple/", trust_env=False, timeout=60).status_code == 200
        with readers.reading():
            server.terminate()
            assert server.wait() == 0
            server = start()
            before = readers.answered
            until(lambda: readers.answered > before + 20)
    finally:
        server.terminate()
        server.wait()
        log.close()

    assert readers.failures == []
