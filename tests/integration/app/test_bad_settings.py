"""A service that the settings name wrongly ends the start with one sentence, and nothing stays behind."""

from __future__ import annotations

import http.server
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from operator_command import OperatorOn, Outcome
from postgresql_cluster import running_cluster
from s3_servers import running_s3_server
from service_programs import free_port

S3 = '[blobs]\nkind = "s3"\nbucket = "no-such-bucket"\nconnect_seconds = 1\n'
KEY = 'access_key = "index"\nsecret_key = "right"\n'
OPENSEARCH = '[search]\nkind = "opensearch"\n'
POSTGRES = '[search]\nkind = "postgres"\n'
CLOSED = free_port()


class Start:
    """Tries to start a server, and looks for what a failed start left."""

    def __init__(self, operator_on: OperatorOn, folder: Path) -> None:
        self._operator_on = operator_on
        self._folder = folder

    def __call__(self, settings: str) -> str:
        """Return the one line that a start with *settings* fails with."""
        file, data, port = self._folder / "settings.toml", self._folder / "data", free_port()
        children = _children()
        file.write_text(settings)
        outcome: Outcome = self._operator_on(data, "--settings", file)("serve", "--port", port)
        assert outcome.code != 0
        assert _children() <= children
        with socket.create_server(("127.0.0.1", port)):
            pass
        assert not data.exists()
        [line] = outcome.err.splitlines()
        return line


def _children() -> set[str]:
    """Return the ids of the processes that this one has started and that are still there."""
    tasks = Path("/proc/self/task").iterdir()
    return {each for task in tasks for each in (task / "children").read_text().split()}


@pytest.fixture
def start(operator_on: OperatorOn, tmp_path: Path) -> Start:
    return Start(operator_on, tmp_path)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param('database = "oracle://db.example/index"\n', "use sqlite or postgresql", id="database"),
        pytest.param('[blobs]\nkind = "ftp"\n', "blobs.kind", id="blobs"),
        pytest.param('[search]\nkind = "solr"\n', "search.kind", id="search"),
        pytest.param(f'{OPENSEARCH}url = "gopher://search.example"\n', "search.url", id="opensearch"),
        pytest.param(f'{POSTGRES}url = "mysql://db.example/index"\n', "search.url", id="postgres"),
        pytest.param(f"{POSTGRES}", "search.kind", id="postgres without one"),
    ],
)
def test_an_unknown_scheme_or_kind_is_named(start: Start, settings: str, words: str) -> None:
    assert words in start(settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param('database = "postgresql://index@{}/index"\n', "database", id="database"),
        pytest.param(f'{S3}{KEY}endpoint = "http://{{}}"\n', "blobs.endpoint", id="blobs"),
        pytest.param(f'{OPENSEARCH}url = "http://{{}}"\n', "search.url", id="opensearch"),
        pytest.param(f'{POSTGRES}url = "postgresql://index@{{}}/index"\n', "search.url", id="postgres"),
    ],
)
@pytest.mark.parametrize("host", [f"127.0.0.1:{CLOSED}", "nowhere.invalid:1"], ids=["port", "host"])
def test_a_service_that_cannot_be_reached_is_named(
    start: Start, settings: str, words: str, host: str
) -> None:
    line = start(settings.format(host))

    assert "cannot be reached" in line
    assert words in line


@pytest.mark.parametrize(
    ("settings", "module", "extra"),
    [
        ('database = "postgresql://index@127.0.0.1/index"\n', "psycopg", "postgres"),
        (f'{S3}endpoint = "http://127.0.0.1"\n', "minio", "s3"),
        (f'{OPENSEARCH}url = "http://127.0.0.1"\n', "opensearchpy", "opensearch"),
        (f'{POSTGRES}url = "postgresql://index@127.0.0.1/index"\n', "psycopg", "postgres"),
    ],
    ids=["database", "blobs", "opensearch", "postgres"],
)
def test_an_extra_that_is_not_installed_is_named(
    start: Start, monkeypatch: pytest.MonkeyPatch, settings: str, module: str, extra: str
) -> None:
    for name in list(sys.modules):
        if name.startswith(("pypi_search.", "pypi_blobs.s3_bucket", module)):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)

    assert f"pip install 'pypi-core[{extra}]'" in start(settings)


class _Refusing(http.server.BaseHTTPRequestHandler):
    """Knows nobody."""

    def do_GET(self) -> None:
        self.send_error(401)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def refusing() -> Iterator[int]:
    """Return the port of a search engine that refuses every password."""
    with http.server.HTTPServer(("127.0.0.1", 0), _Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_a_wrong_password_of_the_search_is_named(start: Start, refusing: int) -> None:
    login = 'username = "index"\npassword = "mistaken"\n'

    line = start(f'{OPENSEARCH}url = "http://127.0.0.1:{refusing}"\n{login}')

    assert "search.username and search.password" in line
    assert "mistaken" not in line
    assert "database" not in line


@pytest.mark.service
def test_a_wrong_password_of_a_database_is_named(start: Start) -> None:
    with running_cluster() as cluster:
        cluster.add_account("secret", "right")
        url = f"postgresql://secret:mistaken@127.0.0.1:{cluster.port}/postgres"

        of_database = start(f'database = "{url}"\n')
        of_search = start(f'{POSTGRES}url = "{url}"\n')

    assert "the user name and the password in the setting `database`" in of_database
    assert "search.url" in of_search
    assert "mistaken" not in of_database + of_search


@pytest.mark.service
def test_a_wrong_key_or_a_missing_bucket_is_named(start: Start) -> None:
    with running_s3_server("MinIO") as store:
        endpoint = f'{S3}endpoint = "{store.endpoint}"\n'
        right = store.settings()

        wrong_key = start(f'{endpoint}access_key = "{right.access_key}"\nsecret_key = "mistaken"\n')
        missing = start(f'{endpoint}access_key = "{right.access_key}"\nsecret_key = "{right.secret_key}"\n')

    assert "check blobs.access_key and blobs.secret_key" in wrong_key
    assert "correct blobs.bucket" in missing
    assert "mistaken" not in wrong_key
