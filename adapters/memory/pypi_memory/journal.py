"""The journal of one index in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pypi_core.domain.entities import Change, Serial

if TYPE_CHECKING:
    from pypi_core.ports.journal import JournalReader


class InMemoryJournal:
    """The journal as it was at one moment."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = changes

    def since(self, serial: Serial, limit: int) -> Sequence[Change]:
        """Return up to *limit* entries after *serial*."""
        return self._changes[serial : serial + limit]

    def later_than(self, moment: datetime, limit: int) -> Sequence[Change]:
        """Return up to *limit* entries made later than *moment*, the oldest first."""
        later = [each for each in self._changes if each.moment > moment]
        return sorted(later, key=lambda each: each.moment)[:limit]

    def last_serial(self) -> Serial:
        """Return the serial of the newest entry, 0 where there is none."""
        return Serial(len(self._changes))


if TYPE_CHECKING:
    _: type[JournalReader] = InMemoryJournal
