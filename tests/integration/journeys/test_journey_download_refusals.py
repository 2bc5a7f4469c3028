"""What ``pypi-cli download`` refuses of an index that says what is not so, through HTTP."""

from __future__ import annotations

import hashlib
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pypi_contracts.builders import BuiltDistribution, build_wheel
from pypi_terminal.exit_codes import ExitCode

if TYPE_CHECKING:
    from tool_client import Client

WHEEL = build_wheel("one", "1.0", requires_dist=["two"])
TWO = build_wheel("two", "1.0")


class LyingIndex:
    """
    A Simple API of files on a loopback port; a path leads to bytes, or to another URL.

    Attributes:
        stalls: Whether files end in the middle, without an end of the connection.
    """

    def __init__(self) -> None:
        self.pages: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes | str] = {}
        self.seen: list[tuple[str, str | None]] = []
        self.stalls = False
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def list(self, built: BuiltDistribution, **more: Any) -> None:
        """List a file, with its metadata beside it."""
        entry = {
            "filename": built.filename,
            "url": f"/files/{built.filename}",
            "hashes": {"sha256": built.sha256},
            "core-metadata": True,
            **more,
        }
        name = built.filename.split("-")[0]
        self.pages.setdefault(f"/simple/{name}/", []).append(entry)
        self.files[f"/files/{built.filename}"] = built.content
        self.files[f"/files/{built.filename}.metadata"] = built.metadata

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        index = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                index.seen.append((self.path, self.headers.get("Authorization")))
                if self.path in index.pages:
                    page = {"meta": {"api-version": "1.1"}, "name": "x", "files": index.pages[self.path]}
                    return self._send(json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json")
                found = index.files.get(self.path)
                if found is None:
                    return self.send_error(404)
                if isinstance(found, str):
                    self.send_response(302)
                    self.send_header("Location", found)
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
                return self._send(found, "application/octet-stream")

            def _send(self, content: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if index.stalls and self.path.endswith(".whl"):
                    self.wfile.write(content[: len(content) // 2])
                    self.wfile.flush()
                    index.released.wait()
                    return
                self.wfile.write(content)

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
                pass

        return Handler


@pytest.fixture
def start_index() -> Iterator[Callable[[], LyingIndex]]:
    running: list[LyingIndex] = []

    def start() -> LyingIndex:
        running.append(LyingIndex())
        return running[-1]

    yield start
    for each in running:
        each.stop()


@pytest.fixture
def index(start_index: Callable[[], LyingIndex]) -> LyingIndex:
    return start_index()


Refused = Callable[..., str]


@pytest.fixture
def refused(index: LyingIndex, client: Client, tmp_path: Path) -> Refused:
    """Return a function that downloads, finds nothing kept, and returns what was said."""
    token = tmp_path / "token"
    token.write_text("pidx_secret")

    def download(*arguments: object, code: ExitCode = ExitCode.FAILED) -> str:
        folder = tmp_path / "out"
        outcome = client.run(
            "pypi-cli", "download", "--index", index.url, "--token-file", token, "--dest", folder, *arguments,
            check=False,
        )  # fmt: skip
        assert outcome.returncode == code, outcome.stderr
        assert not folder.exists() or list(folder.iterdir()) == []
        assert [each for each in tmp_path.rglob("*") if each.suffix in {".whl", ".part"}] == []
        return outcome.stderr

    return download


def test_a_wrong_digest(index: LyingIndex, refused: Refused) -> None:
    index.list(TWO, hashes={"sha256": hashlib.sha256(b"other").hexdigest()})

    assert "two-1.0-py3-none-any.whl is not what the index lists: its sha256 is" in refused("two")


def test_a_digest_other_than_the_one_demanded(index: LyingIndex, refused: Refused, tmp_path: Path) -> None:
    index.list(TWO)
    wanted = tmp_path / "requirements.txt"

    wanted.write_text(f"two==1.0 --hash=sha256:{'a' * 64}\n")
    assert "with one of the hashes given" in refused("-r", wanted, code=ExitCode.NOT_FOUND)
    # Of an algorithm that the index does not list, it is known when all has arrived.
    wanted.write_text(f"two==1.0 --hash=sha512:{'a' * 128}\n")
    assert "is not what was asked for: its sha512 is" in refused("-r", wanted)


@pytest.mark.parametrize("name", ["../two-1.0-py3-none-any.whl", "..%2Ftwo-1.0-py3-none-any.whl", "/two.whl"])
def test_a_file_name_with_a_path(index: LyingIndex, refused: Refused, name: str) -> None:
    index.list(TWO, filename=name)

    said = refused("two", code=ExitCode.NOT_FOUND)

    assert "warning: A file was passed over" in said
    assert "which is not safe to store" in said


def test_metadata_that_differ_from_those_in_the_wheel(index: LyingIndex, refused: Refused) -> None:
    index.list(WHEEL)
    index.files[f"/files/{WHEEL.filename}.metadata"] = WHEEL.metadata.replace(b"Requires-Dist: two\n", b"")

    assert "has another requires_dist than the index says beside it. Nothing was kept." in refused("one")


def test_a_redirect_to_another_host_with_credentials(
    index: LyingIndex, start_index: Callable[[], LyingIndex], refused: Refused
) -> None:
    other = start_index()
    index.list(TWO)
    other.list(TWO)
    index.files[f"/files/{TWO.filename}"] = (
        other.url.replace("//", "//user:secret@") + f"files/{TWO.filename}"
    )

    said = refused("two")

    assert "redirects to a URL with credentials in it, which is not followed" in said
    assert "secret" not in said
    assert other.seen == []


def test_a_redirect_to_another_host(
    index: LyingIndex, start_index: Callable[[], LyingIndex], refused: Refused
) -> None:
    other = start_index()
    other.list(TWO)
    index.list(TWO)
    index.files[f"/files/{TWO.filename}"] = f"{other.url}files/{TWO.filename}"

    assert "is redirected to another host, 127.0.0.1, which was not asked" in refused("two")
    assert other.seen == []


def test_a_host_that_is_permitted_never_gets_the_token_nor_brings_other_bytes(
    index: LyingIndex, start_index: Callable[[], LyingIndex], refused: Refused
) -> None:
    other = start_index()
    index.list(TWO)
    index.files[f"/files/{TWO.filename}"] = f"{other.url}files/{TWO.filename}"
    other.files[f"/files/{TWO.filename}"] = TWO.content[:-1] + b"x"

    said = refused("two", "--redirect-host", "127.0.0.1")

    assert "is not what the index lists: its sha256 is" in said
    assert other.seen == [(f"/files/{TWO.filename}", None)]
    # Nor does the index itself, which can be read without.
    assert not any(sent for _path, sent in index.seen)


def test_an_interruption_leaves_nothing_half_written(
    index: LyingIndex, client: Client, tmp_path: Path
) -> None:
    index.list(TWO)
    index.stalls = True
    folder = tmp_path / "out"
    log = tmp_path / "log"
    process = client.start("pypi-cli", "download", "--index", index.url, "--dest", folder, "two", log=log)
    try:
        while not list(folder.glob(".*.part")):
            assert process.poll() is None, log.read_text()
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        code = process.wait()
    finally:
        process.kill()
        process.wait()

    assert code == ExitCode.INTERRUPTED
    assert list(folder.iterdir()) == []
    assert log.read_text() == "pypi-cli: interrupted.\n"
