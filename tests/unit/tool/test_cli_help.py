"""What ``pypi-cli`` says to somebody who does not know how it is called."""

from __future__ import annotations

import pytest

from pypi_terminal.exit_codes import ExitCode
from pypi_tool.application import PROGRAM
from pypi_tool.running import run

WIDTH = 80


COMMANDS = [tuple(each.split()) for each in ("", *PROGRAM.commands, *PROGRAM.other_names, *PROGRAM.groups)]


def page(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command line that asks for a page, and return the page."""
    assert run([*words]) == ExitCode.DONE
    out, err = capsys.readouterr()
    assert err == ""
    return out


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_page_of_help_fits_a_terminal_and_has_an_example(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    out = page(capsys, *command, "--help")

    assert out.startswith(" ".join(["Usage: pypi-cli", *command]))
    assert [each for each in out.splitlines() if len(each) > WIDTH] == []
    assert "\nExample" in out
    assert out.count("pypi-cli") > 1
    assert [each for each in ("[ARGS]", "[default", "()", "`") if each in out] == []


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_options_of_every_command_take_one_line_of_a_page(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    short = page(capsys, *command, "-h").splitlines()

    assert short[-1] == "Options of every command, such as --index and --json: see --help-all."
    assert not any("--ca-bundle FILE" in each for each in short)


@pytest.mark.parametrize("words", ["", "upload", "token", "help upload"])
def test_help_all_explains_the_options_of_every_command(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = page(capsys, *words.split(), "--help-all")

    assert "\nOptions of every command:\n  -i, --index NAME " in out
    assert "--color WORD" in out


@pytest.mark.parametrize("command", ["", "upload", "token", "token create", "publish"])
def test_help_is_asked_for_by_a_word_too(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = command.split()

    assert page(capsys, "help", *words) == page(capsys, *words, "--help")


def test_a_line_without_a_command_asks_for_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert page(capsys) == page(capsys, "--help")
    assert page(capsys, "token") == page(capsys, "token", "--help")
    assert page(capsys, "--index", "https://index.example/", "token") == page(capsys, "help", "token")


def test_a_page_says_how_often_an_argument_may_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert "download [OPTIONS] [REQUIREMENTS...]\n" in page(capsys, "help", "download")
    assert "yank [OPTIONS] RELEASE [FILES...]\n" in page(capsys, "help", "yank")
    assert "  -d, --dest PATH " in page(capsys, "help", "download")
    assert "(default: 20)" in page(capsys, "help", "search")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("dowload x", 'Unknown command "dowload". Did you mean download? See pypi-cli --help.'),
        ("project creat x", 'Unknown command "creat". Did you mean create? See pypi-cli project --help.'),
        ("help xyz", 'Unknown command "xyz". See pypi-cli --help.'),
        ("project creat --help", 'Unknown command "creat". Did you mean create? '),
        ("upload --skip-exist x", "There is no option --skip-exist. Did you mean --skip-existing? See "),
        ("download --requirment=x", "There is no option --requirment. Did you mean --requirement? "),
        ("info --jsn x", "There is no option --jsn. Did you mean --json? See pypi-cli info --help."),
        ("--verbos info x", "There is no option --verbos. Did you mean --verbose? See pypi-cli --help."),
        ("whoami --token=s3cret", "There is no option --token. A password or token is never given on *"),
        ("-x", "There is no option -x. See pypi-cli --help."),
        ("index list --index wrok", "There is no index 'wrok'"),
        ("completion zhs", 'Invalid value "zhs" for SHELL. Choose from: '),
        ("info x y", "'x' 'y' does not name one version: write x==VERSION.*"),
        ("whoami x", "pypi-cli whoami does not know what to do with 'x'. See pypi-cli whoami --help."),
        ("info", "PROJECT is missing. See pypi-cli info --help."),
    ],
)
def test_a_mistyped_word_is_reported_with_a_suggestion(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(line.split()) == ExitCode.USAGE

    out, err = capsys.readouterr()
    said, _star, rest = sentence.partition("*")
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"pypi-cli: {said}")
    assert err.endswith(f"{rest}\n")
    assert "s3cret" not in err
