"""Make all files of an upload session and its documentation visible at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from pypi_core.domain.accounts import Actor
from pypi_core.domain.blob_keys import distribution_key, documentation_key
from pypi_core.domain.documentation import DocumentationSet
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.upload_sessions import (
    KEEP_FINISHED,
    Purpose,
    SessionState,
    UploadPublished,
    UploadSession,
    UploadSessionId,
)
from pypi_core.errors import DocumentationNotFound, Invalid, UploadSessionClosed, UploadSessionNotFound
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork, UnitOfWork
from pypi_core.use_cases.documentation.publish_documentation import PublishDocumentation
from pypi_core.use_cases.permitted import permitted_session
from pypi_core.use_cases.publishing.file_publication import (
    FilePublication,
    InspectedFile,
    ListedFile,
    is_repeated,
    refuse_past_largest_project,
    require_target,
)
from pypi_core.use_cases.publishing.inspect_session import Inspected, InspectSession
from pypi_core.use_cases.publishing.session_files import SessionFiles, UploadOverview


@dataclass(frozen=True, eq=False, kw_only=True)
class PublishRelease:
    """
    Publish a session: from the next request on all its files can be installed, before none of them.

    Its documentation is published in the same transaction, see `PublishDocumentation`.  The files
    are checked by the current rules, whether or not the session was completed.  Publishing
    a session that is published returns what it returned.  Whatever comes in between, a crash too,
    it can be tried again: bytes that were stored already are found there.

    Raises:
        Forbidden: *actor* may not upload to the project, or not create it.
        UploadSessionNotFound: There is no such session.
        UploadSessionClosed: It is cancelled or expired.
        ReleaseNotFound: Of a session of documentation alone: there is no such release.
        Invalid: Whatever `InspectSession` finds; the release is closed, or has an sdist.
        FileAlreadyExists: A name is taken by other bytes, or bytes have another name.
        FilenamePreviouslyUsed: A name belonged to a file that was deleted.
        ProjectTooLarge: With the files the project would be larger than the index permits.
        TooMany: *actor* uploaded too many files lately, or created too many projects.
    """

    open_snapshot: OpenSnapshot
    open_unit_of_work: OpenUnitOfWork
    publication: FilePublication
    documentation: PublishDocumentation
    inspect: InspectSession
    session_files: SessionFiles
    clock: Clock

    def __call__(self, actor: Actor, session_id: UploadSessionId) -> UploadOverview:
        session = self._read(actor, session_id)
        if session.state is SessionState.PUBLISHED:
            return self.session_files.overview(session)
        session.require_live(self.clock.now())
        try:
            stored = self.clock.now()
            inspected = self._prepared(actor, session)
            return self.session_files.overview(self._list(actor, session_id, inspected, stored))
        except UploadSessionClosed:
            session = self._read(actor, session_id)
            if session.state is not SessionState.PUBLISHED:
                raise
            # Another call that published it at the same time was faster.
            return self.session_files.overview(session)

    def _read(self, actor: Actor, session_id: UploadSessionId) -> UploadSession:
        with self.open_snapshot() as snapshot:
            return permitted_session(snapshot, actor, session_id)

    def _prepared(self, actor: Actor, session: UploadSession) -> Inspected[InspectedFile]:
        """Inspect all files, then store their bytes, which are rubbish until they are listed."""
        first = session.files[0].filename

        def kept(inspected_file: InspectedFile) -> InspectedFile:
            self.publication.store_metadata(inspected_file)
            # Only the first may give a new release its metadata: the texts of a hundred fill the memory.
            return (
                inspected_file if inspected_file.upload.filename == first else inspected_file.without_texts()
            )

        inspected = self.inspect(actor, session, kept)
        if inspected.files:
            self._refuse_early(actor, session, inspected.files)
        else:
            self.documentation.authorise(actor, session.name, session.version)
        for each in inspected.files:
            self.publication.adopt(each.staged, distribution_key(each.staged.digests))
        if archive := inspected.documentation:
            self.publication.adopt(archive, documentation_key(archive.digests.blake2_256))
        return inspected

    def _refuse_early(
        self, actor: Actor, session: UploadSession, inspected_files: list[InspectedFile]
    ) -> None:
        """Refuse before anything is moved what publication would refuse, as far as a look can tell."""
        with self.open_snapshot() as snapshot:
            project = require_target(snapshot, actor, session.project)
            new = [
                each.staged.size
                for each in inspected_files
                if not is_repeated(snapshot, each.upload.filename, each.staged.digests)
            ]
            if project:
                self.publication.require_open_release(snapshot, project, session.version)
                refuse_past_largest_project(snapshot, project, sum(new))

    def _list(
        self, actor: Actor, session_id: UploadSessionId, inspected: Inspected[InspectedFile], stored: datetime
    ) -> UploadSession:
        with self.open_unit_of_work(actor) as uow:
            session = permitted_session(uow, actor, session_id)
            now = self.clock.now()
            session.require_live(now)
            warnings = tuple(
                f"{each.upload.filename}: {sentence}"
                for each in inspected.files
                for sentence in each.distribution.warnings
            )
            published = replace(
                session,
                state=SessionState.PUBLISHED,
                expires=now + KEEP_FINISHED,
                problems=(),
                warnings=warnings,
            )
            uow.upload_sessions.update(published, session.state)
            listed = [self._listed(uow, actor, each, stored) for each in inspected.files]
            if inspected.documentation:
                self.documentation.list(
                    uow, actor, session.name, session.version, inspected.documentation, stored
                )
            uow.record_event(
                UploadPublished(project=session.project, version=session.version, session=session_id)
            )
            uow.commit()
        for each, inspected_file in zip(listed, inspected.files, strict=True):
            if each:
                self.publication.keep_description(each, inspected_file)
        return published

    def _listed(
        self, uow: UnitOfWork, actor: Actor, inspected_file: InspectedFile, stored: datetime
    ) -> ListedFile | None:
        try:
            return self.publication.list(uow, actor, inspected_file, stored)
        except Invalid as error:
            raise error.about(inspected_file.upload.filename) from error


class CompleteDocumentation:
    """
    Publish an upload session of documentation alone; may be repeated.

    Raises:
        UploadSessionNotFound: There is no such session, or it is one of `BeginUpload`.
        DocumentationNotFound: It was published, and then deleted or replaced.
        PackageIndexError: Whatever `PublishRelease` raises.
    """

    def __init__(self, open_snapshot: OpenSnapshot, publish: PublishRelease) -> None:
        self._open_snapshot = open_snapshot
        self._publish = publish

    def __call__(self, actor: Actor, session_id: UploadSessionId) -> tuple[NormalizedName, DocumentationSet]:
        with self._open_snapshot() as snapshot:
            session = permitted_session(snapshot, actor, session_id)
        if session.purpose is not Purpose.DOCUMENTATION:
            raise UploadSessionNotFound(session_id)
        self._publish(actor, session_id)
        with self._open_snapshot() as snapshot:
            release = snapshot.releases.get(snapshot.projects.get(session.name), session.version)
            for each in reversed(snapshot.documentation.of_release(release.id)):
                if each.sha256 == session.files[0].sha256:
                    return session.name, each
        raise DocumentationNotFound(session.name, str(session.version))
