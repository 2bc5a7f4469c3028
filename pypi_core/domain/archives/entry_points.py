"""``entry_points.txt``: commands and plugins, by the entry points specification."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from typing import Final

from pypi_core.errors import shown

LARGEST: Final = 1024 * 1024

# Installers make a file of each name in these groups.
_SCRIPTS: Final = ("console_scripts", "gui_scripts")
_COMMAND: Final = re.compile(r"[\w.-]+")


class _Parser(configparser.ConfigParser):
    """The INI of the specification: ``=`` alone, case-sensitive, nothing twice, no special section."""

    def __init__(self) -> None:
        super().__init__(delimiters=("=",), strict=True, interpolation=None, default_section="")

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def entry_point_faults(content: bytes) -> Iterator[str]:
    """Yield what is wrong with an ``entry_points.txt``."""
    parser = _Parser()
    try:
        parser.read_string(content.decode(), "entry_points.txt")
    except UnicodeDecodeError:
        yield "its entry_points.txt is not UTF-8"
        return
    except configparser.Error as error:
        yield f"its entry_points.txt cannot be read: {_one_line(error)}"
        return
    for group in _SCRIPTS:
        for command in parser[group] if parser.has_section(group) else ():
            # Installers would write outside of the folder for scripts.
            if not _COMMAND.fullmatch(command) or command in (".", ".."):
                yield (
                    f"the entry point {shown(command)} in the {group} of its entry_points.txt "
                    "cannot be a command: use letters, digits, '_', '.' and '-'"
                )


def _one_line(error: configparser.Error) -> str:
    # The message of a parsing error has a line for every line that is wrong.
    return error.message.partition("\n")[0][:200].rstrip(": ")
