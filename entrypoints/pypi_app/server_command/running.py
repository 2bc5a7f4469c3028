"""The run of one command line of ``pypi-server``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pypi_app.server_command.application import PROGRAM
from pypi_app.server_command.failures import failure_of
from pypi_terminal.output import Appearance, Output
from pypi_terminal.running import run_command

if TYPE_CHECKING:
    from pypi_app.server_command.context import Context
    from pypi_app.server_command.options import CommonOptions


def run(arguments: list[str]) -> int:
    """Run the command that *arguments* name and return how it ended."""
    return run_command(
        PROGRAM, arguments, partial(_launch, arguments), appearance=Appearance(), failure_of=failure_of
    )


def _launch(arguments: list[str]) -> int | None:
    # Loaded late: the list of commands needs no parser.
    from pypi_terminal.application import launch

    return launch(PROGRAM, arguments, _context)


def _context(options: CommonOptions, name: str) -> Context:
    from pypi_app.server_command.context import Context

    return Context(options=options, output=Output(PROGRAM, Appearance(json=options.json), command=name))
