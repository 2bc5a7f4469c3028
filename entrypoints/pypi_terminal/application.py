"""The application that reads a command line; a command's module is loaded when it is run."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Protocol

from cyclopts import App, Parameter

from pypi_terminal.program import Command, CommandGroup, Program


class CommandContext(Protocol):
    """What a command is given beside its own arguments."""

    def explain(self, error: Exception) -> None:
        """Add to *error* what helps, or raise a clearer one; called once, when it ends the command."""


def build_application(program: Program) -> App:
    """Return the app, without the options that every command has."""
    application = App(
        name=program.name,
        version=program.version,
        help_flags=[],
        default_parameter=Parameter(negative_iterable=()),
        result_action="return_value",
        print_error=False,
        exit_on_error=False,
    )
    groups: dict[str, App] = {}
    for section in program.sections:
        for entry in section.entries:
            if isinstance(entry, CommandGroup):
                groups[entry.name] = _group(entry)
                application.command(groups[entry.name])
            else:
                application.command(entry.function, name=entry.name)
    for command in program.commands.values():
        _add_other_names(application, groups, command)
    return application


def _group(group: CommandGroup) -> App:
    app = App(name=(group.name, *group.other_names), help=group.summary)
    for each in group.commands:
        app.command(each.function, name=each.name)
    return app


def _add_other_names(application: App, groups: dict[str, App], command: Command) -> None:
    for names, is_shown in ((command.other_names, True), (command.hidden_names, False)):
        for name in names:
            first, _space, second = name.partition(" ")
            holder = groups[first] if second else application
            holder.command(command.function, name=second or first, show=is_shown)


def launch(
    program: Program, arguments: Sequence[str], context_of: Callable[[Any, str], CommandContext]
) -> int | None:
    """
    Run the command that *arguments* name, and return what it returns.

    Args:
        program: Whose command it is.
        arguments: The command line; a word that asks for help was heeded before.
        context_of: Makes what the command is given of the options of every command and its own name.
    """
    tokens = arguments[1:] if arguments[:1] == ["help"] else arguments
    application = _launcher(program, build_application(program), context_of)
    code: int | None = application(
        tokens, print_error=False, exit_on_error=False, result_action="return_value"
    )
    return code


def _launcher(program: Program, application: App, context_of: Callable[[Any, str], CommandContext]) -> App:
    """Return an app that takes the options of every command, wherever they stand, and runs the command."""
    kind = pkgutil.resolve_name(program.options)
    none_given = kind()

    def run(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)], options: Any = none_given
    ) -> int | None:
        command, bound, wanted = application.parse_args(tokens, print_error=False, exit_on_error=False)
        name = program.own_name(application.parse_commands(tokens)[0])
        context = context_of(options, name)
        given: dict[str, Any] = dict.fromkeys(wanted, context)
        try:
            code: int | None = command(*bound.args, **bound.kwargs, **given)
        except Exception as error:
            context.explain(error)
            raise
        return code

    # The programs have different options.
    run.__annotations__["options"] = kind
    application.meta.default(run)
    # Otherwise an interruption would end the process without a word.
    application.meta.suppress_keyboard_interrupt = False
    return application.meta
