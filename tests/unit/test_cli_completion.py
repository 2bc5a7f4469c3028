"""Shells complete commands and options by the script that ``pypi-cli completion`` prints."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from pypi_app.cli.application import NAMES
from pypi_app.cli.running import run

# What bash does when the tabulator key is pressed behind the last word.
_PRESS_TAB = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
_pypi_cli pypi-cli "${@: -1}"
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("completion")
    return {shell: folder / shell for shell in ("bash", "zsh", "fish")}


@pytest.fixture
def script(
    scripts: dict[str, Path], request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> Path:
    path = scripts[request.param]
    if not path.exists():
        assert run(["completion", request.param]) == 0
        path.write_text(capsys.readouterr().out)
    return path


@pytest.mark.parametrize("script", ["bash"], indirect=True)
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("upl", ["upload", "upload-docs", "upload-metadata"]),
        ("project arch", ["archive"]),
        ("upload --skip-e", ["--skip-existing"]),
        ("--json upload --skip-e", ["--skip-existing"]),
        ("upload --token", ["--token-file"]),
        ("search --sort r", ["relevance"]),
        ("completion z", ["zsh"]),
        ("nothing", [""]),
    ],
)
def test_bash_completes_what_was_begun(script: Path, typed: str, completed: list[str]) -> None:
    words = ["pypi-cli", *shlex.split(typed)]

    pressed = subprocess.run(
        ["bash", "-c", _PRESS_TAB, "bash", str(script), *words], capture_output=True, text=True, check=True
    )

    assert sorted(pressed.stdout.splitlines()) == completed


@pytest.mark.parametrize("script", ["bash", "zsh", "fish"], indirect=True)
def test_every_command_can_be_completed(script: Path) -> None:
    content = script.read_text()

    assert [each for each in NAMES - {"register"} if each not in content] == []


def test_an_unknown_shell_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 2
    assert 'Choose from: "bash", "zsh", "fish".' in capsys.readouterr().err
