"""
A token, password or cookie of one index never reaches another.

Two servers on this machine stand for two indexes.  The one that is asked remembers every byte, and tempts:
it answers everything with 401, sets cookies, and has the rest of its answers say what the other would.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import keyring
import keyring.backend
import keyring.credentials
import pytest

from certificates import Certificates
from pypi_contracts.builders import build_wheel
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.running import run

pytestmark = pytest.mark.slow

SECRET = "s3cret-0123456789"
WHEEL = build_wheel("Sample", "1.0")
_VARIABLES = (
    "NETRC",
    "PIP_INDEX_URL",
    *(f"{scheme}_{kind}".upper() for scheme in ("http", "https", "all", "no") for kind in ("proxy",)),
    *(f"PYPI_{each}" for each in ("CA_BUNDLE", "PASSWORD", "REPOSITORY", "TOKEN", "USERNAME")),
    *(f"TWINE_{each}" for each in ("CERT", "PASSWORD", "REPOSITORY", "REPOSITORY_URL", "USERNAME")),
)


class Answers(BaseHTTPRequestHandler):
    """Remembers what is asked, and answers as its server says."""

    protocol_version = "HTTP/1.1"
    server: Recording

    def do_GET(self) -> None:
        """Remember all of the request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append(f"{self.command} {self.path}\n{self.headers}\n".encode() + body)
        status, headers, content = self.server.answer(self)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_POST = do_PUT = do_HEAD = do_CONNECT = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


Answer = tuple[int, dict[str, str], bytes]


def tempting(request: Answers) -> Answer:
    """Ask for credentials, and leave a cookie."""
    headers = {"WWW-Authenticate": 'Basic realm="index"', "Set-Cookie": f"session={SECRET}; Path=/"}
    return 401, headers, b"Who are you?"


