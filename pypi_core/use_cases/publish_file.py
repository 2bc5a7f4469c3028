"""Publish one distribution file: check it, keep its bytes, then list it in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import msgspec

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.blob_keys import core_metadata_key, distribution_key
from pypi_core.domain.digests import Digests
from pypi_core.domain.distributions import Distribution, inspect_distribution
from pypi_core.domain.entities import Project, Release, Serial
from pypi_core.domain.events import FilePublished, ReleaseCreated
from pypi_core.domain.filenames import FileType
from pypi_core.domain.names import normalize
from pypi_core.domain.permissions import require
from pypi_core.domain.rate_limits import Standing
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.uploads import Upload
from pypi_core.errors import (
    FileAlreadyExists,
    FilenamePreviouslyUsed,
    FileTooLarge,
    Problem,
    ProjectTooLarge,
    ReleaseClosed,
    SecondSdist,
)
from pypi_core.ports.blobs import BlobStore, StagedContent, Staging
from pypi_core.ports.environment import Clock, DescriptionRenderer
from pypi_core.ports.pages import PageKey, Pages
from pypi_core.ports.persistence import (
    FileReader,
    NewFile,
    OpenSnapshot,
    OpenUnitOfWork,
    Snapshot,
    UnitOfWork,
)
from pypi_core.use_cases.create_project import add_project, require_free_name
from pypi_core.use_cases.governing import governed_project
from pypi_core.use_cases.limit_uploads import LimitUploads
from pypi_core.use_cases.rendering import description_key, page_of


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
    standing: Standing | None = None


class _Listing(NamedTuple):
    """What became of an upload, and where the description of the release it created is kept."""

    outcome: PublishOutcome
    new_release: PageKey | None


class PublishFile:
    """
    Publish a file that was staged: from the next request on it can be installed.

    The first file of a name creates the project, the first of a version the release.
    The archive's own metadata decide; the form may only agree.  Whatever the outcome, the
    staged bytes are gone afterwards.

    Raises:
        Unauthenticated: Nobody is logged in.
        Forbidden: *actor* may not upload to the project, or not create it.
        FileTooLarge: The file is larger than the index permits.
        ProjectTooLarge: With it the project would be larger than the index permits.
        DigestMismatch: Other bytes arrived than the client hashed.
        FileAlreadyExists: The name is taken by other bytes, or the bytes have another name.
        FilenamePreviouslyUsed: The name belonged to a file that was deleted.
        Invalid: The form, the file name, the archive or its metadata break a rule.
        TooMany: *actor* uploaded too many files lately, or created too many projects.
    """

    def __init__(
        self,
        *,
        open_snapshot: OpenSnapshot,
        open_unit_of_work: OpenUnitOfWork,
        staging: Staging,
        blobs: BlobStore,
        renderer: DescriptionRenderer,
        pages: Pages,
        clock: Clock,
        limit: LimitUploads,
    ) -> None:
        self._open_snapshot = open_snapshot
        self._open_unit_of_work = open_unit_of_work
        self._staging = staging
        self._blobs = blobs
        self._renderer = renderer
        self._pages = pages
        self._clock = clock
        self._limit = limit

    def __call__(self, actor: Actor, upload: Upload, staged: StagedContent) -> PublishOutcome:
        """Publish *staged* as *upload* describes it."""
        try:
            with self._open_snapshot() as snapshot:
                if repeated := self._refuse_early(snapshot, actor, upload, staged):
                    return repeated
                rules = snapshot.record.settings.rules
            distribution = self._inspect(upload, staged, rules)
            self._store(distribution, staged)
            with self._open_unit_of_work(actor) as uow:
                listing = self._list(uow, actor, upload, distribution, staged)
            if listing.new_release:
                self._pages.put(listing.new_release, page_of(distribution.description_html.encode()))
            return listing.outcome
        finally:
            self._staging.discard(staged)

    def verify(self, actor: Actor, upload: Upload, staged: StagedContent) -> tuple[str, ...]:
        """
        Do everything that `__call__` does but store and list, and return the sentences for the uploader.

        Raises:
            PackageIndexError: Whatever `__call__` raises.
        """
        try:
            with self._open_snapshot() as snapshot:
                if self._refuse_early(snapshot, actor, upload, staged):
                    return ()
                rules = snapshot.record.settings.rules
                project = snapshot.projects.find(normalize(upload.name))
                if project:
                    _refuse_past_largest_project(snapshot, project, staged.size)
                    release = snapshot.releases.find(project.id, upload.version)
                    if release:
                        _refuse_second_sdist(snapshot.files, release, upload.filetype)
            return self._inspect(upload, staged, rules).warnings
        finally:
            self._staging.discard(staged)

    def authorise(self, actor: Actor, upload: Upload) -> None:
        """
        Refuse, before its bytes arrive, an upload that `__call__` would not permit.

        Raises:
            Unauthenticated: Nobody is logged in.
            Forbidden: *actor* may not upload to the project, or not create it.
            InvalidName: No new project may have this name.
            TooMany: *actor* created too many projects lately.
        """
        with self._open_snapshot() as snapshot:
            project = self._require(snapshot, actor, upload)
        if project is None:
            self._limit.require_room_for_project(actor)

    def _require(self, rows: Snapshot, actor: Actor, upload: Upload) -> Project | None:
        project = rows.projects.find(normalize(upload.name))
        if project:
            require(actor, Action.UPLOAD, governed_project(rows, project))
        else:
            require_free_name(rows, actor, upload.name)
        return project

    def _refuse_early(
        self, snapshot: Snapshot, actor: Actor, upload: Upload, staged: StagedContent
    ) -> PublishOutcome | None:
        project = self._require(snapshot, actor, upload)
        limit = snapshot.record.settings.largest_file
        if staged.size > limit:
            raise FileTooLarge(limit, upload.name)
        upload.digests.verify(staged.digests)
        if repeated := _repeated(snapshot, upload.filename, staged.digests):
            return repeated
        if project:
            self._require_open_release(snapshot, project, upload)
        else:
            self._limit.require_room_for_project(actor)
        return None

    def _require_open_release(self, snapshot: Snapshot, project: Project, upload: Upload) -> None:
        days = snapshot.record.settings.rules.release_open_days
        release = snapshot.releases.find(project.id, upload.version)
        if days is None or release is None or self._clock.now() - release.created <= timedelta(days=days):
            return
        raise ReleaseClosed(
            Problem(
                "version",
                f"Release {release.version} of {project.display_name} is from {release.created:%Y-%m-%d} and "
                f"takes no further files after {days} days: use a new version.",
            )
        )

    def _inspect(self, upload: Upload, staged: StagedContent, rules: UploadRules) -> Distribution:
        with self._staging.open(staged) as content:
            distribution = inspect_distribution(upload.filename, content, rules, self._renderer.render)
        upload.check_agreement(distribution.metadata)
        return distribution

    def _store(self, distribution: Distribution, staged: StagedContent) -> None:
        # PEP 658: only a wheel's metadata are final, an sdist's may change when it is built.
        if distribution.filename.filetype is FileType.WHEEL:
            self._blobs.put(core_metadata_key(staged.digests), distribution.metadata_file)
        self._staging.adopt(staged, distribution_key(staged.digests))

    def _list(
        self, uow: UnitOfWork, actor: Actor, upload: Upload, distribution: Distribution, staged: StagedContent
    ) -> _Listing:
        project = self._require(uow, actor, upload)
        if repeated := _repeated(uow, upload.filename, staged.digests):
            return _Listing(repeated, None)
        if project is None:
            project = add_project(uow, actor, distribution.metadata.name, self._clock)
            self._limit.count_project(uow.rate_counts, actor)
            require(actor, Action.UPLOAD, governed_project(uow, project))
        _refuse_past_largest_project(uow, project, staged.size)
        existing = uow.releases.find(project.id, distribution.metadata.version)
        release = existing or self._new_release(uow, project, distribution)
        if existing and not uow.files.of_release(existing.id):
            # What was said of the release before it had a file gives way to what its file says.
            uow.releases.set_metadata(existing, distribution.metadata.core)
        _refuse_second_sdist(uow.files, release, upload.filetype)
        file = uow.files.add(release, self._new_file(upload, distribution, staged))
        uow.record_event(
            FilePublished(
                project=project.display_name,
                version=release.version,
                filename=file.filename,
                python_version=file.python_version,
            )
        )
        standing = self._limit.count_upload(uow.rate_counts, actor)
        return _Listing(
            PublishOutcome(
                serial=uow.commit(), created=True, warnings=distribution.warnings, standing=standing
            ),
            None if existing else description_key(project, release, distribution.metadata.core),
        )

    def _new_release(self, uow: UnitOfWork, project: Project, distribution: Distribution) -> Release:
        metadata = distribution.metadata
        release = uow.releases.add(project.id, metadata.version, metadata.core, self._clock.now())
        uow.record_event(ReleaseCreated(project=project.display_name, version=release.version))
        return release

    def _new_file(self, upload: Upload, distribution: Distribution, staged: StagedContent) -> NewFile:
        return NewFile(
            filename=upload.filename,
            filetype=upload.filetype,
            python_version=distribution.filename.python_version,
            size=staged.size,
            digests=staged.digests,
            uploaded=self._clock.now(),
            requires_python=distribution.metadata.core.requires_python or None,
            metadata_sha256=distribution.metadata_sha256,
            comment=upload.comment,
            sboms=distribution.sboms,
        )


def _repeated(rows: Snapshot, filename: str, digests: Digests) -> PublishOutcome | None:
    """Tell an upload that is there already from one that stands in the way of another."""
    existing = rows.files.find(filename)
    if existing and existing.digests == digests:
        return PublishOutcome(serial=rows.journal.last_serial(), created=False)
    if existing:
        raise FileAlreadyExists(filename)
    if rows.files.was_ever_used(filename):
        raise FilenamePreviouslyUsed(filename)
    if same := rows.files.find_by_content(digests):
        raise FileAlreadyExists(filename, existing=same.filename)
    return None


def _refuse_past_largest_project(rows: Snapshot, project: Project, size: int) -> None:
    limit = rows.record.settings.largest_project
    if limit is not None and rows.files.total_size(project.id) + size > limit:
        raise ProjectTooLarge(limit, project.display_name)


def _refuse_second_sdist(files: FileReader, release: Release, filetype: FileType) -> None:
    if filetype is not FileType.SDIST:
        return
    for each in files.of_release(release.id):
        if each.filetype is FileType.SDIST:
            raise SecondSdist(
                Problem(
                    "content", f"Only one sdist may be uploaded per release, and {each.filename} is there."
                )
            )
