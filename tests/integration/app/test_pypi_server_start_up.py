"""What ``pypi-server`` loads before it answers; ``benchmarks/start_up.py`` measures how long that takes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

import pypi_core
from pypi_app.server_command.application import build_application
from pypi_app.server_command.commands import COMMANDS
from pypi_app.server_command.listing import list_of_commands

TOOL = (str(Path(sys.executable).with_name("pypi-server")),)
MODULE = (sys.executable, "-m", "pypi_app.server_command")
OWN = {"pypi_app", "pypi_core"}
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


def commands(app: App, *path: str) -> Iterator[tuple[str, ...]]:
    yield path
    for name in app:
        if not name.startswith("-") and app[name].show:
            yield from commands(app[name], *path, name)


@pytest.fixture(scope="module")
def of_python() -> set[str]:
    return imported(sys.executable, "-c", "pass")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], []], ids=" ".join)
def test_version_and_help_load_nothing_but_their_own_packages(
    of_python: set[str], arguments: list[str]
) -> None:
    assert imported(*MODULE, *arguments) - of_python <= OWN


def test_help_of_all_commands_together_loads_no_framework_and_no_database() -> None:
    helps = [[*words, "--help"] for words in commands(build_application()) if words]
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


def test_the_list_of_commands_says_what_the_help_of_each_begins_with() -> None:
    application = build_application()

    for command in COMMANDS:
        assert f"  {command.names[0]} " in list_of_commands()
        assert command.summary.startswith(application[command.names[0]].help.partition("\n")[0].strip()[:30])


@pytest.mark.parametrize("columns", ["50", "80", "200"])
def test_the_list_of_commands_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    assert max(map(len, list_of_commands().splitlines())) <= int(columns)
