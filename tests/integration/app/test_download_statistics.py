"""Downloads of real clients from a real server are counted, also when it is killed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_contracts.builders import build_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from running_server import RunningServer, StartServer

pytestmark = pytest.mark.slow

WHEEL = build_wheel("sample", "1.0")
PATH = f"packages/{WHEEL.blake2_256[:2]}/{WHEEL.blake2_256[2:4]}/{WHEEL.blake2_256[4:]}/{WHEEL.filename}"


def publish(server: RunningServer) -> None:
    response = httpx.post(
        f"{server.url}legacy/",
        data=dict(WHEEL.form_fields()),
        files={"content": (WHEEL.filename, WHEEL.content)},
        headers={"Authorization": f"Bearer {server.token}"},
        trust_env=False,
    )
    response.raise_for_status()


def statistics_of(server: RunningServer) -> Any:
    call = {"jsonrpc": "2.0", "id": 1, "method": "project.downloads", "params": {"name": "sample"}}
    return httpx.post(f"{server.url}rpc", json=call, trust_env=False, timeout=60).json()["result"]


def total_of(data: Path) -> int:
    """Add everything up that was written, and return how many downloads that were."""
    container = assemble(Settings(data=str(data)))
    site = container.site()
    site.add_up_downloads()
    batches = container.database()
    try:
        (project,) = batches.index(site.indexes()[0].name).download_counts.most_downloaded(10)
        return project[1]
    finally:
        batches.dispose()


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.2)


def test_downloads_are_written_when_the_server_stops(start_server: StartServer) -> None:
    server = start_server("--no-worker")
    publish(server)
    for _ in range(25):
        assert server.get(PATH).status_code == 200

    server.stop()

    assert total_of(server.data) == 25


def test_a_killed_server_loses_what_it_has_not_written(start_server: StartServer) -> None:
    server = start_server("--no-worker", environment={"PYPI_STATISTICS__FLUSH_SECONDS": "1"})
    publish(server)
    for _ in range(20):
        server.get(PATH)
    time.sleep(3)
    for _ in range(5):
        server.get(PATH)

    server.kill()

    assert 20 <= total_of(server.data) <= 25


def test_the_worker_adds_up_what_clients_download(start_server: StartServer) -> None:
    server = start_server(environment={"PYPI_STATISTICS__FLUSH_SECONDS": "0.5"})
    publish(server)
    agents = ('pip/24.0 {"python":"3.12.3","system":{"name":"Linux"}}', "curl/8.5.0")
    for agent in agents:
        assert server.get(PATH, headers={"User-Agent": agent}).status_code == 200

    wait_until(lambda: statistics_of(server)["total"] == 2)

    found = statistics_of(server)
    assert found["installers"] == [{"value": "curl", "downloads": 1}, {"value": "pip", "downloads": 1}]
    assert found["pythons"] == [{"value": "3.12", "downloads": 1}, {"value": "other", "downloads": 1}]


def test_nothing_is_counted_unless_it_is_wanted(start_server: StartServer) -> None:
    server = start_server("--no-worker", environment={"PYPI_STATISTICS__ENABLED": "false"})
    publish(server)
    server.get(PATH)

    shown = server.get("pypi/sample/json").json()

    assert shown["info"]["downloads"] == {"last_day": -1, "last_week": -1, "last_month": -1}
    assert [each["downloads"] for each in shown["urls"]] == [-1]
    assert statistics_of(server)["counted"] is False
