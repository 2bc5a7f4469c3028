"""
compose.yaml by podman-compose: published through nginx, installed while a server dies.

The images of others stand in a registry that is not always reached.  Here they are made of what this
machine has: the same programs behind the same names, ports and variables.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from checkout import ROOT
from foreign_tools import ForeignTools
from podman import PYTHON_IMAGE, Podman, podman
from pypi_contracts.builders import build_wheel
from service_programs import free_port, java, opensearch_jars, service_program

pytestmark = [pytest.mark.service, pytest.mark.nightly]

RECIPES = Path(__file__).parents[2] / "support" / "compose_images"
KEPT = ("postgres", "s3", "opensearch")
REPLACEABLE = ("server-1", "server-2", "worker-1", "worker-2", "nginx")
CONTAINERS = [f"pypi_{name}_1" for name in (*KEPT, *REPLACEABLE)]

Compose = Callable[..., str]


@pytest.fixture(scope="module")
def tool() -> Iterator[Podman]:
    with podman() as tool:
        tool.import_python()
        yield tool


def make_images(tool: Podman, folder: Path) -> None:
    shutil.copytree(RECIPES, folder)
    shutil.copy(service_program("versitygw"), folder / "s3")
    shutil.copytree(opensearch_jars(), folder / "opensearch" / "lib")
    shutil.copytree(java().parents[1], folder / "opensearch" / "jdk")
    for name in (*KEPT, "nginx"):
        tool.run(
            "build", "--quiet", "--network", "host", "--tag", f"localhost/{name}:test", str(folder / name)
        )
    tool.run(
        "build", "--quiet", "--format", "docker", "--network", "host",
        "--volume", "/etc/ssl/certs:/etc/ssl/certs:ro", "--build-arg", f"PYTHON={PYTHON_IMAGE}",
        "--tag", "localhost/pypi-core:test", str(ROOT),
    )  # fmt: skip


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def compose(
    tool: Podman, port: int, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Compose]:
    """Return ``podman-compose`` on a copy of the project's file with the images made here."""
    folder = tmp_path_factory.mktemp("compose")
    make_images(tool, folder / "images")
    shutil.copy(ROOT / "compose.yaml", folder)
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    images = {f"{name.upper()}_IMAGE": f"localhost/{name}:test" for name in (*KEPT, "nginx")}
    settings = {
        **images, "PYPI_IMAGE": "localhost/pypi-core:test", "PORT": str(port),
        "DATABASE_PASSWORD": "secret1", "S3_SECRET_KEY": "secret2",
    }  # fmt: skip
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    environment: Path = ForeignTools(request.config.cache).environment("podman-compose==1.6.0")

    def run(*command: str) -> str:
        wrapped = [
            str(environment / "bin" / "podman-compose"),
            "--podman-path",
            str(tool.wrapper()),
            *command,
        ]
        done = subprocess.run(wrapped, cwd=folder, env=os.environ, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    # What waits for the state of health needs systemd: the order is kept by hand.
    run("up", "--detach", "--no-build", *KEPT)
    yield run
    run("down", "--volumes")


def wait_until(is_so: Callable[[], bool], tool: Podman) -> None:
    until = time.monotonic() + 300
    while not is_so():
        assert time.monotonic() < until, tool.run("logs", "--names", "--tail", "5", *CONTAINERS)
        time.sleep(0.5)


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}health/ready").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def is_accepting(tool: Podman) -> bool:
    return "accepting" in tool.run("exec", "pypi_postgres_1", "sh", "-c", "pg_isready -h 127.0.0.1 || true")


def test_an_index_of_containers_goes_on_while_a_server_dies(
    compose: Compose, tool: Podman, port: int, tmp_path: Path
) -> None:
    wait_until(lambda: is_accepting(tool), tool)
    compose("run", "-T", "--no-deps", "--rm", "migrate")
    token = compose("run", "-T", "--no-deps", "--rm", "migrate", "cat", "/data/owner-token").split()[-1]
    compose("up", "--detach", "--no-build", "--no-deps", *REPLACEABLE)
    url = f"http://127.0.0.1:{port}/"
    wait_until(lambda: is_ready(url), tool)
    built = build_wheel("boxed", "1.0")
    wheel = tmp_path / built.filename
    wheel.write_bytes(built.content)

    python("twine", "upload", "--repository-url", f"{url}legacy/", "-u", "__token__", "-p", token, str(wheel))
    wheel.unlink()
    tool.run("kill", "--signal", "KILL", "pypi_server-1_1")
    statuses = {httpx.get(f"{url}simple/boxed/").status_code for _ in range(50)}
    python("pip", "download", "--no-deps", "--index-url", f"{url}simple/", "-d", str(tmp_path), "boxed")

    assert statuses == {httpx.codes.OK}
    assert wheel.read_bytes() == built.content
    # The workers have told OpenSearch.
    wait_until(lambda: "boxed" in httpx.get(f"{url}search/", params={"q": "boxed"}).text, tool)


def python(*command: str) -> None:
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
