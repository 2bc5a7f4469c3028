"""Commands found by the words of a command line, for help and for completion."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cyclopts import App

from pypi_terminal.application import build_application
from pypi_terminal.program import Program

if TYPE_CHECKING:
    from cyclopts.argument import Argument


class FoundCommand(NamedTuple):
    """A command or a group of commands, the words that name it, and the words that follow."""

    app: App
    path: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def is_group(self) -> bool:
        """Return whether it only holds other commands."""
        return self.app.default_command is None

    def commands(self) -> dict[str, App]:
        """Return the commands of a group by their names, in the order of their definition."""
        return {name: self.app[name] for name in self.app if not name.startswith("-")}

    def arguments(self) -> list[Argument]:
        """Return what it takes on the command line, beside the options of every command."""
        if self.is_group:
            return []
        return shown_arguments(self.app)


def find_command(program: Program, words: Sequence[str]) -> FoundCommand:
    """Return the command that *words* name, options before it left aside."""
    start = next((at for at, word in enumerate(words) if word in program.first_words), len(words))
    app, path, rest = build_application(program), [], list(words[start:])
    while rest and not rest[0].startswith("-") and rest[0] in app:
        app = app[rest[0]]
        path.append(rest.pop(0))
    return FoundCommand(app, tuple(path), tuple(rest))


def shown_arguments(app: App) -> list[Argument]:
    """Return the arguments and options of an app that people may know of."""
    return [
        each for each in app.assemble_argument_collection(parse_docstring=True) if each.parse and each.show
    ]


def common_options(program: Program) -> list[Argument]:
    """Return the options of every command."""
    return shown_arguments(App(default_command=pkgutil.resolve_name(program.options)))
