"""How an index behaves."""

from __future__ import annotations

from pypi_core.domain.indexes import IndexRecord
from pypi_core.ports.transactions import OpenSnapshot


class ReadSettings:
    """Return the index's name and settings; they are no secret."""

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self) -> IndexRecord:
        """Return them as of now."""
        with self._open_snapshot() as snapshot:
            return snapshot.record
