"""A command line that cannot be read: what is wrong with it, and what was perhaps meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from cyclopts import CycloptsError, UnknownCommandError, UnknownOptionError, UnusedCliTokensError

from pypi_app.server_command.options import CommonOptions


def usage_message(error: CycloptsError) -> str:
    """Return what a person is told of a command line that cannot be read."""
    command = " ".join(["pypi-server", *(error.command_chain or ())])
    return f"{_problem(error, command)} See {command} --help."


def _problem(error: CycloptsError, command: str) -> str:
    unused = error.unused_tokens or [""]
    match error:
        case UnknownOptionError():
            own = (name for each in error.argument_collection if each.parse for name in each.names)
            return _unknown_option(error.token.keyword or error.token.value, own)
        case UnknownCommandError() if unused[0].startswith("-"):
            return _unknown_option(unused[0], ())
        case UnusedCliTokensError():
            return f"{command} does not know what to do with {', '.join(map(repr, unused))}."
        case _:
            return str(error).strip()


def _unknown_option(option: str, own: Iterable[str]) -> str:
    common = (f"--{field}" for field in CommonOptions.__dataclass_fields__)
    # What stands after an equals sign may be a secret.
    name = option.partition("=")[0]
    alike = difflib.get_close_matches(name, [*own, *common], n=1)
    return f"There is no option {name}.{f' Did you mean {alike[0]}?' if alike else ''}"
