"""What a person sees."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper


def prepare_streams() -> None:
    """Let no character that a terminal does not know stop a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def complain(sentence: str) -> None:
    """Say on standard error what is wrong; characters that could repaint a terminal are not passed on."""
    safe = "".join(each if each.isprintable() else "\ufffd" for each in sentence)
    print(f"pypi-cli: {safe}", file=sys.stderr)


def tell(line: str) -> None:
    """Print a line of the result."""
    print(line, flush=True)


@contextmanager
def progress_bar(label: str, total: int | None) -> Iterator[Callable[[int], None] | None]:
    """
    Show on a terminal how far a transfer is, and take it away at the end.

    The function given is told how many bytes have passed; elsewhere there is none.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=total)
        yield lambda done: progress.update(task, completed=done)


def bold(text: str) -> str:
    """Return *text* to be printed bold where that can be seen."""
    return f"\033[1m{text}\033[0m" if _has_style() else text


def dim(text: str) -> str:
    """Return *text* to be printed faint where that can be seen."""
    return f"\033[2m{text}\033[0m" if _has_style() else text


def _has_style() -> bool:
    import os

    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def file_size(size: int) -> str:
    """Return a number of bytes as people say it."""
    if size < 1000:
        return f"{size} B"
    amount, unit = float(size), "B"
    for each in ("kB", "MB", "GB"):
        if amount < 999.95:
            break
        amount, unit = amount / 1000, each
    return f"{amount:.1f} {unit}"
