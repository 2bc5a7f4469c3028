"""From a command line to an exit code: whatever happens, a person reads a sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pypi_terminal.errors import UsageError
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.help_pages import requested_page
from pypi_terminal.output import Appearance, Output
from pypi_terminal.program import Program
from pypi_terminal.streams import complain, is_all_written, prepare_streams


class Failure(NamedTuple):
    """How an error that was to be expected ends a command, and its message."""

    code: ExitCode
    message: str


def run_command(
    program: Program,
    arguments: Sequence[str],
    command: Callable[[], int | None],
    *,
    appearance: Appearance,
    failure_of: Callable[[Exception], Failure | None],
) -> int:
    """
    Print the page that *arguments* ask for, or run *command*, and return the exit code.

    Args:
        program: Whose command it is.
        arguments: The command line.
        command: Does what the command line says.
        appearance: How pages and messages look.
        failure_of: Returns what an error means, and nothing for a bug of the program.
    """
    prepare_streams()
    output = Output(program, appearance, command="help")
    try:
        page = requested_page(program, arguments, output.bold if sys.stdout.isatty() else str)
        for line in page:
            output.line(line)
        code = ExitCode.DONE if page else command() or ExitCode.DONE
        # What cannot be written is reported here; at exit it could not be.
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        # What was printed before comes before.
        is_all_written()
        complain(program.name, "interrupted.")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has seen enough.
        return ExitCode.FAILED
    except Exception as error:
        failure = failure_of(error) or _common_failure(program, error)
        if failure is None:
            if os.environ.get(program.debug_variable):
                raise
            failure = _bug(program, error)
        output.problem(" ".join([failure.message, *getattr(error, "__notes__", ())]))
        return failure.code
    finally:
        is_all_written()


def _common_failure(program: Program, error: Exception) -> Failure | None:
    """Return what an error means that is the same in every program."""
    from cyclopts import CycloptsError

    from pypi_terminal.usage_errors import usage_message

    match error:
        case CycloptsError():
            return Failure(ExitCode.USAGE, usage_message(program, error))
        case UsageError():
            return Failure(ExitCode.USAGE, str(error))
        case OSError():
            return Failure(ExitCode.FAILED, f"{error.filename or 'A file'}: {error.strerror or error}.")
        case _:
            return None


def _bug(program: Program, error: Exception) -> Failure:
    return Failure(
        ExitCode.FAILED,
        f"This should not have happened: {type(error).__name__}: {error}. "
        f"Set {program.debug_variable}=1 to see where, and report it.",
    )
