"""Text files that people bring: configuration, passwords, lists of requirements."""

from __future__ import annotations

from pathlib import Path

LARGEST_TEXT = 16 * 1024 * 1024
"""How many bytes a text file may have that is read as a whole."""


class FileTooLarge(ValueError):
    """A text file has more than 16 MiB."""


def read_text(path: Path) -> str:
    """
    Return the text of a file in UTF-8, without the byte order mark that some editors put in front.

    Raises:
        OSError: It cannot be read.
        UnicodeDecodeError: It is not UTF-8.
        FileTooLarge: It has more than 16 MiB.
    """
    return without_mark(read_content(path).decode("utf-8"))


def read_content(path: Path) -> bytes:
    """
    Return the bytes of a text file.

    Raises:
        OSError: It cannot be read.
        FileTooLarge: It has more than 16 MiB.
    """
    with path.open("rb") as stream:
        content = stream.read(LARGEST_TEXT + 1)
    if len(content) > LARGEST_TEXT:
        raise FileTooLarge(f"It has more than {LARGEST_TEXT} bytes.")
    return content


def without_mark(text: str) -> str:
    """Return *text* without a byte order mark in front."""
    return text.removeprefix("\ufeff")
