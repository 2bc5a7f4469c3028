"""Publish one distribution file: check it, keep its bytes, then list it in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.domain.blob_keys import distribution_key
from pypi_core.domain.distributions import Distribution
from pypi_core.domain.entities import Serial
from pypi_core.domain.names import normalize
from pypi_core.domain.rate_limits import LimitStanding
from pypi_core.domain.uploads import Upload
from pypi_core.errors import FileTooLarge
from pypi_core.ports.blobs import StagedContent, Staging
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork, Snapshot
from pypi_core.use_cases.publishing.file_publication import (
    FilePublication,
    is_repeated,
    metadata_with,
    refuse_past_largest_project,
    require_target,
)
from pypi_core.use_cases.upload_limits import LimitUploads


class PublishOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of an upload.

    ``created`` is false when the very same file was there already: a success in which
    nothing was stored, journalled or counted.  ``warnings`` are sentences for the uploader;
    ``standing`` is how they stand with the limit on uploads, if they have one.
    """

    serial: Serial
    created: bool
    warnings: tuple[str, ...] = ()
    standing: LimitStanding | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class PublishFile:
    """
    Publish a file that was staged: from the next request on it can be installed.

    The first file of a name creates the project, the first of a version the release.
    The archive's own metadata decide; the form may only agree.  Whatever the outcome, the
    staged bytes are gone afterwards.

    Raises:
        Forbidden: *actor* may not upload to the project, or not create it.
        FileTooLarge: The file is larger than the index permits.
        ProjectTooLarge: With it the project would be larger than the index permits.
        DigestMismatch: Other bytes arrived than the client hashed.
        FileAlreadyExists: The name is taken by other bytes, or the bytes have another name.
        FilenamePreviouslyUsed: The name belonged to a file that was deleted.
        Invalid: The form, the file name, the archive or its metadata break a rule.
        TooMany: *actor* uploaded too many files lately, or created too many projects.
    """

    open_snapshot: OpenSnapshot
    open_unit_of_work: OpenUnitOfWork
    staging: Staging
    publication: FilePublication
    clock: Clock
    limit: LimitUploads

    def __call__(self, actor: Actor, upload: Upload, staged: StagedContent) -> PublishOutcome:
        try:
            with self.open_snapshot() as snapshot:
                if repeated := self._refuse_early(snapshot, actor, upload, staged):
                    return repeated
                rules = snapshot.record.settings.rules
            inspected_file = self.publication.inspect(upload, staged, rules)
            stored = self.clock.now()
            self.publication.store_metadata(inspected_file)
            self.publication.adopt(staged, distribution_key(staged.digests))
            with self.open_unit_of_work(actor) as uow:
                listed = self.publication.list(uow, actor, inspected_file, stored)
                if listed is None:
                    return PublishOutcome(serial=uow.journal.last_serial(), created=False)
                outcome = PublishOutcome(
                    serial=uow.commit(),
                    created=True,
                    warnings=_warnings(upload, inspected_file.distribution),
                    standing=listed.standing,
                )
            self.publication.keep_description(listed, inspected_file)
            return outcome
        finally:
            self.staging.discard(staged)

    def verify(self, actor: Actor, upload: Upload, staged: StagedContent) -> tuple[str, ...]:
        """
        Do everything that `__call__` does but store and list, and return the sentences for the uploader.

        Raises:
            PackageIndexError: Whatever `__call__` raises.
        """
        try:
            with self.open_snapshot() as snapshot:
                if self._refuse_early(snapshot, actor, upload, staged):
                    return ()
                rules = snapshot.record.settings.rules
            inspected_file = self.publication.inspect(upload, staged, rules)
            with self.open_snapshot() as snapshot:
                if project := snapshot.projects.find(normalize(upload.name)):
                    refuse_past_largest_project(snapshot, project, staged.size)
                    if release := snapshot.releases.find(project.id, upload.version):
                        metadata_with(snapshot, release, inspected_file)
            return _warnings(upload, inspected_file.distribution)
        finally:
            self.staging.discard(staged)

    def authorise(self, actor: Actor, upload: Upload) -> None:
        """
        Refuse, before its bytes arrive, an upload that `__call__` would not permit.

        Raises:
            Forbidden: *actor* may not upload to the project, or not create it.
            InvalidName: No new project may have this name.
            TooMany: *actor* created too many projects lately.
        """
        with self.open_snapshot() as snapshot:
            project = require_target(snapshot, actor, upload.name)
        if project is None:
            self.limit.require_room_for_project(actor)

    def _refuse_early(
        self, snapshot: Snapshot, actor: Actor, upload: Upload, staged: StagedContent
    ) -> PublishOutcome | None:
        project = require_target(snapshot, actor, upload.name)
        limit = snapshot.record.settings.largest_file
        if staged.size > limit:
            raise FileTooLarge(limit, upload.name)
        upload.digests.verify(staged.digests)
        if is_repeated(snapshot, upload.filename, staged.digests):
            return PublishOutcome(serial=snapshot.journal.last_serial(), created=False)
        if project:
            self.publication.require_open_release(snapshot, project, upload.version)
        else:
            self.limit.require_room_for_project(actor)
        return None


def _warnings(upload: Upload, distribution: Distribution) -> tuple[str, ...]:
    """Return each sentence once: form and archive are mostly told the same."""
    return tuple(dict.fromkeys((*upload.warnings, *distribution.warnings)))
