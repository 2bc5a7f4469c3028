"""A program and the table of its commands; reading the table loads none of them."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.abc import InspectLoader
from types import CodeType
from typing import NamedTuple


class Command(NamedTuple):
    """
    A command.

    Attributes:
        name: The word that calls it, within its group.
        function: Where the function is that does it, as ``package.module:function``.
        result: Where the type is that ``--json`` prints, in the same form; empty where it prints none.
        other_names: Whole names that call it too, such as ``docs upload``.
        hidden_names: Whole names that call it too and that no list shows.
    """

    name: str
    function: str
    result: str = ""
    other_names: tuple[str, ...] = ()
    hidden_names: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The first paragraph of the function's docstring; the compiled module is read, not run."""
        return " ".join(_docstring(self.function).partition("\n\n")[0].split())


class CommandGroup(NamedTuple):
    """Commands whose names begin with the same word."""

    name: str
    summary: str
    commands: tuple[Command, ...]
    other_names: tuple[str, ...] = ()


class Section(NamedTuple):
    """Commands that stand below one heading in the list of all commands."""

    title: str
    entries: tuple[Command | CommandGroup, ...]


class Program:
    """
    A program with commands.

    Attributes:
        name: How it is called, such as ``pypi-cli``.
        version: Its version.
        introduction: The beginning of the page that lists all commands.
        sections: All commands.
        options: Where the class of the options is that every command has, as ``package.module:Class``.
        usual_options: Some of these options, as an example.
        runner: Where the function is that runs a command line.
        foreign_words: Commands and options of other tools, and what to type instead.
    """

    def __init__(
        self,
        name: str,
        *,
        version: str,
        introduction: str,
        sections: Sequence[Section],
        options: str,
        usual_options: str,
        runner: str,
        foreign_words: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self.introduction = introduction
        self.sections = sections
        self.options = options
        self.usual_options = usual_options
        self.runner = runner
        self.foreign_words = foreign_words or {}

    @property
    def schema(self) -> str:
        """The version of everything that ``--json`` prints; a new number: a member changed its meaning."""
        return f"{self.name}/1"

    @property
    def debug_variable(self) -> str:
        """The environment variable that lets a bug end the program with a traceback."""
        return f"{self.name.upper().replace('-', '_')}_DEBUG"

    @cached_property
    def groups(self) -> Mapping[str, CommandGroup]:
        """The groups by all their names."""
        found = [each for section in self.sections for each in section.entries]
        groups = [each for each in found if isinstance(each, CommandGroup)]
        return {name: each for each in groups for name in (each.name, *each.other_names)}

    @cached_property
    def commands(self) -> Mapping[str, Command]:
        """All commands by their own whole names."""
        return dict(self._commands())

    def _commands(self) -> Iterator[tuple[str, Command]]:
        for section in self.sections:
            for entry in section.entries:
                if isinstance(entry, Command):
                    yield entry.name, entry
                else:
                    yield from ((f"{entry.name} {each.name}", each) for each in entry.commands)

    @cached_property
    def other_names(self) -> Mapping[str, str]:
        """Other names of commands and groups, and the names they have in results."""
        commands = {
            other: name
            for name, each in self.commands.items()
            for other in (*each.other_names, *each.hidden_names)
        }
        return commands | {name: each.name for name, each in self.groups.items() if name != each.name}

    @cached_property
    def first_words(self) -> frozenset[str]:
        """The first words of all names of commands."""
        return frozenset(each.partition(" ")[0] for each in (*self.commands, *self.other_names))

    def own_name(self, words: Sequence[str]) -> str:
        """Return the own name of the command that *words* call."""
        called = " ".join(words)
        if called in self.other_names:
            return self.other_names[called]
        first, *rest = words or [""]
        return " ".join([self.other_names.get(first, first), *rest])


def _docstring(function: str) -> str:
    module, _colon, name = function.partition(":")
    spec = importlib.util.find_spec(module)
    code = spec.loader.get_code(module) if spec and isinstance(spec.loader, InspectLoader) else None
    constants = code.co_consts if code else ()
    functions = (each for each in constants if isinstance(each, CodeType) and each.co_name == name)
    # Python keeps a function's docstring as its first constant; -OO leaves it out.
    text = next((each.co_consts[0] for each in functions), None)
    return inspect.cleandoc(text) if isinstance(text, str) else ""
