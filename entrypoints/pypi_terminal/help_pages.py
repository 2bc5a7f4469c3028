"""The pages that ``--help`` prints."""

from __future__ import annotations

import inspect
import shutil
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from pypi_terminal.program import Program

if TYPE_CHECKING:
    from cyclopts.argument import Argument

    from pypi_terminal.command_tree import FoundCommand

_FLAGS = frozenset({"-h", "--help", "--help-all"})
_WIDEST = 100
_LABEL = 20

Bold = Callable[[str], str]


def requested_page(program: Program, arguments: Sequence[str], bold: Bold) -> list[str]:
    """
    Return the lines of the page that a command line asks for, none if it asks for no page.

    Pages are asked for by ``--help``, ``-h``, ``--help-all``, ``help COMMAND``, and by what names no command.
    """
    words = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    flags = _FLAGS & set(words)
    is_asked = bool(flags) or words[:1] == ["help"]
    words = [each for each in words[words[:1] == ["help"] :] if each not in _FLAGS]
    if not (is_asked or not words or words[-1] in program.groups):
        return []
    everything = "--help-all" in flags
    if all(each.startswith("-") for each in words):
        return [*_front_page(program, bold), *_common_options(program, bold, everything=everything)]
    from pypi_terminal.command_tree import find_command

    found = find_command(program, words)
    if not found.path or (found.is_group and found.rest and not found.rest[0].startswith("-")):
        # A word of it is mistyped, as the parser will say.
        return []
    if not is_asked and not (found.is_group and not found.rest):
        return []
    page = _group_page if found.is_group else _command_page
    return [*page(program, found, bold), *_common_options(program, bold, everything=everything)]


def _front_page(program: Program, bold: Bold) -> Iterator[str]:
    yield bold(f"Usage: {program.name} COMMAND [OPTIONS]")
    yield from _text(program.introduction)
    yield from _example_section(_examples(program.introduction), bold)
    for section in program.sections:
        yield from _table(bold(f"{section.title}:"), [(each.name, each.summary) for each in section.entries])


def _group_page(program: Program, found: FoundCommand, bold: Bold) -> Iterator[str]:
    name = " ".join(found.path)
    yield bold(f"Usage: {program.name} {name} COMMAND [OPTIONS]")
    yield from _text(found.app.help)
    shown = {name: each for name, each in found.commands().items() if each.show}
    rows = [(name, _summary(each.help)) for name, each in shown.items()]
    yield from _table(bold("Commands:"), rows)
    examples = [line for each in shown.values() for line in _examples(each.help)[:1]]
    yield from _example_section(examples, bold)


def _command_page(program: Program, found: FoundCommand, bold: Bold) -> Iterator[str]:
    arguments = found.arguments()
    named = [each for each in arguments if each.index is not None]
    yield from _usage([program.name, *found.path], named, bold)
    manual = inspect.cleandoc(found.app.help).partition("\nParameters\n---")[0]
    yield from _text(manual)
    yield from _example_section(_examples(manual), bold)
    yield from _table(bold("Arguments:"), [(each.names[0].upper(), _explained(each)) for each in named])
    groups: dict[str, list[Argument]] = {}
    for each in arguments:
        if each.index is None:
            groups.setdefault(_title(each), []).append(each)
    for title, options in groups.items():
        yield from _table(bold(f"{title}:"), [(_spelt(each), _explained(each)) for each in options])


def _usage(command: Iterable[str], named: Iterable[Argument], bold: Bold) -> Iterator[str]:
    words = ["Usage:", *command, "[OPTIONS]"]
    for each in named:
        word = each.names[0].upper() + ("..." if each.token_count()[1] else "")
        words.append(word if each.required else f"[{word}]")
    for line in textwrap.wrap(" ".join(words), _width(), subsequent_indent=" " * 4):
        yield bold(line)


def _common_options(program: Program, bold: Bold, *, everything: bool) -> Iterator[str]:
    if not everything:
        yield from ("", f"Options of every command, such as {program.usual_options}: see --help-all.")
        return
    from pypi_terminal.command_tree import common_options

    rows = [(_spelt(each), _explained(each)) for each in common_options(program)]
    yield from _table(bold("Options of every command:"), rows)


def _text(text: str) -> Iterator[str]:
    """Yield the paragraphs of a docstring, without its examples."""
    for paragraph in _paragraphs(text):
        if not paragraph.startswith("```"):
            yield ""
            yield from _wrapped(" ".join(paragraph.split()).replace("`", ""))


def _example_section(examples: Iterable[str], bold: Bold) -> Iterator[str]:
    lines = [part for each in examples for part in _continued(each)]
    if lines:
        yield from ("", bold("Examples:" if len(lines) > 1 else "Example:"))
        yield from lines


def _continued(example: str) -> Iterator[str]:
    """Break a command line as a shell would read it."""
    parts = textwrap.wrap(
        example, _width() - 4, subsequent_indent=" " * 4, break_long_words=False, break_on_hyphens=False
    )
    for part in parts[:-1]:
        yield f"  {part} \\"
    yield f"  {parts[-1]}"


def _table(title: str, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    if not rows:
        return
    yield from ("", title)
    width = min(_LABEL, max(len(label) for label, _text in rows)) + 4
    for label, text in rows:
        lines = _wrapped(text, indent=" " * width) or [""]
        if len(label) + 4 > width:
            yield f"  {label}"
        else:
            lines[0] = f"  {label}".ljust(width) + lines[0].lstrip()
        yield from (each.rstrip() for each in lines)


def _title(option: Argument) -> str:
    """Return the heading below which an option is explained."""
    from cyclopts import Group

    groups = option.parameter.group
    named = [each.name for each in groups if isinstance(each, Group)] if isinstance(groups, tuple) else []
    return named[0] if named and named[0] != "Parameters" else "Options"


def _spelt(option: Argument) -> str:
    """Return how an option is written: its name, its letter and its opposite if it has them, its value."""
    first = option.names[0]
    opposite = f"--no-{first.removeprefix('--')}"
    names = [each for each in option.names if each in {first, opposite} or len(each) == 2]
    value = _value(option)
    return ", ".join(sorted(names, key=len)) + (f" {value}" if value else "")


def _value(option: Argument) -> str:
    hints = {option.hint, *get_args(option.hint)}
    if bool in hints:
        return ""
    if option.parameter.metavar:
        return option.parameter.metavar
    if Path in hints:
        return "PATH"
    if hints & {int, float}:
        return "N"
    return "WORD" if option.get_choices() else "TEXT"


def _explained(argument: Argument) -> str:
    text = " ".join((argument.parameter.help or "").split()).replace("`", "")
    if choices := argument.get_choices():
        text += f" One of {', '.join(choices)}."
    default = argument.field_info.default
    is_shown = argument.index is None and argument.parameter.show_default is not False
    if is_shown and isinstance(default, str | int | float | Path) and not isinstance(default, bool):
        text += f" (default: {default})"
    return text


def _summary(text: str) -> str:
    return " ".join(next(_paragraphs(text), "").split()).replace("`", "")


def _examples(text: str) -> list[str]:
    return [
        line.strip()
        for each in _paragraphs(text)
        if each.startswith("```")
        for line in each.splitlines()
        if line.strip().strip("`")
    ]


def _paragraphs(text: str) -> Iterator[str]:
    return (each for each in inspect.cleandoc(text).split("\n\n") if each)


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _width(),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _width() -> int:
    return min(_WIDEST, shutil.get_terminal_size().columns)
