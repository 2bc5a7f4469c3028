"""Every command, option and exit code of ``pypi-cli`` stands in the reference."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
from cyclopts import App
from jsonschema import Draft202012Validator

from pypi_terminal.application import build_application
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.application import PROGRAM
from pypi_tool.settings.global_options import GlobalOptions
from reference.results import result_schema, result_types

REFERENCE = Path(__file__).parents[3] / "docs/reference"
PAGE = (REFERENCE / "pypi-cli.md").read_text(encoding="utf-8")


def app_of(name: str) -> App:
    app = build_application(PROGRAM)
    for word in name.split():
        app = app[word]
    return app


COMMANDS = {name: app_of(name) for name in PROGRAM.commands}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_described(command: str) -> None:
    assert f"`pypi-cli {command}" in PAGE or f"`{command} " in PAGE or f"`{command}`" in PAGE


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_described(command: str) -> None:
    options = {
        name
        for argument in COMMANDS[command].assemble_argument_collection()
        if argument.parse
        for name in argument.names
        if name.startswith("--")
    }

    assert [each for each in options if f"`{each}" not in PAGE] == []


@pytest.mark.parametrize("command", PROGRAM.commands)
def test_a_summary_is_the_beginning_of_the_commands_help(command: str) -> None:
    described = inspect.getdoc(COMMANDS[command].default_command) or ""

    assert PROGRAM.commands[command].summary == " ".join(described.partition("\n\n")[0].split())


@pytest.mark.parametrize("field", GlobalOptions.__dataclass_fields__)
def test_every_option_of_all_commands_is_described(field: str) -> None:
    assert f"| `--{field.replace('_', '-')}" in PAGE


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_is_described(code: ExitCode) -> None:
    assert f"\n| {int(code)} | " in PAGE


def test_every_result_has_a_schema() -> None:
    assert result_types(PROGRAM).keys() == COMMANDS.keys()


def test_the_schema_in_the_reference_is_current() -> None:
    schema = json.loads((REFERENCE / "pypi-cli.schema.json").read_text(encoding="utf-8"))

    assert schema == result_schema(PROGRAM), "Run make reference."
    Draft202012Validator.check_schema(schema)


def test_the_schema_refuses_the_result_of_another_command() -> None:
    validator = Draft202012Validator(result_schema(PROGRAM))
    printed = {"schema": PROGRAM.schema, "command": "yank", "result": {"serial": 7}}

    assert validator.is_valid(printed)
    assert not validator.is_valid({**printed, "command": "search"})
    assert not validator.is_valid({**printed, "command": "unknown"})
    assert not validator.is_valid({**printed, "schema": "pypi-cli/0"})
    assert not validator.is_valid({**printed, "result": {}})


@pytest.mark.parametrize("name", PROGRAM.other_names)
def test_every_other_name_of_a_command_is_described(name: str) -> None:
    assert f"`{name}`" in PAGE
    assert PROGRAM.other_names[name] in COMMANDS
