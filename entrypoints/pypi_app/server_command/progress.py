"""What long commands say while they run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from pypi_terminal.output import Output
from pypi_terminal.quantities import file_size

_SECONDS: Final = 5.0


class Progress:
    """Says on standard error how far a command is, once in a few seconds; a short command says nothing."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._said = time.monotonic()

    def rows(self, table: str, done: int, total: int) -> None:
        """Say how many rows of a table are copied."""
        self._say(f"{table}: {done} of {total} rows")

    def bytes(self, size: int) -> None:
        """Say how many bytes of stored files are copied."""
        self._say(f"copied {file_size(size)} of stored files")

    def projects_of(self, index: str) -> Callable[[int], None]:
        """Return what is told how many projects of *index* are done."""
        return lambda done: self._say(f"{index}: {done} projects")

    def _say(self, sentence: str) -> None:
        now = time.monotonic()
        if now - self._said >= _SECONDS:
            self._said = now
            self._output.note(sentence)
