"""A disk that fills up: uploads are refused in a sentence, and reading goes on."""

from __future__ import annotations

import errno
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from absence import leave_out
from pypi_contracts.builders import BuiltDistribution, build_wheel

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer

pytestmark = pytest.mark.slow

MEBIBYTE = 1024 * 1024
NEARLY_FULL = {"PYPI_HEALTH__DISK_FREE": str(2 * MEBIBYTE)}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder with a file system of 8 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        leave_out("Only root can mount a small file system here.")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(params=["everything", "stored files"])
def server(request: pytest.FixtureRequest, start_server: StartServer, disk: Path) -> RunningServer:
    """Return a server that has everything, or only its stored files, on the small disk."""
    if request.param == "everything":
        return start_server(data=disk / "data", environment=NEARLY_FULL)
    return start_server(
        environment={
            **NEARLY_FULL,
            "PYPI_BLOBS__KIND": "local",
            "PYPI_BLOBS__FOLDER": str(disk / "data" / "blobs"),
        }
    )


def upload(server: RunningServer, wheel: BuiltDistribution) -> httpx.Response:
    return httpx.post(
        f"{server.url}legacy/",
        data=dict(wheel.form_fields()),
        files={"content": (wheel.filename, wheel.content)},
        headers={"Authorization": f"Bearer {server.token}"},
        trust_env=False,
        timeout=60,
    )


def fill(file: Path) -> None:
    """Write into *file* until nothing more fits on its disk."""
    with file.open("wb", buffering=0) as stream:
        for size in (65536, 4096, 1):
            try:
                while True:
                    stream.write(b"\0" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC


def staged(disk: Path) -> list[str]:
    return [each.name for each in (disk / "data" / "blobs" / "staging").iterdir()]


def eventually_told(server: RunningServer) -> httpx.Response:
    """Return what readiness says as soon as it names something missing."""
    while True:
        told = server.get("health/ready", headers={"Accept": "application/json"})
        if told.json()["missing"]:
            return told
        time.sleep(0.1)


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    assert "room" in answer.text
    assert answer.text.strip() == answer.reason_phrase
    assert "retry-after" in answer.headers


def test_a_full_disk_refuses_uploads_and_serves_on(server: RunningServer, disk: Path) -> None:
    before, during = build_wheel("before", "1.0"), build_wheel("during", "1.0", padding=300_000)
    assert upload(server, before).status_code == 200
    assert server.get("health/ready").text == "ready"

    fill(disk / "filler")
    assert_refused(upload(server, during))

    assert staged(disk) == []
    assert server.get("simple/during/").status_code == 404
    page = server.get("simple/before/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    (file,) = page.json()["files"]
    assert httpx.get(httpx.URL(str(page.url)).join(file["url"]), trust_env=False).content == before.content
    # A look at the disks is kept for a second.
    told = eventually_told(server)
    (missing,) = told.json()["missing"]
    assert (told.status_code, told.json()["status"], missing["part"]) == (200, "degraded", "disk")
    assert f"The disk of {disk}" in missing["sentence"]

    # No hands needed but those that make room.
    (disk / "filler").unlink()
    assert upload(server, during).status_code == 200
    assert server.get("simple/during/").status_code == 200
    assert server.get("health/live").text == "alive"
    assert "Traceback" not in server.log


def test_an_upload_that_fills_the_disk_leaves_nothing(server: RunningServer, disk: Path) -> None:
    too_large = build_wheel("large", "1.0", padding=12 * MEBIBYTE)

    for _ in range(3):
        assert_refused(upload(server, too_large))
        assert staged(disk) == []

    assert server.get("simple/large/").status_code == 404
    assert upload(server, build_wheel("small", "1.0")).status_code == 200
    assert "Traceback" not in server.log
