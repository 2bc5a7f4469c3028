"""How output of ``pypi-cli`` looks, by what the command line, the environment and the configuration say."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import pytest

from pypi_terminal.output import Appearance, Output
from pypi_tool.application import PROGRAM
from pypi_tool.settings.global_options import GlobalOptions

Color = Literal["auto", "always", "never"] | None


class Stream(io.StringIO):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PYPI_CLI_CONFIG", str(tmp_path))


# What the four say of colours, the first that says something goes: then what a terminal and what a pipe gets.
@pytest.mark.parametrize(
    ("option", "environment", "configured", "terminal", "pipe"),
    [
        (None, {}, None, True, False),
        ("auto", {}, None, True, False),
        ("always", {"NO_COLOR": "1"}, "never", True, True),
        ("never", {"FORCE_COLOR": "1"}, "always", False, False),
        (None, {"NO_COLOR": "1"}, "always", False, False),
        (None, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, None, False, False),
        (None, {"NO_COLOR": "", "FORCE_COLOR": ""}, None, True, False),
        (None, {"FORCE_COLOR": "1"}, "never", True, True),
        (None, {"FORCE_COLOR": "1", "TERM": "dumb"}, None, True, True),
        (None, {"TERM": "dumb"}, None, False, False),
        (None, {}, "never", False, False),
        (None, {}, "always", True, True),
        (None, {}, "auto", True, False),
        (None, {}, "blue", True, False),
    ],
)
def test_colors_follow_option_environment_and_configuration(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    option: Color,
    environment: dict[str, str],
    configured: str | None,
    terminal: bool,
    pipe: bool,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if configured:
        (tmp_path / "config.toml").write_text(f'color = "{configured}"\n')
    appearance = GlobalOptions(color=option).appearance()

    found = [appearance.has_color(Stream(is_terminal=each)) for each in (True, False)]

    assert found == [terminal, pipe]


@pytest.mark.parametrize(
    ("appearance", "term", "is_terminal"),
    [
        (Appearance(), "xterm", False),
        (Appearance(color="always"), "xterm", False),
        (Appearance(quiet=True), "xterm", True),
        (Appearance(), "dumb", True),
    ],
    ids=["pipe", "colors", "quiet", "dumb"],
)
def test_progress_is_shown_on_terminals_that_can_show_it(
    monkeypatch: pytest.MonkeyPatch, appearance: Appearance, term: str, is_terminal: bool
) -> None:
    stream = Stream(is_terminal=is_terminal)
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", term)

    with Output(PROGRAM, appearance, command="download").progress("file", 10) as progress:
        pass

    assert (progress, stream.getvalue()) == (None, "")
