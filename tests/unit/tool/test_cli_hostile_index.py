"""What an index that means harm can make ``pypi-cli`` print: sentences, never what controls a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from pypi_protocol.methods import METHODS, examples_of
from pypi_terminal.output import Appearance, Output
from pypi_tool.application import PROGRAM
from pypi_tool.running import run
from pypi_tool.transport import carrier

pytestmark = pytest.mark.usefixtures("command_line")

# Clears the screen, the same in one byte, a title, a link, another direction of writing, a line of its own.
EVIL = "e\x1b[2J\x9b2J\x1b]0;t\x07\x1b]8;;x\x1b\\\u202e\u2066\ue000\x7f\r\nfake: done"
WHEN = "2026-01-01T00:00:00Z"
FILE = {"filename": f"{EVIL}-1.0.tar.gz", "url": f"/{EVIL}", "hashes": {"sha256": EVIL}}
# What is of a type of its own, so that another value is refused before it is shown.
TYPED = {"actions", "created", "expires", "protocol", "role", "updated", "upload_time"}


def turned(value: Any) -> Any:
    """Return a value of which every text is evil."""
    if isinstance(value, dict):
        return {name: each if name in TYPED else turned(each) for name, each in value.items()}
    if isinstance(value, list):
        return [turned(each) for each in value]
    return EVIL if isinstance(value, str) else value


ANSWERED = (
    "index.status", "index.list", "project.get", "project.create", "project.roles", "file.status",
    "search.query", "token.create", "token.list", "account.whoami",
)  # fmt: skip
ANSWERS: dict[str, dict[str, Any]] = {
    method.name: turned(examples_of(method, "")[0].result) for method in METHODS if method.name in ANSWERED
}
ANSWERS["project.get"]["metadata"]["project_urls"] = {EVIL: EVIL}
ANSWERS["project.get"]["files"][0]["filename"] = "sample-1.0.tar.gz"
ANSWERS["search.query"]["facets"] = [{"classifier": EVIL, "count": 1}]
COMMANDS = (
    "changes",
    "files sample",
    "info sample",
    "project create sample",
    "project delete sample --yes",
    "project roles sample",
    "project status sample",
    "search sample --facets",
    "status sample",
    "token create build",
    "token list",
    "versions sample",
    "whoami",
)
# Where the terminal has colours, our own bold and faint.
OURS = re.compile("\x1b\\[(?:[012]|31)m")


def answered(request: httpx.Request) -> httpx.Response:
    """Say the worst in every protocol."""
    if request.url.path == "/rpc":
        method = json.loads(request.content)["method"]
        said = (
            {"result": ANSWERS[method]} if method in ANSWERS else {"error": {"code": 1009, "message": EVIL}}
        )
        return httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, **said})
    if request.url.path == "/changes":
        change = {"serial": 1, "project": EVIL, "action": EVIL, "timestamp": WHEN, "version": EVIL}
        return httpx.Response(200, json={"changes": [change], "since": 1, "more": False})
    files = [{**FILE, "filename": "sample-1.0.tar.gz", "yanked": EVIL}, FILE]
    page = {"meta": {"api-version": "1.1"}, "name": EVIL, "files": files, "versions": [EVIL]}
    kind = {"content-type": "application/vnd.pypi.simple.v1+json"}
    return httpx.Response(200, json=page, headers=kind)


@pytest.fixture(autouse=True)
def _hostile(command_line: None) -> Iterator[None]:
    reset = carrier.set(httpx.MockTransport(answered))
    yield
    carrier.reset(reset)


@pytest.mark.parametrize("color", ["never", "always"])
@pytest.mark.parametrize("command", COMMANDS)
def test_control_characters_never_reach_the_terminal(
    command: str, color: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYPI_TOKEN", "pidx_secret")

    run([*command.split(), "--color", color, "--verbose"])

    out, err = capsys.readouterr()
    shown = OURS.sub("", out + err) if color == "always" else out + err
    assert [each for each in shown if not each.isprintable() and each != "\n"] == []
    # Nor does it end a line and begin one that looks like ours.
    assert not any(line.startswith("fake") for line in shown.splitlines())
    assert shown.count("\n") > 1


@pytest.mark.parametrize("command", COMMANDS)
def test_json_escapes_control_characters_and_keeps_its_meaning(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYPI_TOKEN", "pidx_secret")

    run([*command.split(), "--json"])

    out = capsys.readouterr().out
    assert [each for each in out if not each.isprintable() and each != "\n"] == []
    if out:
        assert json.loads(out)["schema"] == "pypi-cli/1"
    if command == "project roles sample":
        assert json.loads(out)["result"]["roles"][0]["username"] == EVIL


def test_json_escapes_characters_beyond_the_basic_plane_as_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    # A tag that is not seen, and a letter and a picture that are.
    Output(PROGRAM, Appearance(json=True), command="x").result({"name": "a\U000e0041ö\U0001f40d"})

    out = capsys.readouterr().out
    assert json.loads(out)["result"] == {"name": "a\U000e0041ö\U0001f40d"}
    assert r'"a\udb40\udc41ö' in out


def test_an_index_cannot_guess_how_a_style_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(PROGRAM, Appearance(color="always"), command="x")

    output.line(f"{output.bold('name')} \x1b[1mfake\x1b[0m")

    assert capsys.readouterr().out == "\x1b[1mname\x1b[0m \ufffd[1mfake\ufffd[0m\n"


def test_a_label_of_a_transfer_is_sanitized(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")

    with Output(PROGRAM, Appearance(color="never"), command="download").progress(f"\x1b]0;t\x07{EVIL}", 10):
        pass

    shown = terminal.getvalue()
    assert "fake: done" in shown
    assert "\x1b]0;" not in shown
    assert "\x9b" not in shown


def test_a_question_is_sanitized(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import io

    from pypi_terminal.questions import ask

    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))

    assert ask(f"Delete {EVIL}?") == "yes"

    assert capsys.readouterr().err.isprintable()
