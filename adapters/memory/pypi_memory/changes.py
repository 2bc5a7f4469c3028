"""The change signal in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypi_core.ports.changes import Generation
from pypi_memory.rows import Storage

if TYPE_CHECKING:
    from pypi_core.ports.changes import ChangeSignal


class InMemoryChangeSignal:
    """Counts the commits."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def generation(self) -> Generation:
        """Return the present generation."""
        return Generation(self._storage.generation)


if TYPE_CHECKING:
    _: type[ChangeSignal] = InMemoryChangeSignal
