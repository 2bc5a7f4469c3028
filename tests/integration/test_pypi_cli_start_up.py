"""How much ``pypi-cli`` does before it answers: compared with what a Python process costs in the same run."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import pypi_core

TOOL = (str(Path(sys.executable).with_name("pypi-cli")),)
MODULE = (sys.executable, "-m", "pypi_app.cli")
NOTHING = (sys.executable, "-c", "pass")
EMPTY_APP = (sys.executable, "-c", "from cyclopts import App; App(name='empty', help='Empty.')(['--help'])")
ROUNDS = 7


def processor_seconds(command: tuple[str, ...]) -> float:
    """Run a command and return how long it kept a processor busy, which waiting for one does not change."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_utime + used.ru_stime


def medians(*commands: tuple[str, ...]) -> list[float]:
    """Return how long commands take that are run in turns."""
    rounds = [[processor_seconds(each) for each in commands] for _ in range(ROUNDS)]
    return [statistics.median(each) for each in zip(*rounds, strict=True)]


def imported(*arguments: str) -> set[str]:
    """Return the packages that a command line loads."""
    outcome = subprocess.run(
        [MODULE[0], "-X", "importtime", *MODULE[1:], *arguments], capture_output=True, text=True, check=True
    )
    modules = {line.rpartition("|")[2].strip() for line in outcome.stderr.splitlines()}
    return {each.partition(".")[0] for each in modules}


def test_the_version_costs_at_most_two_processes_and_60_milliseconds() -> None:
    version, nothing = medians((*TOOL, "--version"), NOTHING)

    assert version <= 2 * nothing + 0.060


def test_help_costs_at_most_a_quarter_more_than_that_of_an_empty_app() -> None:
    listing, empty = medians((*TOOL, "--help"), EMPTY_APP)

    assert listing <= 1.25 * empty


def test_the_version_loads_nothing_of_others() -> None:
    assert imported("--version").isdisjoint(
        {"cyclopts", "httpx", "msgspec", "packaging", "resolvelib", "rich"}
    )


@pytest.mark.parametrize("arguments", ["--help", "", "info --help", "download --help", "upload --help"])
def test_help_loads_nothing_that_asks_an_index_or_chooses(arguments: str) -> None:
    packages = imported(*arguments.split())

    assert "cyclopts" in packages
    assert packages.isdisjoint({"httpx", "keyring", "packaging", "pypi_api_client", "resolvelib"})


@pytest.mark.parametrize("command", [TOOL, MODULE], ids=["script", "module"])
def test_both_ways_to_start_it_are_the_same(command: tuple[str, ...]) -> None:
    outcome = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)

    assert (outcome.stdout, outcome.stderr) == (f"{pypi_core.__version__}\n", "")


def test_a_module_that_is_run_is_named_as_the_tool() -> None:
    outcome = subprocess.run([*MODULE, "dowload"], capture_output=True, text=True)

    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith('pypi-cli: Unknown command "dowload". Did you mean "download"?')
