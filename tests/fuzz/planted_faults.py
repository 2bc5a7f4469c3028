"""Targets with faults planted in them, which show that fuzzing finds what it should."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.fuzz.measuring import MOST_MEMORY, MOST_SECONDS

FATAL = b"!"
FOREVER = b"what is not found by chance"


def slow(data: bytes) -> None:
    """Take more processor time than an input may, if there is something fatal in *data*."""
    until = time.process_time() + (MOST_SECONDS * 1.5 if FATAL in data else 0)
    while time.process_time() < until:
        pass


def greedy(data: bytes) -> None:
    """Take more memory than an input may, if there is something fatal in *data*; give it back at once."""
    size = MOST_MEMORY * 3 // 2 if FATAL in data else MOST_MEMORY // 1000
    assert len(b"x" * size) == size


def endless(data: bytes) -> None:
    """Never end, if *data* is that one."""
    while data == FOREVER:
        pass


def wrong(data: bytes) -> None:
    """Raise what no reader may, if there is something fatal in *data*."""
    if FATAL in data:
        raise KeyError("planted")


def sound(data: bytes) -> None:
    """Read anything at once."""


def harmless() -> Iterator[bytes]:
    """Yield an input on which nothing goes wrong."""
    yield b"harmless"
