"""The upload sessions of one index; they are rows like others (see `pypi_core.ports.transactions`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

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


class UploadSessionReader(Protocol):
    """The upload sessions of the index, and of no other."""

    def get(self, session_id: UploadSessionId) -> UploadSession:
        """
        Return a session with its files, in the order in which they were declared.

        Raises:
            UploadSessionNotFound: There is no session of that name.
        """
        ...

    def live(self, name: NormalizedName, version: Version, purpose: Purpose) -> UploadSession | None:
        """Return the live session for a release in any spelling of *version*, expired or not."""
        ...

    def holding(self, filename: str) -> UploadSession | None:
        """Return the newest live session that has a file of this name, expired or not."""
        ...

    def count_live(self, account_id: AccountId) -> int:
        """Count the live sessions that an account opened, expired or not."""
        ...

    def expired(self, moment: datetime, limit: int) -> Sequence[UploadSession]:
        """Return up to *limit* sessions, live or finished, that expired before *moment*."""
        ...


class UploadSessions(UploadSessionReader, Protocol):
    """
    The upload sessions, writable.

    They go with their project when it is deleted.
    """

    def add(self, session: UploadSession) -> None:
        """
        Add a live session with its files.

        Raises:
            ConcurrentChange: There is a live one for the release and purpose.
        """
        ...

    def update(self, session: UploadSession, before: SessionState) -> None:
        """
        Store state, expiry, problems and warnings of a session whose state is *before*; its files stay.

        Raises:
            ConcurrentChange: Its state is another one, or it is gone.
        """
        ...

    def update_file(self, session_id: UploadSessionId, file: SessionFile) -> None:
        """Store identifier and digests of a file; nothing happens when the session is gone."""
        ...

    def delete(self, session_id: UploadSessionId) -> None:
        """Forget a session with its files; its bytes are left to callers that know their identifiers."""
        ...
