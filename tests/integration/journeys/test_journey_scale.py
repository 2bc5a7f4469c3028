"""Large projects and large files in a server that stays small."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from pypi_contracts.builders import build_wheel

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer

pytestmark = pytest.mark.slow

RELEASES = 2_000
LARGE_FILE = 500 * 1024 * 1024
MOST_MEMORY = 300 * 1024 * 1024


def test_a_project_with_2000_releases_and_a_file_of_500_mib_need_little_memory(
    start_server: StartServer,
) -> None:
    server = start_server()

    publish_releases(server, RELEASES)
    publish_large_file(server, LARGE_FILE)
    page = server.get("simple/many/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}).json()
    legacy = server.get("pypi/many/json")
    html = server.get("project/many/")
    downloaded = download(server, "large")

    assert len(page["versions"]) == len(page["files"]) == RELEASES
    assert legacy.status_code == html.status_code == 200
    assert downloaded > LARGE_FILE
    peak = server.peak_memory()
    print(f"peak memory {peak / 1024 / 1024:.0f} MiB")
    assert peak < MOST_MEMORY


def publish_releases(server: RunningServer, count: int) -> None:
    with httpx.Client(trust_env=False, timeout=60) as session, ThreadPoolExecutor(4) as pool:

        def publish(number: int) -> int:
            wheel = build_wheel(name="many", version=f"1.{number}")
            return session.post(
                f"{server.url}legacy/",
                data=dict(wheel.form_fields()),
                files={"content": (wheel.filename, wheel.content)},
                headers={"Authorization": f"Bearer {server.token}"},
            ).status_code

        assert set(pool.map(publish, range(count))) == {200}


def publish_large_file(server: RunningServer, padding: int) -> None:
    """Upload a wheel with much padding as a stream."""
    wheel = build_wheel(name="large", version="1.0", padding=padding)
    response = httpx.post(
        f"{server.url}legacy/",
        data=dict(wheel.form_fields()),
        files={"content": (wheel.filename, io.BytesIO(wheel.content))},
        headers={"Authorization": f"Bearer {server.token}"},
        trust_env=False,
        timeout=600,
    )
    assert response.status_code == 200, response.text


def download(server: RunningServer, name: str) -> int:
    """Download the one file of a project, compare its digest and return its size."""
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    [file] = server.get(f"simple/{name}/", headers=accept).json()["files"]
    digest, size = hashlib.sha256(), 0
    with httpx.stream("GET", server.url + file["url"].removeprefix("../../"), trust_env=False) as response:
        for chunk in response.iter_bytes():
            digest.update(chunk)
            size += len(chunk)
    assert digest.hexdigest() == file["hashes"]["sha256"]
    return size
