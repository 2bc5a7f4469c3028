"""Every command of ``pypi-cli`` does its work over https, for people and for programs."""

from __future__ import annotations

import time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest
from jsonschema import Draft202012Validator

from pypi_terminal.exit_codes import ExitCode
from pypi_tool.application import PROGRAM
from reference.results import result_schema, result_types

if TYPE_CHECKING:
    from secure_cli import PypiCli, SecureServer

pytestmark = pytest.mark.slow


class Row(NamedTuple):
    """
    A command that does what it was asked.

    Braces are filled by `Arranged`; in *prints* a star is anything.  *typed* answers
    questions on a terminal, *goes_on* says that it ends by Ctrl+C.
    """

    command: str
    arguments: str
    prints: str
    typed: dict[str, str] | None = None
    goes_on: bool = False


# The account ada goes on with the one it has.
_PASSWORD = "a long password"

# To add a command, add a row here and one in test_journey_pypi_cli_failures.py.
ROWS = (
    Row("search", "hello --limit 1", "Hello.Index 1.1  Says hello\n"),
    Row(
        "info",
        "hello-index",
        "Hello.Index 1.1\nSays hello\n*Versions       1.1, 1.0\nDownloads      * in all\n*",
    ),
    Row("versions", "hello-index", "1.1  2 files\n1.0  2 files\n"),
    Row("stats", "hello-index", "hello-index: * downloads\nYesterday *"),
    Row("open", "hello-index", "{url}project/hello-index/\n"),
    Row("files", "hello-index==1.0", "hello_index-1.0*sha256:*\nhello_index-1.0*sha256:*\n"),
    Row(
        "download",
        "hello-index==1.0 --no-deps --dest {folder}/out",
        "{folder}/out/hello_index-1.0-py3-none-any.whl: downloaded\n",
    ),
    Row("status", "{project} {wheel}", "{file}: *, same as the local file. *"),
    Row("cache create", "{folder}/new {wheel}", "{file}: added\n"),
    Row("cache add", "{cache} hello-index==1.0 --wheel", "hello_index-1.0-py3-none-any.whl: added\n"),
    Row("cache list", "{cache}", "{name} 1.0  {file}  *B\n"),
    Row("cache search", "{cache} made test", "{name} 1.0  Made for a test\n"),
    Row("cache verify", "{cache}", "1 file, all good\n"),
    Row("cache remove", "{cache} {name}==1.0", "{file}: removed\n"),
    Row("cache clean", "{cache} --yes", ""),
    Row("cache serve", "{cache} --port 0", "{cache} is served at http://127.0.0.1:*/simple/\n", goes_on=True),
    Row("changes", "--limit 1", "1 *Hello.Index: create\n"),
    Row("check", "{wheel}", "{file}: good\n"),
    Row("upload", "{wheel}", "{file}: published\n"),
    Row("upload-metadata", "{described}", "{name} 1.0: described\n"),
    Row("upload-docs", "{html} --project {project} --version 1.0", "{project} 1.0: documentation is *\n"),
    Row("docs list", "{documented}", "1.0  *  *B  {url}docs/{documented}/1.0/\n"),
    Row("docs delete", "{documented}==1.0 --yes", "{documented}==1.0: documentation deleted\n"),
    Row("project create", "{name}", "{name}: created\n"),
    Row("project status", "{project} deprecated --reason old", "{project}: deprecated: old\n"),
    Row("project archive", "{project}", "{project}: archived\n"),
    Row("project unarchive", "{project}", "{project}: active\n"),
    Row("project delete", "{project} --yes", "{project}: deleted\n"),
    Row("yank", "{project}==1.0 --reason old", "{project}==1.0: yanked\n"),
    Row("unyank", "{hidden}==1.0", "{hidden}==1.0: unyanked\n"),
    Row("delete", "{project} 1.0 --yes", "{project}==1.0: deleted\n"),
    Row("role list", "{shared}", "*  Owner\nada  Maintainer\n"),
    Row("role grant", "{project} ada Owner", "ada: Owner of {project}\n"),
    Row("role revoke", "{shared} ada", "ada: no role in {shared}\n"),
    Row("token create", "'for a test' --project hello-index --expires 1", "*\n"),
    Row("token list", "", "* everything; for ever\n*"),
    Row("token revoke", "{token}", "{token}: revoked\n"),
    Row(
        "login",
        "",
        "Logged in to {url} as *. The token is in the file {folder}/configuration/tokens.json*\n",
        typed={"User name": "", "Token": "{owner}"},
    ),
    Row("logout", "", "Logged out of {url}. The token was forgotten.\n"),
    Row(
        "password",
        "",
        "Changed the password of ada. *\n",
        typed={"User name": "ada"}
        | dict.fromkeys(("Old password", "New password:", "New password again"), _PASSWORD),
    ),
    Row("whoami", "", "*\n"),
    Row("index list", "", "? work  {url}  configuration\n"),
    Row("config list", "", "index = work\nindexes.work.url = {url}\n"),
    Row("config path", "", "{folder}/configuration/config.toml\n"),
    Row("config get", "index", "work\n"),
    Row("config set", "color never", ""),
    Row("config unset", "index", ""),
    Row("completion", "bash", "*complete *"),
)
_IDS = [each.command for each in ROWS]
SCHEMA_OF_ALL = Draft202012Validator(result_schema(PROGRAM))
RESULTS = result_types(PROGRAM)


@pytest.fixture(scope="module", autouse=True)
def _searchable(secure_server: SecureServer) -> None:
    """Wait until the worker has filled the search; how long it takes is its own business."""
    while not secure_server.api.search("hello").hits:
        time.sleep(0.02)


@pytest.mark.parametrize("row", ROWS, ids=_IDS)
def test_a_command_prints_what_it_did(tool: PypiCli, row: Row) -> None:
    outcome = tool.run(f"{row.command} {row.arguments}", row.typed, goes_on=row.goes_on)

    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    assert fnmatchcase(outcome.stdout, row.prints.format_map(tool.arranged))


@pytest.mark.parametrize("row", ROWS, ids=_IDS)
def test_a_command_prints_for_programs_what_its_schema_says(tool: PypiCli, row: Row) -> None:
    outcome = tool.run(f"{row.command} {row.arguments} --json", row.typed, goes_on=row.goes_on)

    assert outcome.returncode == ExitCode.DONE, outcome.stderr
    printed = msgspec.json.decode(outcome.stdout)
    assert (printed["schema"], printed["command"]) == (PROGRAM.schema, row.command)
    assert printed.keys() == {"schema", "command", "result"}
    result = msgspec.convert(printed["result"], RESULTS[row.command])
    # The schema says what must be there, the type what else may be, however deep it stands.
    assert [each.message for each in SCHEMA_OF_ALL.iter_errors(printed)] == []
    assert msgspec.json.decode(msgspec.json.encode(result)) == printed["result"]


def test_a_person_is_asked_when_no_token_is_configured(tool: PypiCli, tmp_path: Path) -> None:
    line, nothing = "token list --index {url} --json", str(tmp_path / "nothing")

    asked = tool.run(line, {"Token for": "{owner}"}, PYPI_CLI_CONFIG=nothing)
    silent = tool.run(f"{line} --no-input", {}, PYPI_CLI_CONFIG=nothing)

    assert asked.returncode == ExitCode.DONE
    assert tool.arranged["owner"] not in asked.stdout + asked.stderr
    assert (silent.returncode, silent.stdout) == (ExitCode.REFUSED, "")
    assert "Token for" not in silent.stderr


def test_every_command_has_a_row() -> None:
    assert sorted(_IDS) == sorted(PROGRAM.commands)
