"""Announce the files of a release."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from packaging.version import Version

from pypi_core.domain.accounts import Actor
from pypi_core.domain.entities import Project
from pypi_core.domain.filenames import parse_filename
from pypi_core.domain.names import DisplayName, normalize
from pypi_core.domain.permissions import opened_by
from pypi_core.domain.upload_sessions import (
    MOST_LIVE,
    DeclaredFile,
    SessionFile,
    UploadBegun,
    UploadSession,
    UploadSessionId,
    check_declared,
)
from pypi_core.errors import (
    FileAlreadyExists,
    FilenamePreviouslyUsed,
    TooManyUploadSessions,
    UploadSessionExists,
)
from pypi_core.ports.environment import Clock, Randomness
from pypi_core.ports.transactions import OpenUnitOfWork, Snapshot, UnitOfWork
from pypi_core.use_cases.publishing.file_publication import (
    FileListing,
    refuse_past_largest_project,
    refuse_second_sdist,
    require_target,
)
from pypi_core.use_cases.publishing.session_files import SessionBytes, UploadOverview
from pypi_core.use_cases.upload_limits import LimitUploads


class BeginUpload:
    """
    Open an upload session for one or more files of one release.

    Everything that can be known without their bytes is refused now.  Nothing is reserved: whoever
    publishes the same release meanwhile, or takes a name that is free, is not hindered.

    Raises:
        Unauthenticated: Nobody is logged in.
        Forbidden: *actor* may not upload to the project, or not create it.
        Invalid: The name, a file name, a size or a digest breaks a rule, or the release is closed.
        FileTooLarge: A file is larger than the index permits.
        ProjectTooLarge: With them the project would be larger than the index permits.
        FileAlreadyExists: A name is taken by other bytes.
        FilenamePreviouslyUsed: A name belonged to a file that was deleted.
        UploadSessionExists: There is a live session for the release.
        TooManyUploadSessions: The account has as many live sessions as it may have.
        TooMany: *actor* uploaded too many files lately, or created too many projects.
    """

    def __init__(
        self,
        *,
        open_unit_of_work: OpenUnitOfWork,
        listing: FileListing,
        session_bytes: SessionBytes,
        clock: Clock,
        randomness: Randomness,
        limit: LimitUploads,
    ) -> None:
        self._open_unit_of_work = open_unit_of_work
        self._listing = listing
        self._bytes = session_bytes
        self._clock = clock
        self._randomness = randomness
        self._limit = limit

    def __call__(
        self, actor: Actor, name: DisplayName, version: Version, files: Sequence[DeclaredFile]
    ) -> UploadOverview:
        """Open the session and return it."""
        if self._limit.concerns(actor):
            self._limit.require_room(actor)
        with self._open_unit_of_work(actor) as uow:
            project = require_target(uow, actor, name)
            check_declared(name, version, files, uow.record.settings)
            if project:
                self._refuse_for_project(uow, project, version, files)
            else:
                self._limit.require_room_for_project(actor)
            for each in files:
                _refuse_used(uow, each)
            abandoned = self._refuse_second_session(uow, actor, name, version)
            session = self._new_session(uow, actor, project.display_name if project else name, version, files)
            uow.upload_sessions.add(session)
            uow.record_event(
                UploadBegun(
                    project=session.project, version=version, session=session.id, files=len(session.files)
                )
            )
            uow.commit()
        if abandoned:
            self._bytes.forget(abandoned)
        return self._bytes.overview(session)

    def _refuse_for_project(
        self, rows: Snapshot, project: Project, version: Version, files: Sequence[DeclaredFile]
    ) -> None:
        self._listing.require_open_release(rows, project, version)
        refuse_past_largest_project(rows, project, sum(each.size for each in files))
        if release := rows.releases.find(project.id, version):
            there = rows.files.of_release(release.id)
            for each in files:
                if rows.files.find(each.filename) is None:
                    refuse_second_sdist(there, parse_filename(each.filename).filetype)

    def _refuse_second_session(
        self, uow: UnitOfWork, actor: Actor, name: DisplayName, version: Version
    ) -> UploadSession | None:
        """Return the session that stands in the way no more, because it expired; it is deleted."""
        existing = uow.upload_sessions.live(normalize(name), version)
        if existing and existing.expires > self._clock.now():
            is_theirs = uow.projects.find(existing.name) is not None or opened_by(actor, existing.account_id)
            raise UploadSessionExists(existing.project, str(version), existing.id if is_theirs else None)
        if existing:
            uow.upload_sessions.delete(existing.id)
        if actor.account_id is not None and uow.upload_sessions.count_live(actor.account_id) >= MOST_LIVE:
            raise TooManyUploadSessions(MOST_LIVE)
        return existing

    def _new_session(
        self,
        rows: Snapshot,
        actor: Actor,
        name: DisplayName,
        version: Version,
        files: Sequence[DeclaredFile],
    ) -> UploadSession:
        now = self._clock.now()
        return UploadSession(
            id=UploadSessionId(self._randomness.bytes(16).hex()),
            project=name,
            version=version,
            account_id=actor.account_id,
            created=now,
            expires=now + timedelta(days=rows.record.settings.upload_session_days),
            files=tuple(
                SessionFile(filename=each.filename, size=each.size, sha256=each.sha256) for each in files
            ),
        )


def _refuse_used(rows: Snapshot, file: DeclaredFile) -> None:
    existing = rows.files.find(file.filename)
    # The very same file may be there: publishing then has nothing to do for it.
    if existing and existing.digests.sha256 != file.sha256:
        raise FileAlreadyExists(file.filename)
    if existing is None and rows.files.was_ever_used(file.filename):
        raise FilenamePreviouslyUsed(file.filename)
