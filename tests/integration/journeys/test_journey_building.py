"""Downloading what depends on an sdist whose own code alone can say what it needs."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pypi_contracts.builders import build_sdist, build_wheel
from real_packages import PublicIndexUnreachable, pip_download

if TYPE_CHECKING:
    from running_server import RunningServer
    from tool_client import Client

Save = Callable[..., list[Path]]

pytestmark = pytest.mark.slow

TOP = build_wheel("top", "1.0", requires_dist=["computed"])
# Until metadata 2.2 what an sdist says of itself may change when it is built.
COMPUTED = build_sdist("computed", "1.0", requires_dist=["below"], metadata_version="2.1")
BELOW = build_wheel("below", "1.0")
WHOLE = {each.filename for each in (TOP, COMPUTED, BELOW)}


@pytest.fixture
def index(server: RunningServer, client: Client, save: Save) -> RunningServer:
    publish(server, client, save(TOP, COMPUTED, BELOW))
    return server


def publish(server: RunningServer, client: Client, files: list[Path]) -> None:
    client.run(
        "pypi-cli", "upload", "--index", server.url, "--token-file", server.data / "owner-token", *files
    )


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()} if folder.exists() else set()


def test_a_script_must_say_that_code_may_be_run(index: RunningServer, client: Client, tmp_path: Path) -> None:
    download = ("pypi-cli", "download", "--index", index.url, "--dest", tmp_path / "out", "top")

    refused = client.run(*download, check=False)
    client.run(*download, "--build")

    assert refused.returncode != 0
    assert "Only the code of computed-1.0.tar.gz can say what it depends on" in refused.stderr
    assert "--build" in refused.stderr
    assert "--no-deps" in refused.stderr
    assert names(tmp_path / "out") == WHOLE


@pytest.mark.parametrize(("answer", "stored"), [("y", WHOLE), ("", set())])
def test_a_person_at_a_terminal_is_asked(
    answer: str, stored: set[str], index: RunningServer, client: Client, tmp_path: Path
) -> None:
    words = ("download", "--index", index.url, "--dest", tmp_path / "out", "top")
    with client.on_terminal("pypi-cli", *words) as terminal:
        terminal.answer("Run it on this machine, and the code of other such sdists? [y/N]", answer)
        code = terminal.end()

    assert (code == 0) is bool(stored)
    assert names(tmp_path / "out") == stored


def test_a_cache_includes_dependencies_reported_by_the_build(
    index: RunningServer, client: Client, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    client.run("pypi-cli", "cache", "create", cache, "--index", index.url, "top", "--build")

    assert {each for each in names(cache / "files") if not each.endswith(".metadata")} == WHOLE


def test_a_private_index_is_asked_with_credentials(
    index: RunningServer, client: Client, tmp_path: Path
) -> None:
    subprocess.run(
        [
            sys.executable, "-m", "pypi_app.server_command", "index", "configure", "pypi",
            "--reading", "private", "--data", index.data,
        ],
        check=True, capture_output=True,
    )  # fmt: skip

    client.run(
        "pypi-cli", "download", "--index", index.url, "--token-file", index.data / "owner-token",
        "--dest", tmp_path / "out", "top", "--build",
    )  # fmt: skip

    assert names(tmp_path / "out") == WHOLE


@pytest.mark.foreign
def test_an_old_setup_py_is_asked_with_the_setuptools_of_the_same_index(
    server: RunningServer, client: Client, save: Save, tmp_path: Path
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    try:
        pip_download(tools, "--only-binary", ":all:", "setuptools==75.8.0", "wheel==0.45.1")
    except PublicIndexUnreachable as error:
        pytest.fail(f"setuptools cannot be had from the public index: {error}")
    publish(server, client, [*save(TOP, BELOW), old_sdist(tmp_path), *tools.iterdir()])

    client.run("pypi-cli", "download", "--index", server.url, "--dest", tmp_path / "out", "top", "--build")

    assert names(tmp_path / "out") == WHOLE


def old_sdist(folder: Path) -> Path:
    """Write an sdist as setuptools made them for years, whose dependencies are computed."""
    members = {
        "PKG-INFO": "Metadata-Version: 1.1\nName: computed\nVersion: 1.0\nSummary: UNKNOWN\n",
        "setup.py": (
            "import sys\nfrom setuptools import setup\n"
            "needs = ['below'] if sys.version_info >= (3,) else ['futures']\n"
            "setup(name='computed', version='1.0', py_modules=[], install_requires=needs)\n"
        ),
    }
    path = folder / "computed-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            member = tarfile.TarInfo(f"computed-1.0/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return path
