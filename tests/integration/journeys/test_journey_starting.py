"""Starting a server: over https, with a token for its owner alone, and when it cannot be."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pypi_contracts.builders import build_wheel

if TYPE_CHECKING:
    from certificates import Certificates
    from running_server import RunningServer, StartServer
    from tool_client import Client

pytestmark = pytest.mark.slow

Save = Callable[..., list[Path]]


@pytest.fixture
def secure_server(start_server: StartServer, certificates: Certificates) -> RunningServer:
    return start_server(
        "--tls-certificate", str(certificates.chain), "--tls-key", str(certificates.key),
        authority=certificates.authority,
    )  # fmt: skip


def test_publishing_and_installing_work_over_https(
    secure_server: RunningServer, client: Client, save: Save, certificates: Certificates
) -> None:
    assert secure_server.url.startswith("https://")
    files = save(build_wheel("secure", "1.0"), build_wheel("secure", "2.0"))
    authority = str(certificates.authority)

    client.run(
        "twine", "upload", "--non-interactive", "--cert", authority, "--repository-url",
        f"{secure_server.url}legacy/", "-u", "__token__", "-p", secure_server.token, files[0],
    )  # fmt: skip
    client.run(
        "pypi-cli", "upload", "--index", secure_server.url,
        "--token-file", secure_server.data / "owner-token", files[1], SSL_CERT_FILE=authority,
    )  # fmt: skip
    environment = client.new_environment("consumer")
    installed = client.run(
        "uv", "pip", "install", "--no-cache", "--python", environment / "bin" / "python",
        "--index-url", f"{secure_server.url}simple/", "secure", SSL_CERT_FILE=authority,
    )  # fmt: skip

    assert "secure==2.0" in installed.stderr


def test_an_unusable_certificate_is_reported_at_start_up(
    client: Client, tmp_path: Path, certificates: Certificates
) -> None:
    for options, code, words in (
        (("--tls-certificate", certificates.chain), 2, "tls_certificate and tls_key go together"),
        (("--tls-certificate", certificates.key, "--tls-key", certificates.chain), 1, "cannot be used"),
        (("--tls-certificate", tmp_path / "nothing.pem", "--tls-key", certificates.key), 1, "cannot be read"),
    ):
        outcome = client.run(
            "pypi-server", "serve", "--port", 0, "--data", tmp_path / "tls-data", *options, check=False
        )

        assert outcome.returncode == code
        assert words in outcome.stderr
        assert "Traceback" not in outcome.stderr


def test_the_first_secrets_are_in_private_files_and_in_no_log(
    start_server: StartServer,
) -> None:
    server = start_server("--no-worker")
    files = [server.data / "owner-token", server.data / "owner-password"]
    secrets = [file.read_text().strip() for file in files]
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert server.log.count(str(file)) >= 1
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700

    server.stop()
    server.start()

    assert all(secrets)
    assert not [each for each in secrets if each in server.log]


def test_the_collector_looks_no_more_at_what_is_there_from_the_start(
    start_server: StartServer, tmp_path: Path
) -> None:
    ending = "import atexit, gc\natexit.register(lambda: print('frozen:', gc.get_freeze_count()))\n"
    (tmp_path / "sitecustomize.py").write_text(ending)
    server = start_server("--no-worker", environment={"PYTHONPATH": str(tmp_path)})

    server.stop()

    assert int(server.log.rpartition("frozen: ")[2].split()[0]) > 50_000


def test_a_port_in_use_is_reported(start_server: StartServer, client: Client, tmp_path: Path) -> None:
    server = start_server("--no-worker")

    outcome = client.run(
        "pypi-server", "serve", "--port", server.port, "--data", tmp_path / "second", check=False
    )

    assert outcome.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {server.port}" in outcome.stderr


def test_a_separate_worker_catches_up_and_stops_on_request(
    start_server: StartServer, client: Client, save: Save
) -> None:
    server = start_server("--no-worker")
    client.twine_upload(server, save(build_wheel("findable", "1.0", summary="Counts sheep")))
    assert "findable" not in server.get("search/?q=sheep").text

    command = [sys.executable, "-m", "pypi_app.server_command", "work", "--data", str(server.data)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as worker:
        while "findable" not in server.get("search/?q=sheep").text:
            assert worker.poll() is None
            time.sleep(0.05)
        worker.terminate()

    assert worker.returncode == 0


def test_an_administrator_sees_to_everything_from_the_command_line(
    start_server: StartServer, client: Client, save: Save
) -> None:
    server = start_server("--no-worker")
    data = ("--data", server.data)
    client.run("pypi-server", "index", "create", "private", "--reading", "private", *data)
    register = subprocess.run(
        [str(client.scripts / "pypi-server"), "users", "create", "alice", "--data", str(server.data)],
        input="a long password\n", capture_output=True, text=True,
    )  # fmt: skip
    assert register.returncode == 0, register.stderr
    token = client.run("pypi-server", "tokens", "create", "alice", "--index", "private", *data).stdout.strip()
    [listed] = client.run("pypi-server", "tokens", "list", "alice", *data).stdout.splitlines()
    wheel = save(build_wheel("in-house", "1.0"))
    twine = ("twine", "upload", "--non-interactive", "-u", "__token__", "-p", token, "--repository-url")

    elsewhere = client.run(*twine, f"{server.url}legacy/", *wheel, check=False)
    client.run(*twine, f"{server.url}i/private/legacy/", *wheel)
    page = server.url.replace("//", f"//__token__:{token}@") + "i/private/simple/"
    environment = client.new_environment("consumer")
    client.run(
        "uv", "pip", "install", "--python", environment / "bin" / "python", "--index-url", page, "in-house"
    )
    client.run("pypi-server", "tokens", "revoke", listed.split()[0], *data)

    assert elsewhere.returncode != 0
    assert "its scope is narrower" in elsewhere.stdout + elsewhere.stderr
    assert server.get("i/private/simple/in-house/").status_code == 401
    assert server.get("i/private/simple/", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert token not in server.log


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("user", "list")], ids=" ".join)
def test_a_database_that_another_program_keeps_locked_is_reported(
    client: Client, tmp_path: Path, command: tuple[str, ...]
) -> None:
    client.run("pypi-server", "migrate", "--data", tmp_path)
    database = tmp_path / "index.sqlite"
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")

        outcome = client.run("pypi-server", *command, "--data", tmp_path, check=False)

    assert (outcome.returncode, outcome.stdout) == (6, "")
    assert outcome.stderr == (
        f"pypi-server: The database is busy: try again in a moment. The database is {database}.\n"
    )