class Recording(ThreadingHTTPServer):
    """An index that is none, with all that it was sent."""

    daemon_threads = True

    def __init__(self, host: str, answer: Callable[[Answers], Answer] = tempting) -> None:
        self.seen: list[bytes] = []
        self.answer = answer
        super().__init__((host, 0), Answers)

    @property
    def url(self) -> str:
        """Its root."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}/"

    def has(self, secret: str = SECRET) -> bool:
        """Return whether it was sent a secret, in whatever form."""
        everything = b"".join(self.seen)
        forms = {secret.encode(), *_encoded(secret)}
        return any(each in everything for each in forms)


def _encoded(secret: str) -> Iterator[bytes]:
    """Yield what is always in the Base64 of something that ends with the secret."""
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + secret.encode())
        yield encoded[4 if shift else 0 : -4]


@contextmanager
def serving(server: Recording) -> Iterator[Recording]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def home_index() -> Iterator[Recording]:
    """Return the index to which the secrets belong."""
    with serving(Recording("127.0.0.1")) as server:
        yield server


@pytest.fixture
def other_index() -> Iterator[Recording]:
    """Return an index that must not learn them."""
    with serving(Recording("127.0.0.2")) as server:
        yield server


class Keys(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.secrets: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get(service)

    def get_credential(self, service: str, username: str | None) -> keyring.credentials.Credential | None:
        found = self.secrets.get(service)
        return keyring.credentials.SimpleCredential("__token__", found) if found else None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.secrets[service]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    for name in (*_VARIABLES, *(each.lower() for each in _VARIABLES)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYPI_CLI_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / WHEEL.filename).write_bytes(WHEEL.content)
    before = keyring.get_keyring()
    keyring.set_keyring(Keys())
    yield tmp_path
    keyring.set_keyring(before)


class Place(NamedTuple):
    """Where a secret of an index is; ``{root}``, ``{host}`` and ``{home}`` are filled in."""

    environment: Mapping[str, str] = MappingProxyType({})
    files: Mapping[str, str] = MappingProxyType({})
    is_in_keyring: bool = False


_NAMED = {"PYPI_REPOSITORY": "{root}"}
PLACES = {
    "token": Place({"PYPI_TOKEN": SECRET, **_NAMED}),
    "password": Place({"PYPI_USERNAME": "ada", "PYPI_PASSWORD": SECRET, **_NAMED}),
    "url": Place({"PYPI_REPOSITORY": f"http://ada:{SECRET}@{{host}}/"}),
    "twine-url": Place({"TWINE_PASSWORD": SECRET, "TWINE_REPOSITORY_URL": "{root}"}),
    "twine-name": Place(
        {"TWINE_PASSWORD": SECRET, "TWINE_REPOSITORY": "one"},
        {"config/config.toml": '[indexes.one]\nurl = "{root}"\n'},
    ),
    "configuration": Place(
        {},
        {
            "config/config.toml": '[indexes.one]\nurl = "{root}"\ntoken_file = "{home}/token"\n',
            "token": SECRET,
        },
    ),
    "configured-url": Place(
        {}, {"config/config.toml": f'[indexes.one]\nurl = "http://ada:{SECRET}@{{host}}/"\n'}
    ),
    "pypirc": Place(
        {}, {".pypirc": f"[one]\nrepository = {{root}}legacy/\nusername = ada\npassword = {SECRET}\n"}
    ),
    "login": Place({}, {"config/tokens.json": '{"{root}": {"token": "' + SECRET + '"}}'}),
    "keyring": Place(is_in_keyring=True),
    "netrc": Place({}, {".netrc": f"machine 127.0.0.1 login ada password {SECRET}\n"}),
}


def put(place: Place, index: Recording, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def filled(text: str) -> str:
        host = index.url.split("/")[2]
        return text.replace("{root}", index.url).replace("{host}", host).replace("{home}", str(home))

    for name, text in place.environment.items():
        monkeypatch.setenv(name, filled(text))
    for file, text in place.files.items():
        (home / file).write_text(filled(text))
        (home / file).chmod(0o600)
    if place.is_in_keyring:
        keyring.set_password(index.url, "__token__", SECRET)


READING = (
    "files sample",
    "info sample",
    "search word",
    "download sample",
    "status sample",
    "whoami",
    "changes",
)
WRITING = (f"upload {WHEEL.filename}", "project create sample", "token list", "yank sample==1.0")


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_secret_is_never_sent_to_another_index(
    place: Place, home_index: Recording, other_index: Recording, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place, home_index, home, monkeypatch)

    codes = {run([*command.split(), "--index", other_index.url]) for command in (*READING, *WRITING)}

    assert not other_index.has()
    assert home_index.seen == []
    assert codes <= {ExitCode.REFUSED, ExitCode.USAGE, ExitCode.NOT_OFFERED}
    assert other_index.seen != []


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_the_index_to_which_it_belongs_is(
    place: Place, home_index: Recording, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other half: without it, never sending anything would do."""
    put(place, home_index, home, monkeypatch)

    assert run(["upload", WHEEL.filename, "--index", home_index.url]) == ExitCode.REFUSED

    assert home_index.has()


@pytest.mark.parametrize("variable", ["PYPI_TOKEN", "PYPI_PASSWORD", "TWINE_PASSWORD"])
def test_a_reading_command_does_not_send_a_secret_without_an_index(
    other_index: Recording,
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, SECRET)

    assert run(["files", "sample", "--index", other_index.url]) == ExitCode.USAGE

    assert not other_index.has()
    said = capsys.readouterr().err
    assert f"The secret in {variable} is not sent to {other_index.url}" in said
    assert f"set PYPI_REPOSITORY to its URL, or give --token-from-env {variable}" in said


@pytest.mark.parametrize("variable", ["PYPI_TOKEN", "TWINE_PASSWORD"])
def test_one_that_writes_names_the_index_to_which_it_belongs(
    other_index: Recording, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, SECRET)

    assert run(["upload", WHEEL.filename, "--index", other_index.url]) == ExitCode.REFUSED

    assert other_index.has()


