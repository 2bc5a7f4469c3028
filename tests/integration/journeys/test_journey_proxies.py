"""devpi-server and proxpi as they are, in front of our server: what is installed through them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from foreign_servers import DEVPI, devpi_session, free_port, running, running_devpi
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel

if TYPE_CHECKING:
    from foreign_tools import ForeignTools
    from running_server import RunningServer, StartServer
    from tool_client import Client

pytestmark = pytest.mark.foreign

Publish = Callable[..., None]

WHEEL = build_wheel("Proxied.Sample", "1.0", requires_python=">=3.9", requires_dist=["needed>=2"])
SDIST = build_sdist("Proxied.Sample", "1.0", requires_dist=["needed>=2"])
# Its file name has to be escaped in addresses.
EPOCH = build_wheel("needed", "1!0.5")
NEEDED = build_wheel("needed", "2.0")
NEWER = build_wheel("Proxied.Sample", "2.0")

JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}


@pytest.fixture
def origin(start_server: StartServer) -> RunningServer:
    """Return a server that logs every request."""
    return start_server("--access-log", "--no-worker")


@pytest.fixture
def publish(origin: RunningServer, client: Client, save: Callable[..., list[Path]]) -> Publish:
    def upload(*distributions: BuiltDistribution) -> None:
        client.twine_upload(origin, save(*distributions))

    upload(WHEEL, SDIST, EPOCH, NEEDED)
    return upload


def change(client: Client, origin: RunningServer, *command: str) -> None:
    client.run("pypi-server", "project", *command, "--data", origin.data)


class Proxy:
    """Somebody else's server in front of ours; *index* is the address of its simple pages."""

    def __init__(self, index: str, origin: RunningServer) -> None:
        self.index = index
        self._origin = origin

    def get(self, path: str) -> httpx.Response:
        """Ask it for JSON."""
        return httpx.get(self.index + path, headers=JSON, trust_env=False, timeout=60)

    def files(self, project: str) -> dict[str, dict[str, Any]]:
        """Return what its page of a project says of each file."""
        return {each["filename"]: each for each in self.get(f"{project}/").json()["files"]}

    def asking(self) -> Callable[[], list[tuple[str, int]]]:
        """Return a function that tells what the origin was asked for since, with the status it answered."""
        before = len(self._origin.log)
        pattern = re.compile(r'\\"[A-Z]+ (\S+) HTTP/[\d.]+\\" (\d+)')
        return lambda: [(path, int(status)) for path, status in pattern.findall(self._origin.log[before:])]

    def install(self, client: Client, *requirements: str) -> Path:
        """Install with pip from it alone and return the folder of what was installed."""
        environment = client.new_environment(f"consumer-{time.monotonic_ns()}")
        client.run(
            "python", "-m", "pip", "--python", environment / "bin" / "python", "install",
            "--no-cache-dir", "--index-url", self.index, *requirements,
        )  # fmt: skip
        [packages] = environment.glob("lib/*/site-packages")
        return packages


@pytest.fixture
def proxpi(
    foreign_tools: ForeignTools, client: Client, origin: RunningServer, tmp_path: Path
) -> Iterator[Proxy]:
    """Return a proxpi that asks the origin for every page again."""
    tool = client.using(foreign_tools.environment("proxpi==1.3.1"))
    port = free_port()
    with running(
        tool, port, tmp_path / "proxpi.log",
        "flask", "--app", "proxpi.server", "run", "--host", "127.0.0.1", "--port", port,
        PROXPI_INDEX_URL=f"{origin.url}simple/", PROXPI_INDEX_TTL="0",
    ):  # fmt: skip
        yield Proxy(f"http://127.0.0.1:{port}/index/", origin)


