"""A command line that cannot be read: what is wrong with it, and what was perhaps meant."""

from __future__ import annotations

import difflib
import pkgutil
from collections.abc import Iterable, Sequence

from cyclopts import (
    App,
    CycloptsError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from pypi_terminal.program import Program


def usage_message(program: Program, error: CycloptsError) -> str:
    """Return the message for a command line that cannot be read."""
    command = " ".join([program.name, *(error.command_chain or ())])
    return f"{_problem(program, error, command)} See {command} --help."


def _problem(program: Program, error: CycloptsError, command: str) -> str:
    unused = error.unused_tokens or [""]
    match error:
        case UnknownOptionError():
            own = (name for each in error.argument_collection if each.parse for name in each.names)
            return _unknown_option(program, error.token.keyword or error.token.value, own)
        case UnknownCommandError() if unused[0].startswith("-"):
            return _unknown_option(program, unused[0], ())
        case UnknownCommandError():
            return _unknown_command(program, unused[0], error.app)
        case UnusedCliTokensError():
            return f"{command} does not know what to do with {', '.join(map(repr, unused))}."
        case MissingArgumentError() if error.argument is not None:
            return f"{error.argument.names[0].upper()} is missing."
        case _:
            return str(error).strip()


def _unknown_command(program: Program, word: str, group: App | None) -> str:
    if word in program.foreign_words:
        return program.foreign_words[word]
    known = [each for each in group or () if not each.startswith("-")]
    return f'Unknown command "{word}".{_perhaps(word, known)}'


def _unknown_option(program: Program, option: str, own: Iterable[str]) -> str:
    # What stands behind an equals sign may be a secret, and so may what stands behind a letter.
    name = option.partition("=")[0]
    letter = name[:2] if name[:1] == "-" != name[1:2] else name
    if hint := program.foreign_words.get(name) or program.foreign_words.get(letter):
        return f"There is no option {letter}. {hint}"
    fields = pkgutil.resolve_name(program.options).__dataclass_fields__
    general = (f"--{field.replace('_', '-')}" for field in fields)
    return f"There is no option {letter}.{_perhaps(name, [*own, *general])}"


def _perhaps(word: str, known: Sequence[str]) -> str:
    alike = difflib.get_close_matches(word, known, n=1)
    return f" Did you mean {alike[0]}?" if alike else ""
