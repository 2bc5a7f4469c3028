"""The system's time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from pypi_core.ports.environment import LARGEST_SETBACK, Clock

_logger = logging.getLogger(__name__)


def _system_time() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """
    Follow the system's clock, which others may set while we run.

    While it is a little behind what was said before, time goes on at half its speed until it has caught
    up, so that it neither goes back nor stands still.  A clock that was set back by more than
    `LARGEST_SETBACK` was wrong before: it is followed at once, and the log says so.

    Args:
        system_time: Returns what the system takes for the present moment.
        monotonic: Returns seconds of a clock that is never set.
    """

    def __init__(
        self,
        system_time: Callable[[], datetime] = _system_time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._system_time = system_time
        self._monotonic = monotonic
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._looked_at = monotonic()
        self._lock = Lock()

    def now(self) -> datetime:
        with self._lock:
            seen, looked_at = self._system_time(), self._monotonic()
            slowly = self._latest + timedelta(seconds=(looked_at - self._looked_at) / 2)
            if slowly - seen > LARGEST_SETBACK:
                _logger.warning("the system's clock was set back by %s and is followed", slowly - seen)
                slowly = seen
            self._latest = max(seen, slowly)
            self._looked_at = looked_at
            return self._latest


if TYPE_CHECKING:
    _: type[Clock] = SystemClock
