"""What goes to a terminal, and what may not."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper

from pypi_terminal.columns import folded

_RED, _PLAIN = "\033[31m", "\033[0m"


def prepare_streams() -> None:
    """Make sure that no closed stream, and no character unknown to a terminal, stops a command."""
    sys.stdin = sys.stdin or os.fdopen(os.open(os.devnull, os.O_RDONLY), "r")
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def is_all_written() -> bool:
    """Write what standard output still holds; drop what cannot be written, so that the exit is quiet."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        # Python tries once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def sanitize(text: str) -> str:
    """
    Return *text* as one line that cannot control a terminal.

    White space becomes spaces; control characters, and those that reorder or hide others, become U+FFFD.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else " " if each.isspace() else "\ufffd" for each in text)


def complain(program: str, sentence: str, *, is_red: bool = False) -> None:
    """Print what *program* says on standard error, sanitized; on a terminal it is broken between words."""
    lines = [f"{program}: {sanitize(sentence)}"]
    if sys.stderr.isatty():
        lines = folded(lines[0], shutil.get_terminal_size().columns, hang=2)
    text = "\n".join(lines)
    print(f"{_RED}{text}{_PLAIN}" if is_red else text, file=sys.stderr)


@contextmanager
def transfer_bar(label: str, total: int | None, *, has_color: bool) -> Iterator[Callable[[int], None]]:
    """Show on standard error how far a transfer is, and take it away at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    console = Console(stderr=True, no_color=not has_color)
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(sanitize(label), total=total)
        yield lambda done: progress.update(task, completed=done)
