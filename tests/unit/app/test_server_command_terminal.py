"""What the operator sees of an error, on a terminal and elsewhere."""

from __future__ import annotations

import pytest

from pypi_app.server_command.application import PROGRAM
from pypi_app.server_command.running import run
from pypi_terminal.output import Appearance, Output


@pytest.mark.parametrize(
    ("environment", "start"),
    [
        ({"FORCE_COLOR": "1"}, "\033[31mpypi-server: "),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "pypi-server: "),
        ({}, "pypi-server: "),
    ],
    ids=["forced", "forbidden", "piped"],
)
def test_an_error_is_red_where_colors_are_wanted(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environment: dict[str, str],
    start: str,
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    Output(PROGRAM, Appearance(), command="index list").problem("It does not work.")

    assert capsys.readouterr().err.startswith(start)


def test_nothing_that_is_printed_repaints_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(PROGRAM, Appearance(), command="index list")
    output.problem("a\033[2Jb\nc")
    output.line("a\033[2Jb\nc")

    out, err = capsys.readouterr()
    assert (out, err) == ("a\ufffd[2Jb c\n", "pypi-server: a\ufffd[2Jb c\n")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("user lst", 'Unknown command "lst". Did you mean list?'),
        ("tokn list", 'Unknown command "tokn". Did you mean token?'),
        ("token create alice --scop upload", "There is no option --scop. Did you mean --scope? "),
        ("user list --jsn", "There is no option --jsn. Did you mean --json? "),
        ("user list --password=s3cret", "There is no option --password."),
        ("user create", "USERNAME is missing. See pypi-server user create --help."),
        ("user list x y", "pypi-server user list does not know what to do with 'x', 'y'."),
        ("sweep --grace-hours -1", "--grace-hours is a number of hours from 0 to "),
        ("sweep --grace-hours nan", "--grace-hours is a number of hours from 0 to "),
        ("audit --limit -1", "--limit is a number of entries"),
        ("token create alice --expires 0", "--expires is a number of days"),
        ("token create alice --expires 1e300", "--expires is a number of days"),
        ("token create alice --scope colour:red", "'colour:red' is not a scope: write project:NAME"),
        ("token create alice --scope uplod", "Unknown action 'uplod'"),
        ("role grant sample alice king", "There is no role 'king': write owner or maintainer."),
        ("project status sample --reason x", "Say which status the reason is for."),
    ],
)
def test_wrong_usage_is_reported_in_a_sentence(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(line.split()) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
    assert "s3cret" not in err
    [_] = err.splitlines()


@pytest.mark.parametrize("name", ["", *PROGRAM.commands, *PROGRAM.groups])
def test_a_help_page_fits_the_terminal(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    assert run([*name.split(), "--help-all"]) == 0

    out = capsys.readouterr().out
    assert out.startswith(f"Usage: pypi-server {name}".rstrip())
    assert max(map(len, out.splitlines())) <= 80
    assert "\nOptions of every command:\n  --settings PATH " in out
