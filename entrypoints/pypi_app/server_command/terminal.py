"""What a person at a terminal sees."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

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


def complain(sentence: str) -> None:
    """Say on standard error what is wrong, in red on a terminal that has colors."""
    text = f"pypi-server: {printable(sentence)}"
    print(f"{_RED}{text}{_PLAIN}" if _has_color() else text, file=sys.stderr)


def remark(sentence: str) -> None:
    """Say something useful on standard error."""
    print(f"pypi-server: {printable(sentence)}", file=sys.stderr)


def printable(text: str) -> str:
    """Return *text* on one line, without the characters that could repaint a terminal."""
    return "".join(each if each.isprintable() else " " if each.isspace() else "\ufffd" for each in text)


def _has_color() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
