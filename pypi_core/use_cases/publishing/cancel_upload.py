"""Cancel an upload session."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from pypi_core.domain.accounts import Actor
from pypi_core.domain.upload_sessions import (
    KEEP_FINISHED,
    SessionState,
    UploadCancelled,
    UploadSession,
    UploadSessionId,
)
from pypi_core.errors import UploadSessionClosed
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenUnitOfWork, UnitOfWork
from pypi_core.use_cases.permitted import permitted_session
from pypi_core.use_cases.publishing.session_files import SessionFiles, UploadOverview


class CancelUpload:
    """
    Cancel a live session and free its bytes; cancelling a cancelled one does nothing.

    Raises:
        Forbidden: *actor* may not upload to the project, or not create it.
        UploadSessionNotFound: There is no such session.
        UploadSessionClosed: It is published.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork, session_files: SessionFiles, clock: Clock) -> None:
        self._open_unit_of_work = open_unit_of_work
        self._session_files = session_files
        self._clock = clock

    def __call__(self, actor: Actor, session_id: UploadSessionId) -> UploadOverview:
        with self._open_unit_of_work(actor) as uow:
            session = permitted_session(uow, actor, session_id)
            if session.state is SessionState.PUBLISHED:
                raise UploadSessionClosed(session.id, session.state)
            if session.state is SessionState.CANCELLED:
                return self._session_files.overview(session)
            cancelled = cancel(uow, session, self._clock.now())
            uow.commit()
        self._session_files.forget(session)
        return self._session_files.overview(cancelled)


def cancel(uow: UnitOfWork, session: UploadSession, now: datetime) -> UploadSession:
    """Cancel a live session in a running transaction and return it; its bytes are still there."""
    cancelled = replace(session, state=SessionState.CANCELLED, expires=now + KEEP_FINISHED)
    uow.upload_sessions.update(cancelled, session.state)
    uow.record_event(UploadCancelled(project=session.project, version=session.version, session=session.id))
    return cancelled
