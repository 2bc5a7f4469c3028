"""
Real packages: downloaded from the public index, published to ours, installed from ours.

Where the public index cannot be reached, the same journey runs on built packages and a
warning says so.
"""

from __future__ import annotations

import hashlib
import sys
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pypi_core.testing.builders import build_sdist, build_wheel

if TYPE_CHECKING:
    from conftest import Client, RunningServer

ROOT = Path(__file__).parents[2]
CLOSURE = ROOT / "requirements" / "server.txt"
FEWEST_WHEELS = 25

# Pure Python, and built by a backend that needs nothing else.
SDISTS = (
    "certifi",
    "click",
    "h11",
    "idna",
    "itsdangerous",
    "markupsafe",
    "packaging",
    "pygments",
    "urllib3",
    "zipp",
)


class RealFiles:
    """What was downloaded: wheels that need nothing but each other, and sdists."""

    def __init__(self, wheels: list[Path], sdists: list[Path], requirements: list[str]) -> None:
        self.wheels = wheels
        self.sdists = sdists
        self.requirements = requirements


@pytest.fixture(scope="module")
def real_files(tmp_path_factory: pytest.TempPathFactory) -> RealFiles:
    folder = tmp_path_factory.mktemp("real")
    try:
        return downloaded(folder)
    except PublicIndexUnreachable as error:
        warnings.warn(
            f"the public index cannot be reached, the journey runs on built packages: {error}", stacklevel=1
        )
        return built(folder)


class PublicIndexUnreachable(Exception):
    """pip could not download what it was asked for."""


def downloaded(folder: Path) -> RealFiles:
    pip_download(folder / "wheels", "--only-binary", ":all:", "--require-hashes", "-r", str(CLOSURE))
    pip_download(folder / "sdists", "--no-binary", ":all:", "--no-deps", *SDISTS)
    wheels = sorted((folder / "wheels").glob("*.whl"))
    requirements = ["==".join(each.name.split("-")[:2]) for each in wheels]
    return RealFiles(wheels, sorted((folder / "sdists").glob("*.tar.gz")), requirements)


def pip_download(folder: Path, *arguments: str) -> None:
    import subprocess

    outcome = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder), *arguments],
        capture_output=True,
        text=True,
    )
    if outcome.returncode:
        raise PublicIndexUnreachable(outcome.stderr.strip().splitlines()[-1])


def built(folder: Path) -> RealFiles:
    names = [f"built-{number}" for number in range(FEWEST_WHEELS)]
    wheels, sdists = [], []
    for number, name in enumerate(names):
        wheel = build_wheel(name=name, version="1.0", requires_dist=names[number + 1 : number + 2])
        wheels.append(folder / wheel.filename)
        wheels[-1].write_bytes(wheel.content)
    for number in range(len(SDISTS)):
        sdist = build_sdist(name=f"source-{number}", version="1.0")
        sdists.append(folder / sdist.filename)
        sdists[-1].write_bytes(sdist.content)
    return RealFiles(wheels, sdists, names[:1])


def test_real_packages_are_published_and_installed_unchanged(
    server: RunningServer, client: Client, real_files: RealFiles
) -> None:
    assert len(real_files.wheels) >= FEWEST_WHEELS
    assert len(real_files.sdists) == len(SDISTS)
    files = real_files.wheels + real_files.sdists
    client.twine_upload(server, files[::2])
    client.uv_publish(server, files[1::2])

    by_pip = client.new_environment("by-pip")
    client.pip_install(server, by_pip, "--no-compile", *real_files.requirements)
    by_uv = client.new_environment("by-uv")
    client.uv_install(server, by_uv, *real_files.requirements)

    for environment in (by_pip, by_uv):
        for wheel in real_files.wheels:
            assert_installed(wheel, environment)
    for sdist in real_files.sdists:
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