def test_a_variable_that_is_named_is_for_the_index_that_is_named(
    home_index: Recording,
    other_index: Recording,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PYPI_REPOSITORY", home_index.url)
    monkeypatch.setenv("PYPI_TOKEN", "another")
    monkeypatch.setenv("CI_TOKEN", SECRET)
    options = ("--index", other_index.url, "--token-from-env")

    assert run(["files", "sample", *options, "CI_TOKEN"]) == ExitCode.REFUSED
    assert other_index.has()
    assert not other_index.has("another")

    assert run(["files", "sample", *options, "NO_TOKEN"]) == ExitCode.USAGE
    assert run(["files", "sample", *options, "CI_TOKEN", "--token-file", "x"]) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert "NO_TOKEN (from --token-from-env) has no token in it" in said
    assert "give one of them" in said


def test_an_index_by_another_spelling_of_its_url_is_the_same(
    home_index: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYPI_REPOSITORY", f"{home_index.url}simple/")
    monkeypatch.setenv("PYPI_TOKEN", SECRET)

    assert run(["files", "sample", "--index", home_index.url.rstrip("/")]) == ExitCode.REFUSED

    assert home_index.has()


def leading_to(other: str, kind: str) -> Callable[[Answers], Answer]:
    """Return the answers of an index that takes the token, and leads to *other*."""
    simple = "application/vnd.pypi.simple.v1+json"

    def answer(request: Answers) -> Answer:
        if not request.headers.get("Authorization"):
            return tempting(request)
        if kind in {"301", "302", "303", "307", "308"}:
            return int(kind), {"Location": f"{other}{request.path[1:]}"}, b""
        if request.path == "/simple/sample/":
            file = {
                "filename": WHEEL.filename,
                "url": f"{other}{WHEEL.filename}",
                "hashes": {"sha256": WHEEL.sha256},
                "core-metadata": kind == "metadata",
                "provenance": f"{other}provenance",
            }
            page = {"meta": {"api-version": "1.3"}, "name": "sample", "files": [file], "versions": ["1.0"]}
            return (
                200,
                {"Content-Type": simple, "Set-Cookie": f"a={SECRET}; Path=/"},
                json.dumps(page).encode(),
            )
        return 404, {}, b""

    return answer


@pytest.mark.parametrize("kind", ["301", "302", "303", "307", "308", "link", "metadata"])
def test_redirects_and_links_carry_no_secret(
    other_index: Recording, kind: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Recording("127.0.0.1", leading_to(other_index.url, kind))) as index:
        monkeypatch.setenv("PYPI_REPOSITORY", index.url)
        monkeypatch.setenv("PYPI_TOKEN", SECRET)

        for command in (*READING, *WRITING, "download sample --redirect-host 127.0.0.2"):
            run(command.split())

        assert index.has()
    assert not other_index.has()
    if kind != "303":
        assert other_index.seen != []


def test_a_password_is_exchanged_at_the_index_alone(
    other_index: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Recording("127.0.0.1", leading_to(other_index.url, "307"))) as index:
        monkeypatch.setenv("PYPI_REPOSITORY", index.url)
        monkeypatch.setenv("PYPI_USERNAME", "ada")
        monkeypatch.setenv("PYPI_PASSWORD", SECRET)

        for command in (*READING, *WRITING):
            run(command.split())

    assert not other_index.has()


def test_a_secret_is_never_sent_to_a_proxy(
    home: Path, other_index: Recording, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", other_index.url)
    monkeypatch.setenv("PYPI_REPOSITORY", "https://index.example/")
    monkeypatch.setenv("PYPI_TOKEN", SECRET)

    assert run(["upload", WHEEL.filename]) == ExitCode.UNAVAILABLE

    assert any(each.startswith(b"CONNECT index.example:443") for each in other_index.seen)
    assert not other_index.has()


def test_a_secret_is_never_sent_to_an_unverified_server(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Recording("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificates = Certificates(home)
    context.load_cert_chain(certificates.chain, certificates.key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    with serving(server):
        monkeypatch.setenv("PYPI_REPOSITORY", server.url.replace("http:", "https:"))
        monkeypatch.setenv("PYPI_TOKEN", SECRET)

        assert run(["upload", WHEEL.filename]) == ExitCode.UNAVAILABLE
        assert run(["token", "list"]) == ExitCode.UNAVAILABLE

    assert "is not trusted" in capsys.readouterr().err
    assert server.seen == []
