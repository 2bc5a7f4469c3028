"""Shells complete commands and options by the script that ``pypi-cli completion`` prints."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pypi_tool.application import PROGRAM
from pypi_tool.completing import candidates
from pypi_tool.running import run

# What bash does when the tabulator key is pressed behind the last word.
_PRESS_TAB = """
PATH="$1:$PATH"; shift
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
_pypi_cli pypi-cli "${@: -1}"
printf '%s\n' "${COMPREPLY[@]}"
"""


BIN = str(Path(sys.executable).parent)
CONFIGURATION = """
[indexes.work]
url = "https://index.example/"

[indexes."other.example"]
url = "https://other.example/"
"""


@pytest.fixture(autouse=True)
def _configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text(CONFIGURATION)
    monkeypatch.setenv("PYPI_CLI_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))


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
        ("upload --token", ["--token-file", "--token-from-env"]),
        ("search --sort r", ["relevance"]),
        ("completion z", ["zsh"]),
        ("project status foo a", ["active", "archived"]),
        ("info --index w", ["work"]),
        ("--index=w", ["--index=work"]),
        ("-i o", ["other.example"]),
        ("upload dist/", [""]),
        ("nothing", [""]),
    ],
)
def test_bash_completes_a_partial_word(script: Path, typed: str, completed: list[str]) -> None:
    words = ["pypi-cli", *shlex.split(typed)]

    pressed = subprocess.run(
        ["bash", "-c", _PRESS_TAB, "bash", BIN, str(script), *words],
        capture_output=True,
        text=True,
        check=True,
    )

    assert sorted(pressed.stdout.splitlines()) == completed


@pytest.mark.parametrize("script", ["bash", "zsh", "fish"], indirect=True)
def test_a_script_is_small_and_never_grows_old(script: Path) -> None:
    content = script.read_text()

    assert len(content) < 1000
    assert "complete-words" in content
    assert [each for each in ("upload", "token", "--index") if each in content] == []


def test_every_command_can_be_completed() -> None:
    assert candidates([""]) == sorted({each.partition(" ")[0] for each in PROGRAM.commands})


def test_a_damaged_configuration_completes_no_index_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text("index = 1")
    monkeypatch.setenv("PYPI_CLI_CONFIG", str(tmp_path))

    assert candidates(["--index", ""]) == []


def test_an_unknown_shell_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 2
    assert 'Choose from: "bash", "zsh", "fish".' in capsys.readouterr().err
