"""The public history of an index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pypi_core.domain.entities import Change, Serial


class JournalReader(Protocol):
    """The public history of the index; it is kept for ever."""

    def since(self, serial: Serial, limit: int) -> Sequence[Change]:
        """Return up to *limit* entries after *serial*, in the order of their serials."""
        ...

    def later_than(self, moment: datetime, limit: int) -> Sequence[Change]:
        """Return up to *limit* entries made later than *moment*, the oldest first, then by serial."""
        ...

    def last_serial(self) -> Serial:
        """Return the serial of the newest entry, 0 where there is none; it never decreases."""
        ...
