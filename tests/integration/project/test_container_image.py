"""The image of the Dockerfile, built and run: what it may do, and that an index in it works."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from checkout import ROOT
from podman import PYTHON_IMAGE, Podman, podman
from pypi_contracts.builders import build_wheel
from service_programs import free_port

pytestmark = [pytest.mark.service, pytest.mark.nightly]

IMAGE = "localhost/pypi-core:test"
LOCKED_DOWN = (
    "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
)  # fmt: skip


@pytest.fixture(scope="module")
def tool() -> Iterator[Podman]:
    with podman() as tool:
        tool.import_python()
        # Packages come from where this machine takes them: the network and the certificates are its own.
        tool.run(
            "build", "--quiet", "--format", "docker", "--network", "host",
            "--volume", "/etc/ssl/certs:/etc/ssl/certs:ro", "--build-arg", f"PYTHON={PYTHON_IMAGE}",
            "--tag", IMAGE, str(ROOT),
        )  # fmt: skip
        yield tool


class Container:
    """An index in a container, locked down as the compose file does it."""

    def __init__(self, tool: Podman, name: str, volume: str) -> None:
        self.tool = tool
        self.name = name
        port = free_port()
        tool.run(
            "run", "--detach", "--name", name, *LOCKED_DOWN,
            "--volume", f"{volume}:/data", "--publish", f"127.0.0.1:{port}:8080", IMAGE,
        )  # fmt: skip
        self.url = f"http://127.0.0.1:{port}/"
        while True:
            try:
                if httpx.get(f"{self.url}health/ready").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            assert tool.run("inspect", "--format", "{{.State.Running}}", name) == "true", self.log()
            time.sleep(0.1)

    def log(self) -> str:
        return self.tool.run("logs", self.name)

    def run(self, *command: str) -> str:
        return self.tool.run("exec", self.name, *command)

    def stop(self) -> int:
        """Stop it as an orchestrator does, and return its exit code."""
        self.tool.run("stop", "--time", "45", self.name)
        return int(self.tool.run("inspect", "--format", "{{.State.ExitCode}}", self.name))


@pytest.fixture(scope="module")
def index(tool: Podman) -> Container:
    return Container(tool, "index", "rows")


def test_an_index_in_a_container_takes_and_gives_packages(index: Container, tmp_path: Path) -> None:
    built = build_wheel("boxed", "1.0")
    wheel = tmp_path / built.filename
    wheel.write_bytes(built.content)
    token = index.run("cat", "/data/owner-token")
    publishing = (
        "twine",
        "upload",
        "--repository-url",
        f"{index.url}legacy/",
        "-u",
        "__token__",
        "-p",
        token,
    )
    downloading = (
        "pip",
        "download",
        "--no-deps",
        "--index-url",
        f"{index.url}simple/",
        "--dest",
        str(tmp_path),
    )
    python(*publishing, str(wheel))
    wheel.unlink()
    python(*downloading, "boxed")
    assert wheel.read_bytes() == built.content


def python(*command: str) -> None:
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)


def test_a_container_runs_as_a_user_without_rights(index: Container) -> None:
    assert index.run("id", "-u") != "0"
    assert index.run("sh", "-c", "grep CapEff /proc/1/status").split()[1].strip("0") == ""


def test_a_container_writes_into_its_volume_alone(index: Container) -> None:
    refused = index.run("sh", "-c", "touch /opt/pypi/x /x 2>&1 || true")
    assert refused.count("Read-only file system") == 2
    assert index.run("ls", "/data/index.sqlite") == "/data/index.sqlite"


def test_a_health_check_asks_the_server(index: Container) -> None:
    index.tool.run("healthcheck", "run", index.name)


def test_a_stopped_container_ends_in_order_and_its_volume_keeps_the_index(tool: Podman) -> None:
    first = Container(tool, "first", "kept")
    token = first.run("cat", "/data/owner-token")
    assert first.stop() == 0
    second = Container(tool, "second", "kept")
    assert second.run("cat", "/data/owner-token") == token
    assert "first account was created" not in second.log()
    assert second.stop() == 0


def test_an_image_has_the_worker_and_the_tool_too(tool: Podman) -> None:
    for program in ("pypi-worker", "pypi-cli"):
        assert "Usage" in tool.run("run", "--rm", *LOCKED_DOWN, IMAGE, program, "--help")
