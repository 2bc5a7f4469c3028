"""How far upload sessions are."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor
from pypi_core.domain.upload_sessions import UploadSessionId
from pypi_core.use_cases.permitted import permitted_session
from pypi_core.use_cases.publishing.session_files import SessionFiles, UploadOverview
from pypi_core.use_cases.reading.access import Reading


class UploadQueries:
    """Questions about upload sessions, for callers who may use them."""

    def __init__(self, reading: Reading, session_files: SessionFiles) -> None:
        self._reading = reading
        self._session_files = session_files

    def read(self, actor: Actor, session_id: UploadSessionId) -> UploadOverview:
        """
        Return a session and how many bytes have arrived; also, for a while, a finished one.

        Raises:
            Forbidden: *actor* may not upload to the project, or not create it.
            UploadSessionNotFound: There is no such session.
        """
        with self._reading(actor) as snapshot:
            session = permitted_session(snapshot, actor, session_id)
        return self._session_files.overview(session)
