"""Downloads, counted in memory and written in the background."""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import date
from functools import lru_cache
from threading import Condition, Lock, Thread
from types import TracebackType
from typing import Self

from pypi_core.domain.downloads import DownloadClient, DownloadCount, parse_user_agent
from pypi_core.domain.indexes import IndexName
from pypi_core.ports.download_counts import DownloadBatches
from pypi_core.ports.environment import Clock

_logger = logging.getLogger(__name__)

_REMEMBERED_AGENTS = 2000
_SAME_DAY = 1.0
"""For how many seconds it is not looked which day it is."""
_parse = lru_cache(_REMEMBERED_AGENTS)(parse_user_agent)

_Key = tuple[IndexName, str, date, DownloadClient]


class DownloadCounter:
    """
    Count downloads while the block runs; a download never waits for the database.

    What was counted is written every *flush_seconds*, sooner when half of *most* different counts wait, and
    at the end.  What cannot be written is kept and written later; beyond *most*, what is new is dropped, and
    how much is logged.  A process that is killed loses what it has not written.
    """

    def __init__(
        self, batches: DownloadBatches, clock: Clock, *, flush_seconds: float = 10, most: int = 5000
    ) -> None:
        self._batches = batches
        self._clock = clock
        self._flush_seconds = flush_seconds
        self._most = most
        self._day, self._looked_at = date.min, -_SAME_DAY
        self._counted: Counter[_Key] = Counter()
        self._dropped = 0
        self._lock = Lock()
        self._wake = Condition()
        self._is_closing = False
        self._is_full = False
        self._writer = Thread(target=self._write, name="downloads", daemon=True)

    def __enter__(self) -> Self:
        self._writer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._wake:
            self._is_closing = True
            self._wake.notify()
        self._writer.join()

    def __call__(self, index: IndexName, blake2_256: str, user_agent: str) -> None:
        """Count one download of the file with these bytes."""
        key = (index, blake2_256, self._today(), _parse(user_agent))
        with self._lock:
            if key not in self._counted and len(self._counted) >= self._most:
                self._dropped += 1
                return
            self._counted[key] += 1
            is_full = len(self._counted) * 2 >= self._most
        if is_full and not self._is_full:
            self._is_full = True
            with self._wake:
                self._wake.notify()

    def _today(self) -> date:
        # The clock takes longer than all the rest.
        now = time.monotonic()
        if now - self._looked_at > _SAME_DAY:
            self._day, self._looked_at = self._clock.now().date(), now
        return self._day

    def flush(self) -> None:
        """
        Write what was counted.

        Raises:
            Unavailable: The database does not take it; it is kept.
        """
        with self._lock:
            counted, self._counted = self._counted, Counter()
            dropped, self._dropped = self._dropped, 0
        if dropped:
            _logger.warning("%d downloads were not counted: too many wait to be written", dropped)
        if not counted:
            return
        try:
            self._batches.put(
                [
                    DownloadCount(index=index, blake2_256=digest, day=day, client=client, count=count)
                    for (index, digest, day, client), count in counted.items()
                ]
            )
        except BaseException:
            with self._lock:
                # Those that came meanwhile are as many as fit.
                self._counted, meanwhile = counted, self._counted
                for key, count in meanwhile.items():
                    if key in counted or len(counted) < self._most:
                        counted[key] += count
                    else:
                        self._dropped += count
            raise

    def _write(self) -> None:
        while not self._is_closing:
            with self._wake:
                self._wake.wait_for(lambda: self._is_closing or self._is_full, self._flush_seconds)
            try:
                self.flush()
            except Exception as error:  # whatever it is, the next time may be better
                _logger.warning("downloads could not be written and are kept: %s", error)
                with self._wake:
                    self._wake.wait_for(lambda: self._is_closing, self._flush_seconds)
            self._is_full = False
