"""What can follow on a command line, for the scripts that ``pypi-cli completion`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pypi_terminal.command_tree import common_options, find_command
from pypi_tool.application import PROGRAM

if TYPE_CHECKING:
    from cyclopts.argument import Argument

_INDEX = ("--index", "-i")


def candidates(words: Sequence[str]) -> list[str]:
    """
    Return the words that the last of *words* can become, sorted; none where a file may be meant.

    *words* are what stands behind ``pypi-cli`` up to the cursor.  The last one may be empty.
    """
    *before, begun = words or [""]
    option, equals, value = begun.partition("=")
    if equals and option.startswith("--"):
        return sorted(f"{option}={each}" for each in _values(before, option) if each.startswith(value))
    return sorted({each for each in _following(before, begun) if each.startswith(begun)})


def _following(before: Sequence[str], begun: str) -> Iterable[str]:
    if before and before[-1].startswith("-"):
        option = _option(before, before[-1])
        if option is not None and not option.is_flag():
            return _values(before, before[-1])
    if begun.startswith("-"):
        return (name for each in _options(before) for name in each.names[:1])
    found = find_command(PROGRAM, before)
    if not found.path:
        return (each.name for section in PROGRAM.sections for each in section.entries)
    if found.is_group:
        return (name for name, each in found.commands().items() if each.show)
    return _positional_choices(found.arguments(), found.rest)


def _positional_choices(arguments: Iterable[Argument], rest: Sequence[str]) -> Iterable[str]:
    given = sum(not each.startswith("-") for each in rest)
    return next((each.get_choices() or () for each in arguments if each.index == given), ())


def _values(before: Sequence[str], name: str) -> Iterable[str]:
    option = _option(before, name)
    if option is not None and set(_INDEX) <= set(option.names):
        return _names_of_indexes()
    return (option.get_choices() or ()) if option is not None else ()


def _option(before: Sequence[str], name: str) -> Argument | None:
    return next((each for each in _options(before) if name in each.names), None)


def _options(before: Sequence[str]) -> Iterator[Argument]:
    found = find_command(PROGRAM, before)
    options = [*found.arguments(), *common_options(PROGRAM)]
    return (each for each in options if each.index is None)


def _names_of_indexes() -> Iterable[str]:
    """Return the names of all indexes that are configured; a configuration that cannot be read has none."""
    from pypi_terminal.errors import UsageError
    from pypi_tool.settings.configuration import read_configuration
    from pypi_tool.settings.pypirc import read_pypirc

    try:
        configured, pypirc = read_configuration().indexes, read_pypirc()
    except UsageError:
        return ()
    return {*configured, *(name for name, each in pypirc.items() if each.repository)}
