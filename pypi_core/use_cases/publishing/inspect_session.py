"""Inspect all files of an upload session, and report everything that is wrong with any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from msgspec.structs import replace

from pypi_core.domain.accounts import Actor
from pypi_core.domain.metadata.import_names import agreed_modules, modules_of
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.upload_sessions import (
    FileKind,
    SessionFile,
    SessionState,
    UploadSession,
    UploadSessionId,
)
from pypi_core.errors import Invalid, united
from pypi_core.ports.blobs import StagedContent
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork
from pypi_core.use_cases.documentation.publish_documentation import PublishDocumentation
from pypi_core.use_cases.permitted import permitted_session
from pypi_core.use_cases.publishing.file_publication import FilePublication, InspectedFile
from pypi_core.use_cases.publishing.session_files import SessionFiles, UploadOverview
from pypi_core.use_cases.upload_limits import LimitUploads
from pypi_protocol.errors import Problem

T = TypeVar("T")


class Inspected(NamedTuple, Generic[T]):
    """What was made of each distribution, in their order, and the ZIP of documentation if there is one."""

    files: list[T]
    documentation: StagedContent | None


@dataclass(frozen=True, eq=False, kw_only=True)
class InspectSession:
    """
    Check every file of a live session against every rule, and against the other files of its release.

    The problems found are kept in the session until the next look.  Of a distribution only what
    *take* makes of it is kept.

    Raises:
        UploadIncomplete: Bytes are missing.
        DigestMismatch: Other bytes arrived than were declared; their files begin again at offset 0.
        Invalid: Files break rules: all problems of all files, of the class of the first one.
    """

    open_snapshot: OpenSnapshot
    open_unit_of_work: OpenUnitOfWork
    publication: FilePublication
    documentation: PublishDocumentation
    session_files: SessionFiles
    clock: Clock
    limit: LimitUploads

    def __call__(
        self, actor: Actor, session: UploadSession, take: Callable[[InspectedFile], T]
    ) -> Inspected[T]:
        session = self.session_files.settled(actor, session)
        with self.limit.attempt(actor):
            return self._all_inspected(actor, session, take)

    def _all_inspected(
        self, actor: Actor, session: UploadSession, take: Callable[[InspectedFile], T]
    ) -> Inspected[T]:
        rules, modules = self._rules_and_modules(session)
        taken: list[T] = []
        documentation = None
        errors: list[Invalid] = []
        for file in session.files:
            try:
                if file.kind is FileKind.DOCUMENTATION:
                    documentation = self.session_files.opened(actor, session, file, self._checked)
                    continue
                inspected_file = self._inspected(actor, session, file, rules)
                modules = agreed_modules(modules, inspected_file.distribution.metadata.core)
                taken.append(take(inspected_file))
            except Invalid as error:
                errors.append(error.about(file.filename))
        if errors:
            refusal = united(errors)
            self._note(actor, session, refusal.problems)
            raise refusal
        return Inspected(taken, documentation)

    def _rules_and_modules(self, session: UploadSession) -> tuple[UploadRules, frozenset[str]]:
        """Return the rules, and the modules that the files of the release have that are there already."""
        with self.open_snapshot() as rows:
            rules = rows.record.settings.rules
            if (
                (project := rows.projects.find(session.name))
                and (release := rows.releases.find(project.id, session.version))
                and rows.files.of_release(release.id)
            ):
                return rules, modules_of(rows.releases.metadata_of(release.id))
        return rules, frozenset()

    def _inspected(
        self, actor: Actor, session: UploadSession, file: SessionFile, rules: UploadRules
    ) -> InspectedFile:
        upload = session.upload_of(file)
        return self.session_files.opened(
            actor, session, file, lambda staged: self.publication.inspect(upload, staged, rules)
        )

    def _checked(self, staged: StagedContent) -> StagedContent:
        self.documentation.check(staged)
        return staged

    def _note(self, actor: Actor, session: UploadSession, problems: tuple[Problem, ...]) -> None:
        with self.open_unit_of_work(actor) as uow:
            current = uow.upload_sessions.get(session.id)
            current.require_live(self.clock.now())
            # What was completed under other rules is open again.
            uow.upload_sessions.update(
                replace(current, state=SessionState.OPEN, problems=problems), current.state
            )
            uow.commit()


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
        if session.state is SessionState.PUBLISHED:
            return self.session_files.overview(session)
        session.require_live(self.clock.now())
        if session.state is SessionState.OPEN:
            self.inspect(actor, session, lambda inspected_file: None)
            with self.open_unit_of_work(actor) as uow:
                session = permitted_session(uow, actor, session_id)
                session.require_live(self.clock.now())
                before = session.state
                session = replace(session, state=SessionState.COMPLETED, problems=())
                uow.upload_sessions.update(session, before)
                uow.commit()
        return self.session_files.overview(session)
