"""Where results and messages go, and how they look."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TextIO

from pypi_terminal.columns import Row, Table, folded, table_lines, text_width
from pypi_terminal.program import Program
from pypi_terminal.streams import complain, sanitize, transfer_bar

Color = Literal["auto", "always", "never"]

# Styles are marked by what no index can know, and become escape sequences when everything else is sanitized.
_MARK = secrets.token_hex(8)
_STYLE = re.compile(rf"{_MARK}\[(\d+)m")
# Within a JSON text only strings have any of these.
_UNPRINTABLE = re.compile(r"[^\x00-\x7e]")


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """How output looks: what the command line says, then the environment, then the configuration."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: Color | None = None
    configured_color: Callable[[], Color] = lambda: "auto"

    def has_color(self, stream: TextIO) -> bool:
        """Return whether *stream* gets colours: options go before the environment and the configuration."""
        if self.color in {"always", "never"}:
            return self.color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR"):
            return True
        configured = self.configured_color()
        if configured != "auto":
            return configured == "always"
        return stream.isatty() and not _is_dumb()


def _is_dumb() -> bool:
    """Return whether the terminal does nothing but print."""
    return os.environ.get("TERM") == "dumb"


class Output:
    """
    Prints a command's result on standard output and everything else on standard error.

    With ``--json`` the result is one object, ``{"schema", "command", "result"}``, and lines are not printed.
    Whatever an index says is sanitized here, so that commands need not.
    """

    def __init__(self, program: Program, appearance: Appearance, *, command: str) -> None:
        self._program = program
        self._appearance = appearance
        self._command = command

    @cached_property
    def _has_color(self) -> bool:
        return self._appearance.has_color(sys.stdout)

    @property
    def is_json(self) -> bool:
        """Return whether a program reads the result."""
        return self._appearance.json

    @property
    def is_quiet(self) -> bool:
        """Return whether only results and errors are wanted."""
        return self._appearance.quiet

    @property
    def is_terminal(self) -> bool:
        """Return whether a person at a terminal reads the result."""
        return not self.is_json and sys.stdout.isatty()

    def line(self, text: str, *, hang: int = 2) -> None:
        """
        Print a line of the result for a person, sanitized.

        On a terminal a long one is broken between words; the lines after the first are indented by *hang*.
        """
        if self.is_json:
            return
        lines = [text]
        if self.is_terminal:
            lines = folded(text, shutil.get_terminal_size().columns, hang=hang, measure=_shown_width) or [""]
        for each in lines:
            print(_styled(each), flush=True)

    def done(self, text: str) -> None:
        """Print a line that confirms what was done, unless only what was asked for is wanted."""
        if not self.is_quiet:
            self.line(text)

    def result(
        self,
        value: object,
        lines: Iterable[str] = (),
        *,
        done: Iterable[str] = (),
        table: Table | None = None,
        verbatim: str | None = None,
    ) -> None:
        """
        Print a command's result: *value* for programs, *lines* for people.

        *done* confirms what was done, and is not printed with ``--quiet``.  *table* stands for *lines* on a
        terminal.  *verbatim* is printed for people as it is: nothing that came from an index may be in it.
        """
        if self.is_json:
            import msgspec

            content = {"schema": self._program.schema, "command": self._command, "result": value}
            encoded = msgspec.json.format(msgspec.json.encode(content), indent=2)
            # A command may go on after its result.
            print(_UNPRINTABLE.sub(_escaped, encoded.decode()), flush=True)
        else:
            if verbatim is not None:
                print(verbatim, flush=True)
            if table is not None and self.is_terminal:
                lines = self._table_lines(table)
            for each in lines:
                self.line(each)
            for each in done:
                self.done(each)

    def _table_lines(self, table: Table) -> Iterator[str]:
        if not table.rows:
            return
        clean = [Row(tuple(map(sanitize, row.cells)), is_dim=row.is_dim) for row in table.rows]
        width = shutil.get_terminal_size().columns
        yield from table_lines(Table(table.headings, clean), width, bold=self.bold, dim=self.dim)

    def note(self, sentence: str) -> None:
        """Say something that helps, on standard error."""
        if not self._appearance.quiet:
            complain(self._program.name, sentence)

    def problem(self, sentence: str) -> None:
        """Say on standard error what is wrong, in red where that can be seen."""
        complain(self._program.name, sentence, is_red=self._appearance.has_color(sys.stderr))

    def detail(self, sentence: str) -> None:
        """Say on standard error what is done, to those who want to know."""
        if self._appearance.verbose:
            complain(self._program.name, sentence)

    def bold(self, text: str) -> str:
        """Return *text* to be printed bold where that can be seen."""
        return self._marked(text, 1)

    def dim(self, text: str) -> str:
        """Return *text* to be printed faint where that can be seen."""
        return self._marked(text, 2)

    def _marked(self, text: str, style: int) -> str:
        return f"{_MARK}[{style}m{text}{_MARK}[0m" if self._has_color else text

    @contextmanager
    def progress(self, label: str, total: int | None) -> Iterator[Callable[[int], None] | None]:
        """Show on a terminal how far a transfer is; call the function it yields with the bytes so far."""
        if self._appearance.quiet or not sys.stderr.isatty() or _is_dumb():
            yield None
            return
        with transfer_bar(label, total, has_color=self._appearance.has_color(sys.stderr)) as progress:
            yield progress


def _shown_width(text: str) -> int:
    """Return how many columns a line takes without the marks of its styles."""
    return text_width(sanitize(_STYLE.sub("", text)))


def _styled(text: str) -> str:
    """Return a line sanitized, with the escape sequences of its styles."""
    return "".join(
        f"\033[{part}m" if number % 2 else sanitize(part) for number, part in enumerate(_STYLE.split(text))
    )


def _escaped(found: re.Match[str]) -> str:
    """Write a character that could control a terminal as JSON escapes it; any other stays."""
    character = found[0]
    if character.isprintable():
        return character
    encoded = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{encoded[at : at + 4]}" for at in range(0, len(encoded), 4))
