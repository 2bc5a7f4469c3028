"""``entry_points.txt``: commands and plugins, by the entry points specification."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pypi_core.errors import shown

LARGEST: Final = 256 * 1024
"""In bytes; the largest real ones have some ten thousand."""

# Installers make a file of each name in these groups.
_SCRIPTS: Final = ("console_scripts", "gui_scripts")
_COMMAND: Final = re.compile(r"[\w.-]+")
_HEADER: Final = re.compile(r"\[(.+)\]")


def entry_point_faults(content: bytes) -> Iterator[str]:
    """
    Yield what is wrong with an ``entry_points.txt``.

    The format is that of `configparser` with ``=`` alone, case-sensitive, nothing twice; that
    module itself takes time that grows with the square of the number of wrong lines.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        yield "its entry_points.txt is not UTF-8"
        return
    group = ""
    names: dict[str, set[str]] = {}
    for number, line in _statements(text):
        where = f"line {number} of its entry_points.txt"
        name, equals, _target = (part.strip() for part in line.partition("="))
        if header := _HEADER.match(line):
            group = header[1]
            if group in names:
                yield f"{where} begins the group {shown(group)} again"
            names.setdefault(group, set())
        elif not group:
            yield f"{where} belongs to no group"
        elif not name or not equals:
            yield f"{where} is not 'name = object' but {shown(line)}"
        elif name in names[group]:
            yield f"{where} has the entry point {shown(name)} in {shown(group)} again"
        else:
            names[group].add(name)
            if group in _SCRIPTS and not _is_command(name):
                yield f"{where} makes {shown(name)} a command: use letters, digits, '_', '.' and '-'"


def _statements(text: str) -> Iterator[tuple[int, str]]:
    # Lines with their numbers, without comments and without those that continue a value.
    indentation, in_value = 0, False
    for number, line in enumerate(text.split("\n"), 1):
        statement = line.strip()
        if not statement or statement.startswith(("#", ";")):
            continue
        indented = len(line) - len(line.lstrip())
        if in_value and indented > indentation:
            continue
        indentation, in_value = indented, not _HEADER.match(statement)
        yield number, statement


def _is_command(name: str) -> bool:
    # Installers would write outside of the folder for scripts.
    return bool(_COMMAND.fullmatch(name)) and name not in (".", "..")
