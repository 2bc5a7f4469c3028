"""OpenSearch dies or hangs: publishing and installing go on, and the search catches up by itself."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from opensearch_node import OpenSearchNode
from pypi_contracts.builders import build_wheel
from toxiproxy import line_to
from uploading import upload

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer
    from tool_client import Client

pytestmark = pytest.mark.service

Away = Callable[[OpenSearchNode], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def killed(node: OpenSearchNode) -> Iterator[None]:
    node.stop()
    try:
        yield
    finally:
        node.start()


@pytest.fixture
def server(opensearch: OpenSearchNode, start_server: StartServer, tmp_path: Path) -> RunningServer:
    """Return a server, with a worker, that soon gives up on OpenSearch."""
    settings = tmp_path / "settings.toml"
    settings.write_text("\n".join(opensearch.settings(seconds=1)))
    return start_server("--settings", str(settings))


def publish(server: RunningServer, name: str) -> None:
    assert upload(server, build_wheel(name, "1.0", summary="Counts sheep")).is_confirmed


def found(server: RunningServer) -> set[str]:
    """Return what a search finds, nothing where it is not answered."""
    answer = call(server, "search.query", words="sheep")
    return {each["name"] for each in answer.get("result", {}).get("hits", [])}


def call(server: RunningServer, method: str, **params: object) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return httpx.post(f"{server.url}rpc", json=body, trust_env=False, timeout=60).json()


def wait_until(is_so: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.2)


def standing(server: RunningServer) -> Any:
    return server.get("health/ready", headers={"Accept": "application/json"}).json()


@pytest.mark.parametrize("away", [killed, OpenSearchNode.paused])
def test_everything_but_searching_goes_on_and_the_search_catches_up(
    opensearch: OpenSearchNode, server: RunningServer, client: Client, tmp_path: Path, away: Away
) -> None:
    publish(server, "before")
    wait_until(lambda: found(server) == {"before"})
    began = datetime.now(UTC)

    with away(opensearch):
        publish(server, "during")
        client.run(
            "pip", "download", "--no-deps", "--index-url", f"{server.url}simple/",
            "-d", tmp_path / "downloaded", "during",
        )  # fmt: skip
        refused = [server.get("search/?q=sheep"), server.get("search/", params={"q": "sheep", "page": 2})]
        error = call(server, "search.query", words="sheep")["error"]
        missing = standing(server)
        time.sleep(1.5)
        later = standing(server)

    for answer in refused:
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "The search is not available at the moment: try again later." in answer.text
    assert "The search is not available at the moment" in error["message"]
    assert missing["status"] == "degraded"
    [search] = missing["missing"]
    assert search["part"] == "search"
    assert began <= datetime.fromisoformat(search["since"]) <= datetime.now(UTC)
    assert later["missing"] == missing["missing"]
    # No hands needed.
    wait_until(lambda: found(server) == {"before", "during"})
    wait_until(lambda: standing(server) == {"status": "ready", "missing": []})
    assert "Traceback" not in server.log


def test_a_worker_that_began_while_the_engine_was_away_fills_it(
    opensearch: OpenSearchNode, start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server()
    publish(server, "before")
    wait_until(lambda: found(server) == {"before"})
    server.stop()
    settings, log = tmp_path / "settings.toml", tmp_path / "worker.log"
    command = [sys.executable, "-m", "pypi_app.server_command", "work", "--data", str(server.data)]

    with line_to(opensearch.url.removeprefix("http://")) as line, log.open("wb") as output:
        settings.write_text("\n".join(opensearch.settings(url=f"http://127.0.0.1:{line.port}", seconds=5)))
        line.cut()
        with subprocess.Popen([*command, "--settings", str(settings)], stderr=output) as worker:
            wait_until(lambda: "cannot be filled yet" in log.read_text())
            line.mend()
            moved = start_server("--no-worker", "--settings", str(settings))
            wait_until(lambda: found(moved) == {"before"})
            worker.terminate()
        moved.stop()

    assert "Traceback" not in log.read_text()
