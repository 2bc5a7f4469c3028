"""The run of one command line of ``pypi-cli``."""

from __future__ import annotations

from functools import partial

from pypi_terminal.application import launch
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.output import Output
from pypi_terminal.running import run_command
from pypi_tool.application import PROGRAM
from pypi_tool.context import Context
from pypi_tool.failures import failure_of
from pypi_tool.settings.global_options import GlobalOptions, color_option


def run(arguments: list[str]) -> int:
    """Run the command that *arguments* name and return how it ended."""
    is_completing = arguments[:2] == ["complete-words", "--"]
    command = (
        partial(_complete, arguments[2:]) if is_completing else partial(launch, PROGRAM, arguments, _context)
    )
    return run_command(
        PROGRAM,
        arguments[:1] if is_completing else arguments,
        command,
        appearance=GlobalOptions(color=color_option(arguments)).appearance(),
        failure_of=failure_of,
    )


def _complete(words: list[str]) -> int:
    from pypi_tool.completing import candidates

    for each in candidates(words):
        print(each)
    return ExitCode.DONE


def _context(options: GlobalOptions, name: str) -> Context:
    return Context(options=options, output=Output(PROGRAM, options.appearance(), command=name))
