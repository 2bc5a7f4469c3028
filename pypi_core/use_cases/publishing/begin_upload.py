"""Announce the files of a release, its documentation, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Project
from pypi_core.domain.filenames import parse_filename
from pypi_core.domain.names import DisplayName, NormalizedName, normalize
from pypi_core.domain.permissions import opened_by
from pypi_core.domain.upload_sessions import (
    MOST_LIVE,
    DeclaredFile,
    Purpose,
    SessionFile,
    UploadBegun,
    UploadSession,
    UploadSessionId,
    check_declared,
    check_declared_documentation,
)
from pypi_core.errors import (
    FileAlreadyExists,
    FilenamePreviouslyUsed,
    TooManyUploadSessions,
    UploadSessionExists,
)
from pypi_core.ports.environment import Clock, Randomness
from pypi_core.ports.transactions import OpenUnitOfWork, Snapshot, UnitOfWork
from pypi_core.use_cases.permitted import permitted_project
from pypi_core.use_cases.publishing.cancel_upload import cancel
from pypi_core.use_cases.publishing.file_publication import (
    FilePublication,
    refuse_past_largest_project,
    refuse_second_sdist,
    require_target,
)
from pypi_core.use_cases.publishing.session_files import SessionFiles, UploadOverview
from pypi_core.use_cases.upload_limits import LimitUploads


@dataclass(frozen=True, eq=False, kw_only=True)
class BeginUpload:
    """
    Open an upload session for one or more files of one release, and its documentation if it is declared.

    Whatever can be known without the bytes is refused now.  Nothing is reserved: another upload may
    publish the same release meanwhile, or take a name that is free.

    Raises:
        Forbidden: *actor* may not upload to the project, or not create it.
        Invalid: The name, a file name, a size or a digest breaks a rule, or the release is closed.
        FileTooLarge: A file is larger than the index permits, or the ZIP than documentation may be.
        ProjectTooLarge: With them the project would be larger than the index permits.
        FileAlreadyExists: A name is taken by other bytes.
        FilenamePreviouslyUsed: A name belonged to a file that was deleted.
        UploadSessionExists: There is a live session for the release.
        TooManyUploadSessions: The account has as many live sessions as it may have.
        TooMany: *actor* uploaded too many files lately, or created too many projects.
    """

    open_unit_of_work: OpenUnitOfWork
    publication: FilePublication
    session_files: SessionFiles
    clock: Clock
    randomness: Randomness
    limit: LimitUploads

    def __call__(
        self,
        actor: Actor,
        name: DisplayName,
        version: Version,
        files: Sequence[DeclaredFile],
        documentation: DeclaredFile | None = None,
    ) -> UploadOverview:
        self.limit.require_room(actor)
        with self.open_unit_of_work(actor) as uow:
            project = require_target(uow, actor, name)
            check_declared(name, version, files, uow.record.settings)
            if documentation:
                check_declared_documentation(documentation)
            if project:
                self._refuse_for_project(uow, project, version, files)
            else:
                self.limit.require_room_for_project(actor)
            for each in files:
                _refuse_used(uow, each)
            expired = self._refuse_second_session(uow, actor, name, version)
            session = self._opened(
                uow,
                actor,
                project.display_name if project else name,
                version,
                (*files, documentation) if documentation else files,
            )
            uow.commit()
        if expired:
            self.session_files.forget(expired)
        return self.session_files.overview(session)

    def for_documentation(
        self, actor: Actor, name: NormalizedName, version: Version, documentation: DeclaredFile
    ) -> UploadOverview:
        """
        Open a session for the documentation of a release that exists, and return it.

        An unfinished session for the same documentation is cancelled.

        Raises:
            Forbidden: *actor* may not upload to the project.
            ProjectNotFound: There is no such project.
            ReleaseNotFound: The project has no such release.
            InvalidForm: The size or the digest is not one.
            FileTooLarge: The ZIP is larger than documentation may be.
            TooManyUploadSessions: The account has as many live sessions as it may have.
            TooMany: *actor* uploaded too many files lately.
        """
        self.limit.require_room(actor)
        with self.open_unit_of_work(actor) as uow:
            project = permitted_project(uow, actor, Action.UPLOAD, name)
            release = uow.releases.get(project, version)
            check_declared_documentation(documentation)
            replaced = uow.upload_sessions.live(project.name, release.version, Purpose.DOCUMENTATION)
            if replaced:
                cancel(uow, replaced, self.clock.now())
            session = self._opened(uow, actor, project.display_name, release.version, [documentation])
            uow.commit()
        if replaced:
            self.session_files.forget(replaced)
        return self.session_files.overview(session)

    def _refuse_for_project(
        self, rows: Snapshot, project: Project, version: Version, files: Sequence[DeclaredFile]
    ) -> None:
        self.publication.require_open_release(rows, project, version)
        refuse_past_largest_project(rows, project, sum(each.size for each in files))
        if release := rows.releases.find(project.id, version):
            there = rows.files.of_release(release.id)
            for each in files:
                if rows.files.find(each.filename) is None:
                    refuse_second_sdist(there, parse_filename(each.filename).filetype)

    def _refuse_second_session(
        self, uow: UnitOfWork, actor: Actor, name: DisplayName, version: Version
    ) -> UploadSession | None:
        """Delete the session that was in the way and has expired, and return it."""
        existing = uow.upload_sessions.live(normalize(name), version, Purpose.RELEASE)
        if existing and existing.expires > self.clock.now():
            is_theirs = uow.projects.find(existing.name) is not None or opened_by(actor, existing.account_id)
            raise UploadSessionExists(existing.project, str(version), existing.id if is_theirs else None)
        if existing:
            uow.upload_sessions.delete(existing.id)
        return existing

    def _opened(
        self,
        uow: UnitOfWork,
        actor: Actor,
        name: DisplayName,
        version: Version,
        files: Sequence[DeclaredFile],
    ) -> UploadSession:
        if actor.account_id is not None and uow.upload_sessions.count_live(actor.account_id) >= MOST_LIVE:
            raise TooManyUploadSessions(MOST_LIVE)
        now = self.clock.now()
        session = UploadSession(
            id=UploadSessionId(self.randomness.bytes(16).hex()),
            project=name,
            version=version,
            account_id=actor.account_id,
            created=now,
            expires=now + timedelta(days=uow.record.settings.upload_session_days),
            files=tuple(
                SessionFile(filename=each.filename, size=each.size, sha256=each.sha256) for each in files
            ),
        )
        uow.upload_sessions.add(session)
        uow.record_event(UploadBegun(project=name, version=version, session=session.id, files=len(files)))
        return session


def _refuse_used(rows: Snapshot, file: DeclaredFile) -> None:
    existing = rows.files.find(file.filename)
    # The very same file may be there: publishing then has nothing to do for it.
    if existing and existing.digests.sha256 != file.sha256:
        raise FileAlreadyExists(file.filename)
    if existing is None and rows.files.was_ever_used(file.filename):
        raise FilenamePreviouslyUsed(file.filename)
