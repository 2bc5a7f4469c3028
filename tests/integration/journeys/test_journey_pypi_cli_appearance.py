"""What of ``pypi-cli`` is for eyes alone: progress and colours, on terminals and where they are asked for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pypi_contracts.builders import build_wheel
from pypi_terminal.exit_codes import ExitCode

if TYPE_CHECKING:
    from running_server import RunningServer
    from tool_client import Client

WHEEL = build_wheel(name="shown", version="1.0", summary="Shown to people")
BAR = "━"
# What sets bold, faint and coloured letters, and what moves the cursor.
STYLE = re.compile(r"\x1b\[[0-9;]*m")
COLOR = re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.fixture(scope="module")
def index(shared_server: RunningServer, shared_client: Client) -> str:
    path = shared_client.home / WHEEL.filename
    path.write_bytes(WHEEL.content)
    shared_client.run(
        "pypi-cli", "upload", path, PYPI_TOKEN=shared_server.token, PYPI_REPOSITORY=shared_server.url
    )
    return shared_server.url


class TestProgress:
    def test_a_terminal_shows_how_far_a_download_is(self, index: str, client: Client, tmp_path: Path) -> None:
        printed = tmp_path / "printed"
        with client.on_terminal("pypi-cli", "-i", index, "download", "shown", out=printed) as terminal:
            code = terminal.end()

        assert code == ExitCode.DONE
        assert BAR in terminal.shown
        assert WHEEL.filename in terminal.shown
        assert printed.read_text() == f"{WHEEL.filename}: downloaded\n"

    def test_a_terminal_shows_how_far_an_upload_is(
        self, index: str, client: Client, shared_server: RunningServer
    ) -> None:
        sent = build_wheel(name="sent", version="1.0")
        (client.home / sent.filename).write_bytes(sent.content)
        command = ("pypi-cli", "-i", index, "upload", sent.filename)
        with client.on_terminal(*command, PYPI_TOKEN=shared_server.token) as terminal:
            code = terminal.end()

        assert code == ExitCode.DONE
        assert BAR in terminal.shown

    def test_the_cursor_is_there_again_afterwards(self, index: str, client: Client) -> None:
        with client.on_terminal("pypi-cli", "-i", index, "download", "shown") as terminal:
            terminal.end()

        assert terminal.shown.count("\x1b[?25l") == terminal.shown.count("\x1b[?25h") > 0
        assert terminal.shown.rindex("\x1b[?25h") > terminal.shown.rindex("\x1b[?25l")

    def test_a_redirected_output_shows_no_progress(self, index: str, client: Client, tmp_path: Path) -> None:
        said = tmp_path / "said"
        with client.on_terminal("pypi-cli", "-i", index, "download", "shown", err=said) as terminal:
            code = terminal.end()

        assert code == ExitCode.DONE
        assert said.read_bytes() == b""
        assert terminal.shown == f"{WHEEL.filename}: downloaded\n"

    @pytest.mark.parametrize("variables", [{}, {"FORCE_COLOR": "1", "NO_COLOR": ""}], ids=["plain", "forced"])
    def test_a_pipe_shows_no_progress(self, index: str, client: Client, variables: dict[str, str]) -> None:
        outcome = client.run("pypi-cli", "-i", index, "download", "shown", check=True, **variables)

        assert (outcome.stdout, outcome.stderr) == (f"{WHEEL.filename}: downloaded\n", "")

    @pytest.mark.parametrize(
        ("option", "variables", "shown"),
        [("--quiet", {}, ""), ("--no-input", {"TERM": "dumb"}, f"{WHEEL.filename}: downloaded\n")],
        ids=["quiet", "dumb"],
    )
    def test_no_progress_is_shown_when_unwanted_or_unsupported(
        self, index: str, client: Client, option: str, variables: dict[str, str], shown: str
    ) -> None:
        command = ("pypi-cli", "-i", index, "download", "shown", option)
        with client.on_terminal(*command, out=None, err=None, **variables) as terminal:
            code = terminal.end()

        assert code == ExitCode.DONE
        assert terminal.shown == shown


class TestBrowser:
    @pytest.fixture
    def opened(self, client: Client, tmp_path: Path) -> Path:
        """Return the file into which the program ``browser`` in the folder writes what it opens."""
        script = tmp_path / "browser"
        script.write_text(f'#!/bin/sh\nprintf %s "$1" > "{tmp_path}/opened"\n')
        script.chmod(0o700)
        return tmp_path / "opened"

    def test_a_page_is_opened_and_its_address_printed(
        self, index: str, client: Client, tmp_path: Path, opened: Path
    ) -> None:
        command = ("pypi-cli", "-i", index, "open", "shown")
        with client.on_terminal(*command, BROWSER=str(tmp_path / "browser")) as terminal:
            code = terminal.end()

        assert code == ExitCode.DONE
        assert opened.read_text() == f"{index}project/shown/"
        assert terminal.shown == f"{index}project/shown/\n"

    def test_no_browser_is_opened_without_a_terminal_or_when_unwanted(
        self, index: str, client: Client, tmp_path: Path, opened: Path
    ) -> None:
        browser = str(tmp_path / "browser")
        command = ("pypi-cli", "-i", index, "open", "shown")
        assert client.run(*command, check=True, BROWSER=browser).stdout == f"{index}project/shown/\n"
        with client.on_terminal(*command, "--no-browser", BROWSER=browser) as terminal:
            terminal.end()

        assert not opened.exists()


@pytest.mark.parametrize(
    ("options", "variables", "expected"),
    [
        ([], {"NO_COLOR": ""}, True),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": "", "TERM": "dumb"}, False),
        (["--color", "never"], {"NO_COLOR": ""}, False),
    ],
    ids=["terminal", "no-color", "dumb", "never"],
)
def test_a_terminal_shows_colors_by_default(
    index: str, client: Client, options: list[str], variables: dict[str, str], expected: bool
) -> None:
    command = ("pypi-cli", "-i", index, "info", "shown", *options)
    with client.on_terminal(*command, out=None, err=None, **variables) as terminal:
        assert terminal.end() == ExitCode.DONE

    assert bool(STYLE.search(terminal.shown)) is expected


@pytest.mark.parametrize(
    ("options", "variables", "expected"),
    [
        ([], {"NO_COLOR": ""}, False),
        ([], {"NO_COLOR": "", "FORCE_COLOR": "1"}, True),
        (["--color", "always"], {}, True),
        (["--color", "always", "--json"], {}, False),
    ],
    ids=["pipe", "force-color", "always", "json"],
)
def test_a_pipe_gets_colors_where_they_are_asked_for(
    index: str, client: Client, options: list[str], variables: dict[str, str], expected: bool
) -> None:
    outcome = client.run("pypi-cli", "-i", index, "info", "shown", *options, check=True, **variables)

    assert bool(STYLE.search(outcome.stdout)) is expected


@pytest.mark.parametrize(("option", "expected"), [("auto", True), ("never", False)])
def test_the_progress_has_the_colors_of_everything_else(
    index: str, client: Client, option: str, expected: bool
) -> None:
    command = ("pypi-cli", "-i", index, "download", "shown", "--color", option)
    with client.on_terminal(*command, NO_COLOR="") as terminal:
        terminal.end()

    assert BAR in terminal.shown
    assert bool(COLOR.search(terminal.shown)) is expected


def test_text_of_an_index_cannot_control_the_terminal(
    client: Client, shared_server: RunningServer, index: str
) -> None:
    nasty = build_wheel(name="nasty", version="1.0", summary="red \x1b[31m and \x9b2J gone")
    (client.home / nasty.filename).write_bytes(nasty.content)
    given = {"PYPI_TOKEN": shared_server.token, "PYPI_REPOSITORY": index}
    client.run("pypi-cli", "upload", "--no-check", nasty.filename, check=False, **given)

    shown = ""
    for command in ("info nasty", f"upload --no-check {nasty.filename}"):
        options = ("--color", "never", "--quiet")
        with client.on_terminal(
            "pypi-cli", *command.split(), *options, out=None, err=None, **given
        ) as terminal:
            terminal.end()
        shown += terminal.shown

    assert "red " in shown
    assert not CONTROL.search(shown)
