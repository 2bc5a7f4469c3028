"""Tables and long lines on a terminal, where nothing breaks inside a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

_GAP = "  "
_NARROWEST = 24
_GLUE = "\0"  # no white space, and in no cell

Style = Callable[[str], str]


class Row(NamedTuple):
    """A row of a table; one that is dim tells of what should not be used."""

    cells: tuple[str, ...]
    is_dim: bool = False


class Table(NamedTuple):
    """Rows below headings; the last column is the one that may be long."""

    headings: tuple[str, ...]
    rows: Sequence[Row]


def table_lines(table: Table, width: int, *, bold: Style, dim: Style) -> Iterator[str]:
    """
    Yield the lines of a table, in aligned columns.

    Where the last column does not fit beside the others, it goes below them; where those do not fit either,
    each row becomes a paragraph.  Cells have to be sanitized.
    """
    used = [number for number in range(len(table.headings)) if any(row.cells[number] for row in table.rows)]
    rows = [[table.headings[number] for number in used]]
    rows += [[row.cells[number] for number in used] for row in table.rows]
    *widths, last = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    start = sum(widths) + len(_GAP) * len(widths)
    words = [word for cells in rows for word in cells[-1].split()]
    room = max([min(last, _NARROWEST), *map(text_width, words)])
    styles = [bold, *(dim if row.is_dim else str for row in table.rows)]
    for cells, style in zip(rows, styles, strict=True):
        head = "".join(_padded(cell, each) + _GAP for cell, each in zip(cells, widths, strict=False))
        if start + room <= width:
            lines = _beside(head, cells[-1], width)
        else:
            lines = [head.rstrip()] if start <= width else _paragraph(cells[:-1], width)
            lines += _beside(_GAP, cells[-1], width)
        yield from map(style, lines)


def _paragraph(cells: Sequence[str], width: int) -> list[str]:
    """Return cells one after the other, where a line is broken only between them."""
    text = _GAP.join(each.replace(" ", _GLUE) for each in cells if each)
    return [each.replace(_GLUE, " ") for each in folded(text, width, hang=len(_GAP))]


def _beside(head: str, text: str, width: int) -> list[str]:
    start = text_width(head)
    first, *more = folded(text, width - start) or [""]
    return [(head + first).rstrip(), *(" " * start + each for each in more)]


def folded(text: str, width: int, *, hang: int = 0, measure: Callable[[str], int] | None = None) -> list[str]:
    """
    Return *text* in lines of at most *width*, broken between words; a longer word has a line of its own.

    Lines after the first begin with *hang* spaces.
    """
    measured = measure or text_width
    if measured(text) <= width:
        return [text] if text else []
    lines: list[str] = []
    line = ""
    for word in re.findall(r"\s*\S+", text):
        if line and measured(line + word) > width:
            lines.append(line)
            # A word that does not fit behind the indentation gets less of it.
            line = " " * min(hang, max(0, width - measured(word.lstrip()))) + word.lstrip()
        else:
            line += word
    return [*lines, line]


def text_width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_character_width(each) for each in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _padded(text: str, width: int) -> str:
    return text + " " * (width - text_width(text))
