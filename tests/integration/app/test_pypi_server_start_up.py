"""What ``pypi-server`` loads before it answers; ``benchmarks/start_up.py`` measures how long that takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pypi_core
from pypi_app.server_command.application import PROGRAM

TOOL = (str(Path(sys.executable).with_name("pypi-server")),)
MODULE = (sys.executable, "-m", "pypi_app.server_command")
OWN = {"pypi_app", "pypi_core", "pypi_terminal"}
OF_THE_SERVER = {
    "alembic",
    "argon2",
    "dependency_injector",
    "jinja2",
    "litestar",
    "pypi_sql",
    "sqlalchemy",
    "uvicorn",
}


def imported(*command: str) -> set[str]:
    """Return the packages that a Python command loads."""
    outcome = subprocess.run(
        [command[0], "-X", "importtime", *command[1:]], capture_output=True, text=True, check=True
    )
    modules = {line.rpartition("|")[2].strip() for line in outcome.stderr.splitlines()}
    return {each.partition(".")[0] for each in modules} - sys.stdlib_module_names


@pytest.fixture(scope="module")
def of_python() -> set[str]:
    # What dataclasses tries to load is not of this Python.
    return imported(sys.executable, "-c", "import dataclasses")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], []], ids=" ".join)
def test_version_and_help_load_only_our_own_packages(of_python: set[str], arguments: list[str]) -> None:
    assert imported(*MODULE, *arguments) - of_python <= OWN


def test_help_of_all_commands_together_loads_no_framework_and_no_database() -> None:
    helps = [[*name.split(), "--help"] for name in (*PROGRAM.commands, *PROGRAM.groups)]
    run_all = f"from pypi_app.server_command.running import run\nfor each in {helps}: assert run(each) == 0"

    packages = imported(sys.executable, "-c", run_all)

    assert "cyclopts" in packages
    assert packages.isdisjoint(OF_THE_SERVER)


@pytest.mark.parametrize("command", [TOOL, MODULE], ids=["script", "module"])
def test_both_ways_to_start_it_are_the_same(command: tuple[str, ...]) -> None:
    outcome = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)

    assert (outcome.stdout, outcome.stderr) == (f"{pypi_core.__version__}\n", "")


def test_the_worker_has_help_and_a_version_too() -> None:
    worker = str(Path(sys.executable).with_name("pypi-worker"))

    help_ = subprocess.run([worker, "--help"], capture_output=True, text=True, check=True)
    version = subprocess.run([worker, "--version"], capture_output=True, text=True, check=True)

    assert help_.stdout.startswith("Usage: pypi-server work")
    assert version.stdout == f"{pypi_core.__version__}\n"


def test_help_can_be_asked_for_in_front_of_a_command() -> None:
    asked = [[*MODULE, "help", "token", "create"], [*MODULE, "token", "create", "--help"]]

    first, second = (
        subprocess.run(each, capture_output=True, text=True, check=True).stdout for each in asked
    )

    assert first == second
    assert first.startswith("Usage: pypi-server token create")
