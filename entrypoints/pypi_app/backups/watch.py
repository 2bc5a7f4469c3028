"""What is told of a backup or a restore while it runs."""

from __future__ import annotations

from typing import Protocol


class Watch(Protocol):
    """Is told how far something is."""

    def rows(self, table: str, done: int, total: int) -> None:
        """So many rows of a table are copied."""
        ...

    def bytes(self, size: int) -> None:
        """So many bytes of stored files are copied."""
        ...
