"""From a command line to an exit code: whatever happens, a person is told in a sentence."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from pypi_tool.application import OTHER_NAMES, build_application
from pypi_tool.context import Context
from pypi_tool.help_pages import requested_page
from pypi_tool.settings.global_options import GlobalOptions, color_option
from pypi_tool.terminal.exit_codes import ExitCode
from pypi_tool.terminal.failures import UsageError, exit_code_of, is_foreseen, sentence_of
from pypi_tool.terminal.output import Output
from pypi_tool.terminal.streams import complain, is_all_written, prepare_streams

_NONE_GIVEN = GlobalOptions()


def run(arguments: list[str]) -> int:
    """Run the command that *arguments* name and return how it ended."""
    prepare_streams()
    said = Output(GlobalOptions(color=color_option(arguments)).appearance(), command="")
    try:
        is_completing = arguments[:2] == ["complete-words", "--"]
        code = _complete(arguments[2:]) if is_completing else _run(arguments)
        # What cannot be written is told here; at exit nobody could.
        sys.stdout.flush()
        return code
    except CycloptsError as error:
        from pypi_tool.usage_errors import sentence_of_misuse

        said.problem(sentence_of_misuse(error))
        return ExitCode.USAGE
    except UsageError as error:
        said.problem(str(error))
        return ExitCode.USAGE
    except KeyboardInterrupt:
        # What was printed before comes before.
        is_all_written()
        complain("interrupted.")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        return ExitCode.FAILED
    except Exception as error:
        if os.environ.get("PYPI_CLI_DEBUG") and not is_foreseen(error):
            raise
        said.problem(" ".join([sentence_of(error), *getattr(error, "__notes__", ())]))
        return exit_code_of(error)
    finally:
        is_all_written()


def _complete(words: list[str]) -> int:
    from pypi_tool.completing import candidates

    for each in candidates(words):
        print(each)
    return ExitCode.DONE


def _run(arguments: list[str]) -> int:
    """Print the page that is asked for, or run the command."""
    output = Output(GlobalOptions(color=color_option(arguments)).appearance(), command="help")
    page = requested_page(arguments, output.bold if sys.stdout.isatty() else str)
    for line in page:
        output.line(line)
    if page:
        return ExitCode.DONE
    tokens = arguments[1:] if arguments[:1] == ["help"] else arguments
    ended = launcher(build_application())(
        tokens, print_error=False, exit_on_error=False, result_action="return_value"
    )
    return ended or ExitCode.DONE


def _explain(error: Exception, context: Context) -> None:
    """Add to an error that something is not there on which index, and which project may have been meant."""
    from pypi_api_client.errors import NotFound
    from pypi_resolution.errors import NothingFits
    from pypi_tool.work.nearest_names import missing_project, nearest_names

    if not isinstance(error, NotFound | NothingFits):
        return
    if name := missing_project(str(error)):
        # Standard input gives its token once.
        is_spent = context.options.token_file == "-"
        with context.client_with(None) if is_spent else context.client() as client:
            alike = nearest_names(client, name)
        if alike:
            error.add_note(f"Did you mean {' or '.join(alike)}?")
    error.add_note(f"The index is {context.index().root}.")


def launcher(application: App) -> App:
    """Return an app that takes the options of every command, wherever they stand, and runs the command."""

    @application.meta.default
    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        options: GlobalOptions = _NONE_GIVEN,
    ) -> int | None:
        command, bound, wanted = application.parse_args(tokens, print_error=False, exit_on_error=False)
        context: dict[str, Any] = {}
        if wanted:
            names = application.parse_commands(tokens)[0]
            command_name = " ".join(names)
            output = Output(options.appearance(), command=OTHER_NAMES.get(command_name, command_name))
            context = dict.fromkeys(wanted, Context(options=options, output=output))
        try:
            code: int | None = command(*bound.args, **bound.kwargs, **context)
        except Exception as error:
            for each in context.values():
                _explain(error, each)
            raise
        return code

    # Otherwise an interruption would end the process without a word.
    application.meta.suppress_keyboard_interrupt = False
    return application.meta
