"""Installing the locks into a new environment, whatever pip it has and whatever was released since."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pypi_core
from absence import leave_out
from install_locked import PROJECT, pins
from pypi_contracts.builders import build_wheel
from running_server import SCRIPTS, RunningServer, clean_environment

# Pinned by the locks; coverage with an extra that pip 23.2 looks up again.
NEWER = (("coverage", "99.0"), ("jinja2", "99.0"), ("uv", "99.0"))


@pytest.fixture(scope="module")
def newer_releases(shared_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of an index with newer releases of what is locked."""
    files = []
    for each in (build_wheel(name, version) for name, version in NEWER):
        files.append(tmp_path_factory.mktemp("dist") / each.filename)
        files[-1].write_bytes(each.content)
    _publish(shared_server, *files)
    return f"{shared_server.url}simple/"


@pytest.mark.foreign
@pytest.mark.parametrize("pip", ["22.3", "23.2", "24.0", "26.3"])
def test_both_locks_install_with_an_old_pip_beside_an_index_with_newer_releases(
    pip: str, newer_releases: str, tmp_path: Path
) -> None:
    folder = tmp_path / "environment"
    environment = clean_environment(tmp_path) | _certificates()
    _make_environment(folder, pip, environment)
    environment["PIP_EXTRA_INDEX_URL"] = newer_releases

    for mark in (".server", ".dev"):
        made = subprocess.run(
            ["make", f"VENV={folder}", f"{folder}/{mark}"],
            cwd=PROJECT, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert made.returncode == 0, f"{made.stdout}\n{made.stderr}"
        assert "uv cannot be installed" not in made.stdout

    assert _differences_from_the_lock(folder, environment) == []
    said = subprocess.run([folder / "bin" / "pypi-cli", "--version"], capture_output=True, text=True)
    assert said.returncode == 0


@pytest.mark.foreign
def test_pypi_cli_alone_installs_from_our_own_index(shared_server: RunningServer, tmp_path: Path) -> None:
    environment = clean_environment(tmp_path) | {
        "UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path / "dist"],
        cwd=PROJECT, check=True, capture_output=True,
    )  # fmt: skip
    _publish(shared_server, *(tmp_path / "dist").iterdir())

    installed = subprocess.run(
        [
            SCRIPTS / "uv", "tool", "install", "--python", sys.executable,
            "--index", f"{shared_server.url}simple/", "pypi-core[cli]",
        ],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    said = subprocess.run([tmp_path / "bin" / "pypi-cli", "--version"], capture_output=True, text=True)

    assert installed.returncode == 0, installed.stderr
    assert said.stdout.strip() == pypi_core.__version__
    packages = {each.name for each in (tmp_path / "tools").rglob("site-packages/*")}
    assert "cyclopts" in packages
    assert not {"litestar", "sqlalchemy", "uvicorn"} & packages


@pytest.mark.foreign
def test_the_locked_pip_installs_where_uv_has_no_wheel(tmp_path: Path) -> None:
    project = _copy_of_the_project(tmp_path / "project")
    installer = project / "requirements" / "installer.txt"
    # As on a platform for which uv has no wheel: none of its files has this hash.
    pip, uv = (pins(installer.read_text())[name] for name in ("pip", "uv"))
    installer.write_text(f"{pip}\n{uv.splitlines()[0]}\n    --hash=sha256:{'0' * 64}\n")
    folder = tmp_path / "environment"
    environment = clean_environment(tmp_path) | _certificates()
    _make_environment(folder, "23.2", environment)

    made = subprocess.run(
        ["make", f"VENV={folder}", f"{folder}/.dev"],
        cwd=project, env=environment, capture_output=True, text=True,
    )  # fmt: skip

    assert made.returncode == 0, f"{made.stdout}\n{made.stderr}"
    assert "uv cannot be installed here: pip installs instead" in made.stdout
    # Development has uv in its lock, whose hashes are right.
    assert _differences_from_the_lock(folder, environment) == []


def test_a_checkout_in_a_folder_with_spaces_and_other_letters_installs(tmp_path: Path) -> None:
    project = _copy_of_the_project(tmp_path / "sch\u00f6ne neue welt")
    (project / "tools" / "install_locked.py").write_text(
        "import pathlib, sys\nprint('installing', sys.argv[1], 'into', pathlib.Path(sys.prefix).name)\n"
    )

    made = subprocess.run(
        ["make", f"PYTHON={sys.executable}", "environment"],
        cwd=project, env=clean_environment(tmp_path) | {"LC_ALL": "C"}, capture_output=True, text=True,
    )  # fmt: skip

    assert made.returncode == 0, f"{made.stdout}\n{made.stderr}"
    assert "installing dev into .venv" in made.stdout
    assert (project / ".venv" / ".dev").exists()


@pytest.mark.parametrize(("in_ci", "code"), [({}, 0), ({"CI": "true"}, 2)])
def test_fuzzing_without_atheris_is_said_and_fails_in_ci_alone(
    in_ci: dict[str, str], code: int, tmp_path: Path
) -> None:
    scripts = tmp_path / "venv" / "bin"
    scripts.mkdir(parents=True)
    python = scripts / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)

    made = subprocess.run(
        ["make", f"VENV={scripts.parent}", "-o", f"{scripts.parent}/.dev", "fuzz"],
        cwd=PROJECT, env=clean_environment(tmp_path) | in_ci, capture_output=True, text=True,
    )  # fmt: skip

    assert made.returncode == code
    assert "NOTHING WAS FUZZED" in made.stderr


def _publish(server: RunningServer, *files: Path) -> None:
    address = ("--repository-url", f"{server.url}legacy/", "-u", "__token__", "-p", server.token)
    published = subprocess.run(
        [sys.executable, "-m", "twine", "upload", "--non-interactive", *address, *files],
        env=clean_environment(server.data.parent), capture_output=True, text=True,
    )  # fmt: skip
    assert published.returncode == 0, published.stdout


def _make_environment(folder: Path, pip: str, environment: dict[str, str]) -> None:
    """Make a virtual environment with this version of pip."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    outcome = subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "--quiet", f"pip=={pip}"],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    if outcome.returncode:
        leave_out(f"pip {pip} could not be installed from the public index: {outcome.stderr}")


def _certificates() -> dict[str, str]:
    """Return the certificates of this machine in pip's words, which the tests otherwise keep away."""
    given = {"PIP_CERT": "PIP_CERT", "SSL_CERT_FILE": "PIP_CERT"}
    return {ours: os.environ[theirs] for theirs, ours in given.items() if theirs in os.environ}


def _differences_from_the_lock(folder: Path, environment: dict[str, str]) -> list[str]:
    """Return what is installed in another version than the one in the lock of development."""
    frozen = subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "list", "--format=freeze"],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    pinned = pins((PROJECT / "requirements" / "dev.txt").read_text())
    locked = {name.replace("_", "-").lower(): entry.split()[0] for name, entry in pinned.items()}
    installed = (line.partition("==") for line in frozen)
    return [
        f"{name} {version}"
        for name, _, version in installed
        if (pin := locked.get(name.replace("_", "-").lower())) and pin.partition("==")[2] != version
    ]


def _copy_of_the_project(folder: Path) -> Path:
    """Copy what is under version control."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0")[:-1]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, folder / name)
    return folder
