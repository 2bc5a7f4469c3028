"""Check an upload session whole, without publishing it."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from pypi_core.domain.accounts import Actor
from pypi_core.domain.upload_sessions import SessionState, UploadSessionId
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork
from pypi_core.use_cases.permitted import permitted_session
from pypi_core.use_cases.publishing.inspect_session import InspectSession
from pypi_core.use_cases.publishing.session_files import SessionFiles, UploadOverview


@dataclass(frozen=True, eq=False, kw_only=True)
class CompleteUpload:
    """
    See that all files of a session arrived and that each may be published; still nobody sees them.

    A session that fails stays open, with the problems.  Completing a session that is completed or
    published does nothing.

    Raises:
        Forbidden: *actor* may not upload to the project, or not create it.
        UploadSessionNotFound: There is no such session.
        UploadSessionClosed: It is cancelled or expired.
        Invalid: Whatever `InspectSession` finds.
    """

    open_snapshot: OpenSnapshot
    open_unit_of_work: OpenUnitOfWork
    inspect: InspectSession
    session_files: SessionFiles
    clock: Clock

    def __call__(self, actor: Actor, session_id: UploadSessionId) -> UploadOverview:
        with self.open_snapshot() as snapshot:
            session = permitted_session(snapshot, actor, session_id)
            rules = snapshot.record.settings.rules
        if session.state is SessionState.PUBLISHED:
            return self.session_files.overview(session)
        session.require_live(self.clock.now())
        if session.state is SessionState.OPEN:
            self.inspect(actor, session, rules, lambda inspected_file: None)
            with self.open_unit_of_work(actor) as uow:
                session = permitted_session(uow, actor, session_id)
                session.require_live(self.clock.now())
                before = session.state
                session = replace(session, state=SessionState.COMPLETED, problems=())
                uow.upload_sessions.update(session, before)
                uow.commit()
        return self.session_files.overview(session)
