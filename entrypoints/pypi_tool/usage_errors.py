"""A command line that means nothing: what is wrong with it, and what was perhaps meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from cyclopts import (
    App,
    CycloptsError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from pypi_tool.foreign_words import FOREIGN_COMMANDS, FOREIGN_OPTIONS
from pypi_tool.settings.global_options import GlobalOptions


def sentence_of_misuse(error: CycloptsError) -> str:
    """Return what a person is told of a command line that cannot be read."""
    command = " ".join(["pypi-cli", *(error.command_chain or ())])
    return f"{_problem(error, command)} See {command} --help."


def _problem(error: CycloptsError, command: str) -> str:
    unused = error.unused_tokens or [""]
    match error:
        case UnknownOptionError():
            own = (name for each in error.argument_collection if each.parse for name in each.names)
            return _unknown_option(error.token.keyword or error.token.value, own)
        case UnknownCommandError() if unused[0].startswith("-"):
            return _unknown_option(unused[0], ())
        case UnknownCommandError():
            return _unknown_command(unused[0], error.app)
        case UnusedCliTokensError():
            return f"{command} does not know what to do with {', '.join(map(repr, unused))}."
        case MissingArgumentError() if error.argument is not None:
            return f"{error.argument.names[0].upper()} is missing."
        case _:
            return str(error).strip()


def _unknown_command(word: str, group: App | None) -> str:
    if word in FOREIGN_COMMANDS:
        return FOREIGN_COMMANDS[word]
    known = [each for each in group or () if not each.startswith("-") and each != "complete-words"]
    alike = difflib.get_close_matches(word, known, n=1)
    return f'Unknown command "{word}".{f" Did you mean {alike[0]}?" if alike else ""}'


def _unknown_option(option: str, own: Iterable[str]) -> str:
    # What stands behind an equals sign may be a secret, and so may what stands behind a letter.
    name = option.partition("=")[0]
    letter = name[:2] if name[:1] == "-" != name[1:2] else name
    if hint := FOREIGN_OPTIONS.get(name) or FOREIGN_OPTIONS.get(letter):
        return f"There is no option {letter}. {hint}"
    general = (f"--{field.replace('_', '-')}" for field in GlobalOptions.__dataclass_fields__)
    alike = difflib.get_close_matches(name, [*own, *general], n=1)
    return f"There is no option {letter}.{f' Did you mean {alike[0]}?' if alike else ''}"
