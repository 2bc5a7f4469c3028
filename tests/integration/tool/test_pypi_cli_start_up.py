"""What ``pypi-cli`` loads before it answers; ``benchmarks/start_up.py`` measures how long that takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pypi_core

TOOL = (str(Path(sys.executable).with_name("pypi-cli")),)
MODULE = (sys.executable, "-m", "pypi_tool")
NOTHING = (sys.executable, "-c", "pass")
EMPTY_APP = (sys.executable, "-c", "from cyclopts import App; App(name='empty', help='Empty.')(['--help'])")
OWN = {"pypi_core", "pypi_terminal", "pypi_tool"}


def imported(*command: str) -> set[str]:
    """Return the packages that a Python command loads."""
    outcome = subprocess.run(
        [command[0], "-X", "importtime", *command[1:]], capture_output=True, text=True, check=True
    )
    modules = {line.rpartition("|")[2].strip() for line in outcome.stderr.splitlines()}
    return {each.partition(".")[0] for each in modules} - sys.stdlib_module_names


def test_version_loads_only_our_own_packages() -> None:
    assert imported(*MODULE, "--version") - imported(*NOTHING) == OWN


def test_help_loads_only_our_own_packages_and_the_parser() -> None:
    assert imported(*MODULE, "--help") - imported(*EMPTY_APP) == OWN


@pytest.mark.parametrize("arguments", ["--help", "", "info --help", "download --help", "upload --help"])
def test_help_loads_neither_the_client_nor_the_resolver(arguments: str) -> None:
    packages = imported(*MODULE, *arguments.split())

    assert "cyclopts" in packages
    assert packages.isdisjoint({"httpx", "keyring", "packaging", "pypi_api_client", "resolvelib"})


@pytest.mark.parametrize("command", [TOOL, MODULE], ids=["script", "module"])
def test_both_ways_to_start_it_are_the_same(command: tuple[str, ...]) -> None:
    outcome = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)

    assert (outcome.stdout, outcome.stderr) == (f"{pypi_core.__version__}\n", "")


def test_a_module_that_is_run_is_named_as_the_tool() -> None:
    outcome = subprocess.run([*MODULE, "dowload"], capture_output=True, text=True)

    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith('pypi-cli: Unknown command "dowload". Did you mean download?')
