"""From a command line to an exit code: whatever happens, a person is told in a sentence."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from pypi_app.server_command.application import build_application
from pypi_app.server_command.commands import own_name
from pypi_app.server_command.context import Context
from pypi_app.server_command.exit_codes import ExitCode
from pypi_app.server_command.failures import exit_code_of, is_foreseen, sentence_of
from pypi_app.server_command.options import CommonOptions
from pypi_app.server_command.output import Output
from pypi_app.server_command.terminal import complain, is_all_written, prepare_streams
from pypi_app.settings import SettingsError

_NONE_GIVEN = CommonOptions()


def run(arguments: list[str]) -> int:
    """Run the command that *arguments* name and return how it ended."""
    prepare_streams()
    try:
        code = _launcher(build_application())(
            arguments, print_error=False, exit_on_error=False, result_action="return_value"
        ) or int(ExitCode.DONE)
        # What cannot be written is reported here; at exit it could not be.
        sys.stdout.flush()
        return code
    except CycloptsError as error:
        from pypi_app.server_command.usage_errors import usage_message

        complain(usage_message(error))
        return ExitCode.USAGE
    except KeyboardInterrupt:
        # What was printed before comes before.
        is_all_written()
        complain("interrupted.")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has seen enough.
        return ExitCode.FAILED
    except Exception as error:
        if os.environ.get("PYPI_SERVER_DEBUG") and not is_foreseen(error):
            raise
        complain(sentence_of(error))
        return exit_code_of(error)
    finally:
        is_all_written()


def _launcher(application: App) -> App:
    """Return an app that takes the common options, wherever they stand, and runs the command."""

    @application.meta.default
    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        options: CommonOptions = _NONE_GIVEN,
    ) -> int | None:
        command, bound, wanted = application.parse_args(tokens, print_error=False, exit_on_error=False)
        words = own_name(application.parse_commands(tokens)[0])
        context = Context(options=options, output=Output(command=words, is_json=options.json))
        given: dict[str, Any] = dict.fromkeys(wanted, context)
        code: int | None
        try:
            code = command(*bound.args, **bound.kwargs, **given)
        except SettingsError as error:
            raise context.located(error) from error
        return code

    # Otherwise an interruption would end the process without a word.
    application.meta.suppress_keyboard_interrupt = False
    return application.meta
