"""Secrets that ``pypi-cli`` is given are in nothing that it prints, and in no list of processes."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import pytest

from pypi_contracts.builders import build_wheel
from pypi_terminal.exit_codes import ExitCode

if TYPE_CHECKING:
    from held_line import HeldLine
    from running_server import RunningServer
    from tool_client import Client

    Hold = Callable[[RunningServer, int], HeldLine]

pytestmark = pytest.mark.slow

PASSWORD = "correct horse/battery"
TOKEN = "pidx_0123456789abcdef"
CTRL_C = "\x03"


class Echo(BaseHTTPRequestHandler):
    """Refuses everything, and repeats what was sent: in the reason, and in a body as the path says."""

    def do_GET(self) -> None:
        """Answer with the header and the body of the request."""
        received = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(errors="replace")
        header = self.headers.get("Authorization", "")
        decoded = base64.b64decode(header.partition(" ")[2]).decode()
        said = f"No: {header} {decoded} {decoded.partition(':')[2]}"
        if "/problem/" in self.path:
            kind, body = "application/problem+json", json.dumps({"detail": said, "sent": received})
        elif "/rpc/" in self.path and self.path.endswith("/rpc"):
            error = {"code": 1003, "message": f"{said} {received}", "data": {"sent": received}}
            kind, body = "application/json", json.dumps({"jsonrpc": "2.0", "id": 1, "error": error})
        elif "/text/" in self.path:
            kind, body = "text/plain", said
        else:
            kind, body = "text/html", said
        self.send_response(200 if kind == "application/json" else 403, said)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    """Return the host and port of a server that repeats what it was sent."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Given(NamedTuple):
    """A secret, and how a command is given it."""

    user: str
    secret: str
    options: Sequence[str] = ()
    variables: Mapping[str, str] = MappingProxyType({})
    userinfo: str = ""

    @property
    def forms(self) -> set[str]:
        """All that tells the secret, in parts too."""
        encoded = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
        return {quote(self.secret, safe=""), encoded, *self.secret.split()}


@pytest.fixture
def ways(client: Client) -> list[Given]:
    """Return the ways to give a command a secret."""
    kept, netrc = client.home / "token", client.home / "netrc"
    kept.write_text(f"{TOKEN}\n")
    netrc.write_text(f"machine 127.0.0.1 login ada password {TOKEN}\n")
    netrc.chmod(0o600)
    return [
        Given("__token__", TOKEN, options=["--token-file", str(kept)]),
        Given("__token__", TOKEN, variables={"PYPI_TOKEN": TOKEN}),
        Given("ada", PASSWORD, variables={"PYPI_USERNAME": "ada", "PYPI_PASSWORD": PASSWORD}),
        Given("ada", PASSWORD, variables={"TWINE_USERNAME": "ada", "TWINE_PASSWORD": PASSWORD}),
        Given("ada", PASSWORD, userinfo=f"ada:{quote(PASSWORD, safe='')}@"),
        Given("ada", TOKEN, variables={"NETRC": str(netrc)}),
    ]


@pytest.fixture
def wheel(client: Client) -> str:
    made = build_wheel(name="sample", version="1.0")
    (client.home / made.filename).write_bytes(made.content)
    return made.filename


@pytest.mark.parametrize("kind", ["problem", "rpc", "text", "reason"])
def test_an_index_that_repeats_a_secret_is_quoted_without_it(
    echo: str, client: Client, ways: list[Given], wheel: str, kind: str
) -> None:
    commands = (
        f"upload {wheel}",
        "whoami",
        "search word",
        "download sample",
        "yank sample==1.0",
        "--json token list",
    )

    for given, command in zip(ways, commands, strict=True):
        index = f"http://{given.userinfo}{echo}/{kind}/"
        options = ("--verbose", *given.options)
        outcome = client.run(
            "pypi-cli", *command.split(), *options, check=False, PYPI_REPOSITORY=index, **given.variables
        )

        assert outcome.returncode not in {ExitCode.DONE, ExitCode.USAGE, ExitCode.UNAVAILABLE}
        assert outcome.stderr.startswith(f"pypi-cli: index http://{echo}/{kind}/, ")
        assert "no credentials" not in outcome.stderr
        assert [each for each in given.forms if each in outcome.stdout + outcome.stderr] == []


def test_an_index_that_repeats_a_password_that_is_typed_is_quoted_without_it(
    echo: str, client: Client
) -> None:
    with client.on_terminal("pypi-cli", "--verbose", "-i", f"http://{echo}/rpc/", "login") as terminal:
        terminal.answer("User name for", "ada")
        terminal.answer("Password:", PASSWORD)
        code = terminal.end()

    assert code == ExitCode.REFUSED
    assert "***" in terminal.shown
    assert [each for each in Given("ada", PASSWORD).forms if each in terminal.shown] == []


def test_an_index_that_cannot_be_reached_is_named_without_the_secret_in_its_url(client: Client) -> None:
    (client.home / "config.toml").write_text(
        f'index = "work"\n[indexes.work]\nurl = "http://ada:{quote(PASSWORD, safe="")}@127.0.0.1:9/"\n'
    )
    printed = ""
    for command in (
        "whoami",
        "info sample",
        "download sample",
        "index list",
        "config list",
        "config list --json",
    ):
        outcome = client.run(
            "pypi-cli", *command.split(), "--verbose", check=False, PYPI_CLI_CONFIG=str(client.home)
        )
        printed += outcome.stdout + outcome.stderr

    assert "Cannot reach 127.0.0.1:9" in printed
    assert "battery" not in printed


@pytest.mark.parametrize(
    "index",
    ["https://ada:battery/@index.example/", "ada:battery@index.example", "http://ada:battery@index.example/"],
)
def test_an_address_that_is_wrong_is_repeated_without_the_secret_in_it(client: Client, index: str) -> None:
    outcome = client.run("pypi-cli", "info", "sample", check=False, PYPI_REPOSITORY=index)

    assert (outcome.returncode, outcome.stdout) == (ExitCode.USAGE, "")
    assert "battery" not in outcome.stderr


def test_the_process_list_shows_no_secret(
    shared_server: RunningServer, shared_client: Client, hold: Hold, tmp_path: Path
) -> None:
    made = build_wheel(name="slow", version="1.0", padding=12 * 1024 * 1024)
    (shared_client.home / made.filename).write_bytes(made.content)
    line = hold(shared_server, 256 * 1024)
    token = shared_server.token
    with shared_client.on_terminal("pypi-cli", "-i", line.url, "upload", made.filename) as terminal:
        terminal.answer("Token for", token)
        line.stopped.wait()
        shown = [each.read_bytes().decode(errors="replace") for each in Path("/proc").glob("[0-9]*/cmdline")]
        terminal.press(CTRL_C)
        terminal.end()

    assert any(made.filename in each for each in shown)
    assert not any(token in each for each in shown)
    assert token not in terminal.shown
