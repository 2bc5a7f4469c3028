"""
Real packages: downloaded from the public index, published to ours, installed from ours.

Where the public index cannot be reached, the same journey runs on built packages and a
warning says so.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from real_packages import RealFiles
    from running_server import RunningServer
    from tool_client import Client

pytestmark = pytest.mark.slow


def test_real_packages_are_published_and_installed_unchanged(
    server: RunningServer, client: Client, real_files: RealFiles, real_sdists: list[Path]
) -> None:
    assert len(real_files.wheels) >= 25
    assert len(real_sdists) == 10
    files = real_files.wheels + real_sdists
    client.twine_upload(server, files[::2])
    client.uv_publish(server, files[1::2])

    by_pip = client.new_environment("by-pip")
    client.pip_install(server, by_pip, "--no-compile", *real_files.requirements)
    by_uv = client.new_environment("by-uv")
    client.uv_install(server, by_uv, *real_files.requirements)

    for environment in (by_pip, by_uv):
        for wheel in real_files.wheels:
            assert_installed(wheel, environment)
    for sdist in real_sdists:
        assert_served(server, sdist)


def assert_installed(wheel: Path, environment: Path) -> None:
    """Compare each file of a wheel that lands in site-packages with what was installed."""
    [site_packages] = environment.glob("lib/*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            in_data = ".data/" in member.filename
            if member.is_dir() or in_data or member.filename.endswith(".dist-info/RECORD"):
                continue
            installed = (site_packages / member.filename).read_bytes()
            assert digest(installed) == digest(archive.read(member)), f"{wheel.name}: {member.filename}"


def assert_served(server: RunningServer, sdist: Path) -> None:
    name = sdist.name.rsplit("-", 1)[0].replace("_", "-")
    page = server.get(f"simple/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}).json()
    hashes = {each["filename"]: each["hashes"]["sha256"] for each in page["files"]}
    assert hashes[sdist.name] == digest(sdist.read_bytes())


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
