"""Quantities as people write them."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless there is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def file_size(size: int) -> str:
    """Return a number of bytes in the largest unit that fits."""
    if size < 1000:
        return f"{size} B"
    amount, unit = float(size), "B"
    for each in ("kB", "MB", "GB"):
        if amount < 999.95:
            break
        amount, unit = amount / 1000, each
    return f"{amount:.1f} {unit}"
