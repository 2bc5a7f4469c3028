"""The system's time."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

from pypi_core.ports.environment import Clock


class SystemClock:
    """Tell the system's time, and stand still while the system's clock is set back."""

    def __init__(self) -> None:
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._lock = Lock()

    def now(self) -> datetime:
        """Return the present moment, see `Clock.now`."""
        with self._lock:
            self._latest = max(self._latest, datetime.now(UTC))
            return self._latest


if TYPE_CHECKING:
    _: type[Clock] = SystemClock
