"""Every command of ``pypi-cli`` that cannot do what it was asked says so over https, and prints nothing."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pypi_terminal.exit_codes import ExitCode
from pypi_tool.application import PROGRAM

if TYPE_CHECKING:
    from secure_cli import PypiCli

pytestmark = pytest.mark.slow


class Row(NamedTuple):
    """
    A command that ends with *code*, and a part of the sentence it says; a star in it is anything.

    Braces are filled by `Arranged` in conftest, *given* before the command is run.
    """

    command: str
    arguments: str
    code: ExitCode
    says: str
    given: str = ""


NOT_FOUND, REFUSED, CONFLICT, USAGE = (
    ExitCode.NOT_FOUND,
    ExitCode.REFUSED,
    ExitCode.CONFLICT,
    ExitCode.USAGE,
)
_NO_PROJECT = "no project '{name}'"
_NO_VERSION = "Project '{project}' has no version '7'."
_NO_CACHE = "{folder} is not a cache: it has no cache.json. Create one with cache create."
_NO_TOKEN = "Not a token of this server*Log in with pypi-cli login"

# To add a command, add a row here and one in test_journey_pypi_cli_commands.py.
ROWS = (
    Row("search", "nothing-has-this-word", ExitCode.NOTHING_MATCHED, "Nothing was found"),
    Row("info", "{name}", NOT_FOUND, _NO_PROJECT),
    Row("versions", "{name}", NOT_FOUND, _NO_PROJECT),
    Row("stats", "{name}", NOT_FOUND, _NO_PROJECT),
    Row("files", "hello-index==7", NOT_FOUND, "'hello-index' has no file of version '7'"),
    Row("download", "hello-index==7 --dest {folder}/out", NOT_FOUND, "hello-index==7"),
    Row("status", "{name}", NOT_FOUND, _NO_PROJECT),
    Row("cache create", "{cache}", CONFLICT, "{cache} is a cache already"),
    Row("cache add", "{cache} {name}", NOT_FOUND, "{name}"),
    Row("cache list", "{folder}", NOT_FOUND, _NO_CACHE),
    Row("cache search", "{cache} nothing", ExitCode.NOTHING_MATCHED, "Nothing was found"),
    Row("cache verify", "{folder}", NOT_FOUND, _NO_CACHE),
    Row("cache remove", "{cache} hello-index", NOT_FOUND, "no hello-index in {cache}"),
    Row("cache clean", "{folder}", NOT_FOUND, _NO_CACHE),
    Row("cache serve", "{folder}", NOT_FOUND, _NO_CACHE),
    Row("changes", "--index {url}i/nowhere/", ExitCode.NOT_FOUND, "nowhere"),
    Row("open", "{name}", NOT_FOUND, _NO_PROJECT),
    Row("check", "nothing.whl", USAGE, "no file 'nothing.whl'"),
    Row("upload", "{changed}", CONFLICT, "{file}: refused: File already exists"),
    Row("upload-metadata", "{wheel} --token-file {stranger}", REFUSED, _NO_TOKEN),
    Row("upload-docs", "{html} --project {name} --version 1.0", NOT_FOUND, _NO_PROJECT),
    Row("project create", "{project}", CONFLICT, "There is a project '{project}' already."),
    Row("project status", "{name}", NOT_FOUND, _NO_PROJECT),
    Row("project archive", "{name}", NOT_FOUND, _NO_PROJECT),
    Row("project unarchive", "{name}", NOT_FOUND, _NO_PROJECT),
    Row("project delete", "{name} --yes", NOT_FOUND, _NO_PROJECT),
    Row("role list", "{name}", NOT_FOUND, _NO_PROJECT),
    Row("role grant", "{project} nobody Owner", NOT_FOUND, "no account 'nobody'"),
    Row("role revoke", "{project} ada", NOT_FOUND, "'ada' has no role in project '{project}'"),
    Row("yank", "{project}", USAGE, "'{project}' has no version: write {project}==VERSION."),
    Row("unyank", "{project}==1.0 nothing.whl", NOT_FOUND, "nothing.whl"),
    Row("delete", "{project}==7 --yes", NOT_FOUND, _NO_VERSION),
    Row("docs list", "{name}", NOT_FOUND, _NO_PROJECT),
    Row("docs delete", "{project}==1.0 --yes", NOT_FOUND, "has none for version '1.0'"),
    Row("token create", "'for a test' --token-file {stranger}", REFUSED, _NO_TOKEN),
    Row("token list", "--token-file {stranger}", REFUSED, _NO_TOKEN),
    Row("token revoke", "nonsense", NOT_FOUND, "nonsense"),
    Row("login", "", USAGE, "takes a terminal"),
    Row("logout", "--index https://index.example/", ExitCode.NOTHING_MATCHED, "There was no token"),
    Row("password", "", USAGE, "takes a terminal"),
    Row("whoami", "--token-file {stranger}", REFUSED, _NO_TOKEN),
    Row("index list", "--index wrok", USAGE, "There is no index 'wrok' (from --index). Did you mean 'work'?"),
    Row("config list", "", USAGE, "config.toml is wrong", given="{damaged}"),
    Row("config path", "nonsense", USAGE, "nonsense"),
    Row("config get", "color", NOT_FOUND, "The configuration has no setting 'color'."),
    Row("config set", "color blue", USAGE, "This would make the configuration wrong"),
    Row("config unset", "color", NOT_FOUND, "The configuration has no setting 'color'."),
    Row("completion", "tcsh", USAGE, "tcsh"),
)
_IDS = [each.command for each in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=_IDS)
def test_a_command_says_why_it_failed_and_prints_nothing(tool: PypiCli, row: Row) -> None:
    row.given.format_map(tool.arranged)

    outcome = tool.run(f"{row.command} {row.arguments}")

    assert (outcome.returncode, outcome.stdout) == (row.code, "")
    says = row.says.format_map(tool.arranged)
    assert fnmatchcase(outcome.stderr, f"pypi-cli: *{says}*\n")
    assert outcome.stderr.count("\n") == 1


def test_an_untrusted_certificate_stops_every_request(tool: PypiCli) -> None:
    outcome = tool.run("info hello-index", PYPI_CA_BUNDLE="")

    assert (outcome.returncode, outcome.stdout) == (ExitCode.UNAVAILABLE, "")
    assert "certificate" in outcome.stderr
    assert "--ca-bundle" in outcome.stderr


def test_every_command_has_a_row() -> None:
    assert sorted(_IDS) == sorted(PROGRAM.commands)
