"""Sightings that no request waits for: written in the background."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from queue import Full, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING

from pypi_core.domain.accounts import TokenId
from pypi_core.domain.web_sessions import WebSessionId
from pypi_core.ports.web_sessions import Sightings

_log = logging.getLogger(__name__)


class SightingsBeside:
    """
    Note in *kept*, as soon as it can be written, that a session or token was used.

    For what is noted while somebody reads: neither a busy database nor a full disk keeps the reader waiting
    or is an error.  What cannot be written is dropped: the next use is noted again.
    """

    def __init__(self, kept: Sightings, most_waiting: int = 1000) -> None:
        self._kept = kept
        self._waiting: Queue[Callable[[], None]] = Queue(most_waiting)
        # What is on its way, so that many requests at once are one note.
        self._noted: set[str] = set()
        self._lock = Lock()
        self._writer: Thread | None = None

    def saw_session(self, session_id: WebSessionId, moment: datetime) -> None:
        self._write_later(f"session {session_id}", lambda: self._kept.saw_session(session_id, moment))

    def saw_token(self, token_id: TokenId, moment: datetime) -> None:
        self._write_later(f"token {token_id}", lambda: self._kept.saw_token(token_id, moment))

    def forget_sessions(self, expired: datetime, unseen_since: datetime) -> int:
        return self._kept.forget_sessions(expired, unseen_since)

    def settle(self) -> None:
        """Wait until everything noted so far was written or dropped."""
        self._waiting.join()

    def _write_later(self, what: str, write: Callable[[], None]) -> None:
        with self._lock:
            if what in self._noted:
                return
            self._noted.add(what)
            if self._writer is None:
                self._writer = Thread(target=self._write, name="sightings", daemon=True)
                self._writer.start()

        def write_and_forget() -> None:
            try:
                write()
            finally:
                with self._lock:
                    self._noted.discard(what)

        try:
            self._waiting.put_nowait(write_and_forget)
        except Full:
            with self._lock:
                self._noted.discard(what)

    def _write(self) -> None:
        while True:
            write = self._waiting.get()
            try:
                write()
            except Exception as error:  # whatever it is, the next may be written again
                _log.warning("The last use of a session or token was not written down: %s", error)
            finally:
                self._waiting.task_done()


if TYPE_CHECKING:
    _: type[Sightings] = SightingsBeside
