"""A cache made from a real index, carried away, and installed from with no network."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pypi_contracts.builders import build_wheel

if TYPE_CHECKING:
    from running_server import RunningServer
    from tool_client import Client

Save = Callable[..., list[Path]]
# Whoever asks for anything over HTTP asks there, where nobody answers.
NOWHERE = "http://127.0.0.1:9"


class Carried(NamedTuple):
    """A cache on a machine that reaches no index."""

    folder: Path
    client: Client

    @property
    def simple(self) -> str:
        """The URL of its Simple API."""
        return f"{self.folder.as_uri()}/simple/"

    def offline(self, tool: str, *arguments: object) -> None:
        """Run a tool where there is no network."""
        self.client.run(tool, *arguments, http_proxy=NOWHERE, https_proxy=NOWHERE)

    def installed(self, environment: Path) -> list[str]:
        """Return what was installed, by pip."""
        python = environment / "bin" / "python"
        listed = self.client.run("python", "-m", "pip", "--python", python, "freeze", "--all")
        return sorted(
            line for line in listed.stdout.splitlines() if not line.startswith(("pip", "setuptools"))
        )


@pytest.fixture(scope="module")
def wheelhouse(shared_server: RunningServer, shared_client: Client) -> Path:
    """Publish, lock, make a cache from the lock file, stop the server."""
    client, index = shared_client, shared_server.url
    for each in (
        build_wheel(name="one", version="1.0", requires_dist=["two>=1"]),
        build_wheel(name="two", version="1.0"),
        build_wheel(name="two", version="1!1.1", requires_python=">=3.9"),
        build_wheel(name="three", version="1.0"),
    ):
        (client.home / each.filename).write_bytes(each.content)
    client.run("pypi-cli", "upload", "*.whl", PYPI_REPOSITORY=index, PYPI_TOKEN=shared_server.token)
    lock = _locked(client, shared_server)
    made = client.run("pypi-cli", "cache", "create", "house", "-r", lock, PYPI_REPOSITORY=index)
    assert made.stdout.count(": added") == 3
    shared_server.stop()
    return client.home / "house"


@pytest.fixture
def carried(wheelhouse: Path, client: Client, tmp_path: Path) -> Carried:
    """Return the cache on another machine."""
    return Carried(shutil.copytree(wheelhouse, tmp_path / "carried away"), client)


def _locked(client: Client, server: RunningServer) -> Path:
    """Return a lock file that uv wrote."""
    (client.home / "requirements.in").write_text("one\nthree\n")
    client.run(
        "uv", "pip", "compile", "--quiet", "--format", "pylock.toml", "--output-file", "pylock.toml",
        "--default-index", f"{server.url}simple/", "--no-cache", "requirements.in",
    )  # fmt: skip
    return client.home / "pylock.toml"


def test_pip_installs_by_its_pages(carried: Carried) -> None:
    environment = carried.client.new_environment("venv")

    carried.offline(
        "python", "-m", "pip", "--python", environment / "bin" / "python", "install", "--no-cache-dir",
        "--index-url", carried.simple, "one", "three",
    )  # fmt: skip

    assert carried.installed(environment) == ["one==1.0", "three==1.0", "two==1!1.1"]


def test_pip_installs_from_its_files(carried: Carried) -> None:
    environment = carried.client.new_environment("venv")

    carried.offline(
        "python", "-m", "pip", "--python", environment / "bin" / "python", "install", "--no-cache-dir",
        "--no-index", "--find-links", carried.folder / "files", "one",
    )  # fmt: skip

    assert carried.installed(environment) == ["one==1.0", "two==1!1.1"]


def test_uv_installs_by_its_pages(carried: Carried) -> None:
    environment = carried.client.new_environment("venv")

    carried.offline(
        "uv", "pip", "install", "--no-cache", "--python", environment / "bin" / "python",
        "--default-index", carried.simple, "one", "three",
    )  # fmt: skip

    assert carried.installed(environment) == ["one==1.0", "three==1.0", "two==1!1.1"]


def test_it_is_good_where_it_arrived(carried: Carried) -> None:
    assert carried.client.run("pypi-cli", "cache", "verify", carried.folder).stdout == "3 files, all good\n"
    [wheel] = carried.folder.glob("files/three*.whl")
    wheel.write_bytes(wheel.read_bytes()[:-1])
    broken = carried.client.run("pypi-cli", "cache", "verify", carried.folder, check=False)
    assert (broken.returncode, broken.stdout) == (1, "")
    assert f"files/{wheel.name}: other content" in broken.stderr


def test_it_is_served_to_others(carried: Carried, tmp_path: Path) -> None:
    environment = carried.client.new_environment("venv")
    python = environment / "bin" / "python"
    log = tmp_path / "serve.log"
    process = carried.client.start("pypi-cli", "cache", "serve", carried.folder, "--port", "0", log=log)
    try:
        url = _announced(log, process, r"is served at (\S+)")
        carried.client.run(
            "python", "-m", "pip", "--python", python, "install", "--no-cache-dir", "--index-url", url, "one"
        )
        carried.client.run(
            "uv", "pip", "install", "--no-cache", "--python", python, "--default-index", url, "three"
        )
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait()

    assert carried.installed(environment) == ["one==1.0", "three==1.0", "two==1!1.1"]
    assert code == 0, log.read_text()


@pytest.fixture
def any_web_server(carried: Carried, tmp_path: Path) -> Iterator[str]:
    """Serve the folder as any web server would: without negotiation, without ranges."""
    log = tmp_path / "http.log"
    process = carried.client.start(
        "python",
        "-u",
        "-m",
        "http.server",
        "--bind",
        "127.0.0.1",
        "--directory",
        carried.folder,
        "0",
        log=log,
    )
    yield _announced(log, process, r"\((http://\S+?/)\)")
    process.terminate()
    process.wait()


def test_any_web_server_will_do(carried: Carried, any_web_server: str) -> None:
    environment = carried.client.new_environment("venv")

    carried.client.run(
        "python", "-m", "pip", "--python", environment / "bin" / "python", "install", "--no-cache-dir",
        "--index-url", f"{any_web_server}simple/", "one",
    )  # fmt: skip

    assert carried.installed(environment) == ["one==1.0", "two==1!1.1"]


def test_a_cache_that_is_filled_while_killed_can_be_read_and_filled_further(
    server: RunningServer, client: Client, save: Save
) -> None:
    names = [f"sample{number:02}" for number in range(30)]
    files = save(*(build_wheel(name=each, version="1.0") for each in names))
    client.run(
        "pypi-cli", "upload", "--token-file", server.data / "owner-token", *files, PYPI_REPOSITORY=server.url
    )
    log = client.home / "create.log"
    process = client.start(
        "pypi-cli", "cache", "create", "house", *names, log=log, PYPI_REPOSITORY=server.url
    )
    stored = client.home / "house" / "files"
    while process.poll() is None and len(list(stored.glob("*.whl"))) < 3:
        time.sleep(0.001)
    process.kill()
    process.wait()

    client.run("pypi-cli", "cache", "list", "house")
    client.run("pypi-cli", "cache", "add", "house", *names, PYPI_REPOSITORY=server.url)
    client.run("pypi-cli", "cache", "clean", "house", "--yes")

    assert client.run("pypi-cli", "cache", "verify", "house").stdout == "30 files, all good\n"


def _announced(log: Path, process: subprocess.Popen[bytes], pattern: str) -> str:
    while not (found := re.search(pattern, log.read_text())):
        assert process.poll() is None, log.read_text()
        time.sleep(0.02)
    return found[1]
