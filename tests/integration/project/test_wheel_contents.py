"""The wheel and the sdist hold what users get: every import package, typed, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

import pypi_core

ROOT = Path(__file__).parents[3]

FOLDERS = ("adapters", "client", "entrypoints", "protocol")
PACKAGES = [
    ROOT / "pypi_core",
    *(path.parent for folder in FOLDERS for path in (ROOT / folder).rglob("py.typed")),
]
IMPORT_PACKAGES = {path.name for path in PACKAGES}
DIST_INFO = f"pypi_core-{pypi_core.__version__}.dist-info"


class Built(NamedTuple):
    """What is in the archives of one build."""

    names: set[str]
    metadata: Message
    entry_points: str
    sdist_names: set[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("dist")
    # From the sdist, as an installer without a wheel would: what the sdist lacks is missing in the wheel.
    subprocess.run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    with ZipFile(wheel) as archive, tarfile.open(sdist) as source:
        return Built(
            names=set(archive.namelist()),
            metadata=BytesParser().parsebytes(archive.read(f"{DIST_INFO}/METADATA")),
            entry_points=archive.read(f"{DIST_INFO}/entry_points.txt").decode(),
            sdist_names={name.partition("/")[2] for name in source.getnames()},
        )


def requirements_of(extra: str, metadata: Message) -> set[str]:
    """Return the names an extra adds to the core's dependencies."""
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    return {
        one.name
        for one in requirements
        if one.marker and one.marker.evaluate({"extra": extra}) and not one.marker.evaluate({"extra": ""})
    }


def test_the_top_level_names_are_the_import_packages(built: Built) -> None:
    assert {name.partition("/")[0] for name in built.names} == IMPORT_PACKAGES | {DIST_INFO}


@pytest.mark.parametrize("package", sorted(IMPORT_PACKAGES))
def test_every_package_is_importable_and_typed(built: Built, package: str) -> None:
    assert {f"{package}/__init__.py", f"{package}/py.typed"} <= built.names


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_of_packages_is_not_a_package_itself(folder: str) -> None:
    roots = [path for path in PACKAGES if path.is_relative_to(ROOT / folder)]
    above = {parent for root in roots for parent in root.parents if parent.is_relative_to(ROOT / folder)}

    assert roots
    assert not [path for path in above if (path / "__init__.py").exists()]


def test_all_of_a_package_is_in_the_wheel(built: Built) -> None:
    files = {
        path.relative_to(package.parent).as_posix()
        for package in PACKAGES
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }

    assert not files - built.names


def test_the_core_depends_on_three_packages_alone(built: Built) -> None:
    requirements = [Requirement(line) for line in built.metadata.get_all("Requires-Dist", [])]

    assert {one.name for one in requirements if one.marker is None} == {
        "msgspec",
        "packaging",
        "trove-classifiers",
    }


def test_the_extras_are_those_the_documentation_names(built: Built) -> None:
    assert set(built.metadata.get_all("Provides-Extra", [])) == {
        "all",
        "cli",
        "client",
        "conformance",
        "keyring",
        "opensearch",
        "postgres",
        "public",
        "s3",
        "server",
        "traces",
    }
    assert requirements_of("conformance", built.metadata) == {"httpx", "pytest", "truststore"}
    assert requirements_of("client", built.metadata) == {"httpx", "truststore"}
    assert "litestar" in requirements_of("server", built.metadata)
    assert "litestar" not in requirements_of("cli", built.metadata) | requirements_of(
        "client", built.metadata
    )


def test_every_requirement_has_an_upper_bound(built: Built) -> None:
    requirements = [Requirement(line) for line in built.metadata.get_all("Requires-Dist", [])]

    assert not [str(one) for one in requirements if one.name != "pypi-core" and "<" not in str(one.specifier)]


def test_the_commands_are_installed(built: Built) -> None:
    commands = {line.partition(" ")[0] for line in built.entry_points.splitlines() if " = " in line}

    assert commands == {"pypi-cli", "pypi-server", "pypi-worker"}


def test_the_metadata_names_licence_and_python(built: Built) -> None:
    assert built.metadata["License-Expression"] == "MIT"
    assert built.metadata["Requires-Python"] == ">=3.11"
    assert f"{DIST_INFO}/licenses/LICENSE" in built.names


def test_the_sdist_holds_the_sources_and_nothing_private(built: Built) -> None:
    assert {"pyproject.toml", "Makefile", "LICENSE", "README.md", "tests/conftest.py"} <= built.sdist_names
    assert not [name for name in built.sdist_names if name.startswith((".venv", ".git/", "data/", "dist/"))]


@pytest.mark.parametrize("lock", ["dev.txt", "server.txt"])
def test_the_locks_satisfy_the_project(lock: str) -> None:
    pins = locked_versions(ROOT / "requirements" / lock)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    needed = [*project["project"]["dependencies"], *extras["client"], *extras["cli"], *extras["server"]]
    needed += project["dependency-groups"]["build"]
    if lock == "dev.txt":
        needed += [line for line in project["dependency-groups"]["dev"] if isinstance(line, str)]
        needed += extras["public"]

    for one in map(Requirement, needed):
        if one.name != project["project"]["name"]:
            assert pins[one.name] in one.specifier, f"{one} is not met by {lock}: run make lock"


def test_the_lock_of_the_documentation_satisfies_the_project() -> None:
    pins = locked_versions(ROOT / "requirements" / "docs.txt")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = project["project"]["optional-dependencies"]["client"]
    needed += [line for line in project["dependency-groups"]["docs"] if isinstance(line, str)]

    for one in map(Requirement, needed):
        assert pins[one.name] in one.specifier, f"{one} is not met by docs.txt: run make lock"


def test_the_server_lock_is_part_of_the_development_lock() -> None:
    tested = locked_versions(ROOT / "requirements" / "dev.txt")

    assert locked_versions(ROOT / "requirements" / "server.txt").items() <= tested.items()


def locked_versions(lock: Path) -> dict[str, str]:
    """Return the version a lock file pins for every name in it."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    pins = [line.partition(" ")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))]
    return {name: version for name, _, version in (pin.partition("==") for pin in pins)}
