"""Publish the documentation of a release: check its ZIP, keep it, and let a worker unpack it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.archives.documentation_zips import check_documentation
from pypi_core.domain.blob_keys import documentation_key
from pypi_core.domain.documentation import LARGEST_ARCHIVE, DocumentationSet
from pypi_core.domain.entities import Project, Release
from pypi_core.domain.events import DocumentationUploaded
from pypi_core.domain.latest import latest_release
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.rate_limits import LimitStanding
from pypi_core.errors import FileTooLarge, ReleaseNotFound
from pypi_core.ports.blobs import StagedContent, Staging
from pypi_core.ports.documentation import NewDocumentation
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork, Snapshot, UnitOfWork
from pypi_core.use_cases.permitted import permitted_project
from pypi_core.use_cases.upload_limits import LimitUploads


class DocumentationOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of a ZIP; ``created`` is false when it was the newest one of its release already.

    ``standing`` is how the uploader stands with the limit on uploads, if they have one.
    """

    project: NormalizedName
    documentation: DocumentationSet
    created: bool
    standing: LimitStanding | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class PublishDocumentation:
    """
    Publish a ZIP that was staged as the documentation of a release, or of the latest one.

    All rules are checked before anything is kept.  What the release showed before is shown until a
    worker has unpacked the new pages, then all of these at once.  Whatever the outcome, the staged
    bytes are gone afterwards.

    Raises:
        Forbidden: *actor* may not upload to this project.
        ProjectNotFound: There is no such project.
        ReleaseNotFound: The project has no such release, or none at all.
        FileTooLarge: The ZIP is larger than documentation may be.
        InvalidDocumentation: It breaks rules, all of which are named.
        TooMany: *actor* uploaded too many files lately.
    """

    open_snapshot: OpenSnapshot
    open_unit_of_work: OpenUnitOfWork
    staging: Staging
    clock: Clock
    limit: LimitUploads

    def __call__(
        self,
        actor: Actor,
        name: NormalizedName,
        version: Version | None,
        staged: StagedContent,
    ) -> DocumentationOutcome:
        try:
            self.authorise(actor, name, version)
            if staged.size > LARGEST_ARCHIVE:
                raise FileTooLarge(LARGEST_ARCHIVE, name)
            self.check(staged)
            stored = self.clock.now()
            self.staging.adopt(staged, documentation_key(staged.digests.blake2_256))
            with self.open_unit_of_work(actor) as uow:
                outcome = self.list(uow, actor, name, version, staged, stored)
                uow.commit()
            return outcome
        finally:
            self.staging.discard(staged)

    def authorise(self, actor: Actor, name: NormalizedName, version: Version | None) -> Release:
        """
        Refuse, before its bytes arrive, documentation that `__call__` would not take; return its release.

        Raises:
            Forbidden: *actor* may not upload to this project.
            ProjectNotFound: There is no such project.
            ReleaseNotFound: The project has no such release, or none at all.
        """
        with self.open_snapshot() as snapshot:
            project = permitted_project(snapshot, actor, Action.UPLOAD, name)
            return _release(snapshot, project, version)

    def check(self, staged: StagedContent) -> None:
        """
        Check a ZIP against every rule.

        Raises:
            InvalidDocumentation: It breaks rules, all of which are named.
        """
        with self.staging.open(staged) as archive:
            check_documentation(archive)

    def list(
        self,
        uow: UnitOfWork,
        actor: Actor,
        name: NormalizedName,
        version: Version | None,
        staged: StagedContent,
        stored: datetime,
    ) -> DocumentationOutcome:
        """
        List a ZIP in a running transaction, unless it is the newest one of its release already.

        Its bytes were stored at *stored* or later.

        Raises:
            Forbidden: *actor* may not upload to this project.
            ProjectNotFound: There is no such project.
            ReleaseNotFound: The project has no such release, or none at all.
            TooMany: *actor* uploaded too many files lately.
            ConcurrentChange: The bytes were swept: they have to be sent again.
        """
        project = permitted_project(uow, actor, Action.UPLOAD, name)
        release = _release(uow, project, version)
        [*_, newest] = uow.documentation.of_release(release.id) or (None,)
        if newest and newest.blake2_256 == staged.digests.blake2_256:
            return DocumentationOutcome(project=name, documentation=newest, created=False)
        uow.claim_blobs([documentation_key(staged.digests.blake2_256)], stored)
        added = uow.documentation.add(
            release,
            NewDocumentation(
                size=staged.size,
                sha256=staged.digests.sha256,
                blake2_256=staged.digests.blake2_256,
                uploaded=self.clock.now(),
            ),
        )
        uow.record_event(DocumentationUploaded(project=project.display_name, version=release.version))
        standing = self.limit.count_upload(uow.rate_counts, actor)
        return DocumentationOutcome(project=name, documentation=added, created=True, standing=standing)


def _release(rows: Snapshot, project: Project, version: Version | None) -> Release:
    if version is not None:
        return rows.releases.get(project, version)
    latest = latest_release(rows.releases.of(project.id), rows.files.of(project.id))
    if latest is None:
        raise ReleaseNotFound(project.name, "latest")
    return latest