@pytest.fixture
def devpi(
    foreign_tools: ForeignTools, client: Client, origin: RunningServer, tmp_path: Path
) -> Iterator[Proxy]:
    """Return a devpi-server whose index root/mirror asks the origin for every page again."""
    tool = client.using(foreign_tools.environment(DEVPI))
    with running_devpi(tool, tmp_path / "devpi") as url:
        create_mirror_index(url, f"{origin.url}simple/")
        yield Proxy(f"{url}/root/mirror/+simple/", origin)


def create_mirror_index(devpi: str, mirrored: str) -> None:
    """Do what ``devpi index --create root/mirror type=mirror`` does."""
    with devpi_session(devpi, "root") as session:
        created = session.put(
            "/root/mirror",
            json={
                "type": "mirror",
                "mirror_url": mirrored,
                "mirror_cache_expiry": 0,
                # Told that the list did not change, it takes every project for unknown that
                # it has not fetched before; its authors' way around is to do without the list.
                "mirror_no_project_list": True,
                "mirror_provides_core_metadata": True,
            },
        )
    assert created.status_code == 200, created.text


@pytest.fixture(params=["devpi", "proxpi"])
def proxy(request: pytest.FixtureRequest, publish: Publish) -> Proxy:
    """Return one of them, in front of a filled server."""
    proxy: Proxy = request.getfixturevalue(request.param)
    return proxy


def test_a_published_file_installs_through_it_at_once(
    proxy: Proxy, client: Client, publish: Publish, origin: RunningServer
) -> None:
    first = proxy.install(client, "proxied-sample")
    before = proxy.files("proxied-sample")
    publish(NEWER)
    change(client, origin, "yank", "proxied-sample", "1.0", "--reason", 'broken & "bad"')
    second = proxy.install(client, "proxied-sample")
    after = proxy.files("proxied-sample")

    # Dependencies are resolved through it too, and file names come back unescaped.
    assert {each.name for each in first.glob("*.dist-info")} == {
        "proxied_sample-1.0.dist-info", "needed-1!0.5.dist-info"
    }  # fmt: skip
    assert [each.name for each in second.glob("*.dist-info")] == ["proxied_sample-2.0.dist-info"]
    assert {name: each["hashes"]["sha256"] for name, each in before.items()} == digests(WHEEL, SDIST)
    assert {name: each["hashes"]["sha256"] for name, each in after.items()} == digests(WHEEL, SDIST, NEWER)
    assert not any(each.get("yanked") for each in before.values())
    assert {name: each.get("yanked") or False for name, each in after.items()} == {
        WHEEL.filename: 'broken & "bad"',
        SDIST.filename: 'broken & "bad"',
        NEWER.filename: False,
    }


def test_a_deleted_file_is_gone_through_it_at_once(
    proxy: Proxy, client: Client, origin: RunningServer
) -> None:
    before = proxy.files("proxied-sample")
    change(client, origin, "delete", "needed", "--yes")
    change(client, origin, "delete", "proxied-sample", "1.0", SDIST.filename, "--yes")

    assert {*before} == {WHEEL.filename, SDIST.filename}
    assert {*proxy.files("proxied-sample")} == {WHEEL.filename}
    # Of a project that it has fetched before, devpi keeps the files when it is gone.
    assert proxy.get("needed/").status_code == 404


def test_devpi_gets_304_for_an_unchanged_page(devpi: Proxy, publish: Publish) -> None:
    devpi.files("proxied-sample")
    asked = devpi.asking()
    devpi.files("proxied-sample")
    unchanged = asked()
    publish(NEWER)
    asked = devpi.asking()
    devpi.files("needed")
    devpi.files("proxied-sample")

    assert {status for _path, status in unchanged} == {304}
    assert ("/simple/proxied-sample/", 304) in unchanged
    # The list did change; a project that did not is not sent again.
    assert ("/simple/proxied-sample/", 200) in asked()
    assert ("/simple/needed/", 200) in asked()


def digests(*distributions: BuiltDistribution) -> dict[str, str]:
    return {each.filename: each.sha256 for each in distributions}
