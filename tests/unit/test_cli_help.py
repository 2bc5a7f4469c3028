"""What ``pypi-cli`` says to somebody who does not know how it is called."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cyclopts import App

from pypi_app.cli.application import build_application
from pypi_app.cli.exit_codes import ExitCode
from pypi_app.cli.running import run

WIDTH = 80


def commands(app: App, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name in app:
        if not name.startswith("-"):
            yield from commands(app[name], (*path, name))


@pytest.mark.parametrize("command", list(commands(build_application())), ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_fits_a_terminal(
    command: tuple[str, ...],
    option: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))

    assert run([*command, option]) == ExitCode.DONE

    out, err = capsys.readouterr()
    assert out.startswith(" ".join(["Usage: pypi-cli", *command]))
    assert [each for each in out.splitlines() if len(each) > WIDTH] == []
    assert err == ""


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("dowload x", 'Unknown command "dowload". Did you mean "download"? Available commands: search,*'),
        ("project creat x", 'Unknown command "creat". Did you mean "create"? *See pypi-cli project --help.'),
        ("upload --skip-exist x", "There is no option --skip-exist. Did you mean --skip-existing? See "),
        ("download --requirment=x", "There is no option --requirment. Did you mean --requirement? "),
        ("info --jsn x", "There is no option --jsn. Did you mean --json? See pypi-cli info --help."),
        ("--verbos info x", "There is no option --verbos. Did you mean --verbose? See pypi-cli --help."),
        ("whoami --token=s3cret", "There is no option --token. Did you mean --token-file? "),
        ("-x", "There is no option -x. See pypi-cli --help."),
        ("index list --index wrok", "There is no index 'wrok'"),
        ("completion zhs", 'Invalid value "zhs" for SHELL. Choose from: '),
        ("info x y", "'x' 'y' names no one version: write x==VERSION.*"),
        ("whoami x", "pypi-cli whoami does not know what to do with 'x'. See pypi-cli whoami --help."),
        ("info", 'Command "info" parameter PROJECT requires an argument. See pypi-cli info --help.'),
    ],
)
def test_a_mistyped_word_is_told_with_what_was_perhaps_meant(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(line.split()) == ExitCode.USAGE

    out, err = capsys.readouterr()
    said, _star, rest = sentence.partition("*")
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"pypi-cli: {said}")
    assert err.endswith(f"{rest}\n")
    assert "s3cret" not in err
