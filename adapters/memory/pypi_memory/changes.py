"""The change signal in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypi_core.domain.names import normalize
from pypi_core.ports.changes import (
    MOST_ENTRIES,
    Changes,
    Generation,
    IndexPosition,
    Position,
    moved_indexes,
)
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

    def changes(self, since: Position | None) -> Changes:
        """Return what was committed after *since*."""
        # Before the rows, which may then be of a later commit, but never of an earlier one.
        generation = self.generation()
        rows = self._storage.committed.indexes
        now = {
            name: IndexPosition(each.last_serial, each.record.settings_version) for name, each in rows.items()
        }
        position = Position(generation=generation, indexes=now)
        moved = moved_indexes(since, now)
        if since is None or moved is None:
            return Changes(position=position, projects=None)
        entries = [rows[name].journal[since.indexes[name].serial :] for name in moved]
        if any(len(each) > MOST_ENTRIES for each in entries):
            return Changes(position=position, projects=None)
        named = {normalize(entry.project) for each in entries for entry in each}
        return Changes(position=position, projects=named)


if TYPE_CHECKING:
    _: type[ChangeSignal] = InMemoryChangeSignal
