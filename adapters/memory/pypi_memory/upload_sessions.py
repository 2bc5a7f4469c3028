"""Upload sessions in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from packaging.version import Version

from pypi_core.domain.accounts import AccountId
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.upload_sessions import (
    Purpose,
    SessionFile,
    SessionState,
    UploadSession,
    UploadSessionId,
)
from pypi_core.domain.versions import release_key
from pypi_core.errors import ConcurrentChange, UploadSessionNotFound
from pypi_memory.rows import IndexRows

if TYPE_CHECKING:
    from pypi_core.ports.upload_sessions import UploadSessions


class InMemoryUploadSessions:
    """
    The upload sessions among the rows of one index.

    Attributes:
        were_changed: Whether a writer changed one.
    """

    def __init__(self, rows: IndexRows) -> None:
        self._rows = rows
        self.were_changed = False

    def get(self, session_id: UploadSessionId) -> UploadSession:
        """Return a session with its files."""
        try:
            return self._rows.upload_sessions[session_id]
        except KeyError as error:
            raise UploadSessionNotFound(session_id) from error

    def live(self, name: NormalizedName, version: Version, purpose: Purpose) -> UploadSession | None:
        """Return the live session for a release in any spelling of *version*."""
        wanted = (name, release_key(version), purpose)
        return next(
            (each for each in self._live() if (each.name, release_key(each.version), each.purpose) == wanted),
            None,
        )

    def holding(self, filename: str) -> UploadSession | None:
        """Return the newest live session that has a file of this name."""
        found = [each for each in self._live() if each.file(filename)]
        return max(found, key=lambda each: (each.created, each.id), default=None)

    def count_live(self, account_id: AccountId) -> int:
        """Count the live sessions that an account opened."""
        return sum(each.account_id == account_id for each in self._live())

    def expired(self, moment: datetime, limit: int) -> Sequence[UploadSession]:
        """Return up to *limit* sessions that expired before *moment*."""
        found = [each for each in self._rows.upload_sessions.values() if each.expires < moment]
        return sorted(found, key=lambda each: (each.expires, each.id))[:limit]

    def add(self, session: UploadSession) -> None:
        """Add a live session with its files."""
        if self.live(session.name, session.version, session.purpose):
            raise ConcurrentChange
        self._put(session)

    def update(self, session: UploadSession, before: SessionState) -> None:
        """Store what became of a session whose state is *before*; its files stay."""
        stored = self._rows.upload_sessions.get(session.id)
        if stored is None or stored.state is not before:
            raise ConcurrentChange
        self._put(replace(session, files=stored.files))

    def update_file(self, session_id: UploadSessionId, file: SessionFile) -> None:
        """Store identifier and digests of a file."""
        if stored := self._rows.upload_sessions.get(session_id):
            files = tuple(file if each.filename == file.filename else each for each in stored.files)
            self._put(replace(stored, files=files))

    def delete(self, session_id: UploadSessionId) -> None:
        """Forget a session with its files."""
        self._rows.upload_sessions.pop(session_id, None)
        self.were_changed = True

    def _put(self, session: UploadSession) -> None:
        self._rows.upload_sessions[session.id] = session
        self.were_changed = True

    def _live(self) -> Sequence[UploadSession]:
        return [each for each in self._rows.upload_sessions.values() if each.state.is_live]


if TYPE_CHECKING:
    _: type[UploadSessions] = InMemoryUploadSessions
