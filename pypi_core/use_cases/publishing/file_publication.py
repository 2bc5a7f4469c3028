"""What publishing one file and publishing the files of a session have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace
from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.blob_keys import BlobKey, core_metadata_key, distribution_key
from pypi_core.domain.digests import Digests
from pypi_core.domain.distributions import Distribution, inspect_distribution
from pypi_core.domain.entities import File, Project, Release
from pypi_core.domain.events import FilePublished, ReleaseCreated
from pypi_core.domain.filenames import FileType
from pypi_core.domain.metadata import CoreMetadata, DistributionMetadata
from pypi_core.domain.metadata.import_names import agreed_modules, modules_of
from pypi_core.domain.names import DisplayName, normalize
from pypi_core.domain.permissions import require
from pypi_core.domain.rate_limits import LimitStanding
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.uploads import Upload
from pypi_core.errors import (
    FileAlreadyExists,
    FilenamePreviouslyUsed,
    ProjectTooLarge,
    ReleaseClosed,
    SecondSdist,
    StagedContentNotFound,
)
from pypi_core.ports.blobs import BlobStore, StagedContent, Staging
from pypi_core.ports.environment import Clock, DescriptionRenderer
from pypi_core.ports.files import NewFile
from pypi_core.ports.pages import PageKey, Pages
from pypi_core.ports.transactions import Snapshot, UnitOfWork
from pypi_core.use_cases.governing.projects import add_project, require_free_name
from pypi_core.use_cases.permitted import index_subject, project_subject
from pypi_core.use_cases.upkeep.rendering import description_key, page_of
from pypi_core.use_cases.upload_limits import LimitUploads
from pypi_protocol.errors import Problem


class InspectedFile(NamedTuple):
    """A file that was inspected: what its uploader says of it, its bytes, and what is in them."""

    upload: Upload
    staged: StagedContent
    distribution: Distribution
    metadata_sha256: str | None

    def without_texts(self) -> InspectedFile:
        """Return it without what takes room and the further files of a release are not asked for."""
        metadata = self.distribution.metadata
        distribution = replace(
            self.distribution,
            metadata=replace(metadata, core=replace(metadata.core, description="")),
            metadata_file=b"",
            description_html="",
        )
        return self._replace(distribution=distribution)


class ListedFile(NamedTuple):
    """How the uploader stands with their limit, and where the description of a new release is kept."""

    standing: LimitStanding | None
    new_release: PageKey | None


@dataclass(frozen=True, eq=False, kw_only=True)
class FilePublication:
    """The steps between bytes in the staging area and files that can be installed."""

    staging: Staging
    blobs: BlobStore
    renderer: DescriptionRenderer
    pages: Pages
    clock: Clock
    limit: LimitUploads

    def require_open_release(self, rows: Snapshot, project: Project, version: Version) -> None:
        """
        Let files of *version* pass unless the release is so old that it takes none.

        Raises:
            ReleaseClosed: It is.
        """
        days = rows.record.settings.rules.release_open_days
        release = rows.releases.find(project.id, version)
        if days is None or release is None or self.clock.now() - release.created <= timedelta(days=days):
            return
        raise ReleaseClosed(
            Problem(
                "version",
                f"Release {release.version} of {project.display_name} is from {release.created:%Y-%m-%d} and "
                f"takes no further files after {days} days: use a new version.",
            )
        )

    def inspect(self, upload: Upload, staged: StagedContent, rules: UploadRules) -> InspectedFile:
        """
        Check the bytes against every rule, and against what the uploader says of them.

        Raises:
            Invalid: They break one, with every problem found.
        """
        with self.staging.open(staged) as content:
            distribution = inspect_distribution(upload.filename, content, rules, self.renderer.render)
        upload.check_agreement(distribution.metadata)
        return InspectedFile(upload, staged, distribution, distribution.metadata_sha256)

    def store_metadata(self, inspected_file: InspectedFile) -> None:
        """Keep what is served beside the file; until a row points at it the sweep may free it again."""
        # PEP 658: only a wheel's metadata is final, an sdist's may change when it is built.
        if inspected_file.metadata_sha256 is not None:
            self.blobs.put(
                core_metadata_key(inspected_file.staged.digests), inspected_file.distribution.metadata_file
            )

    def adopt(self, staged: StagedContent, key: BlobKey) -> None:
        """
        Keep bytes for good under *key*; until a row points at it the sweep may free it again.

        Raises:
            StagedContentNotFound: The bytes are neither staged nor, as of now, stored.
        """
        try:
            self.staging.adopt(staged, key)
        except StagedContentNotFound:
            # They were there when they were inspected: another call that publishes the same session
            # was faster, so that they are young.
            if self.blobs.find(key) is None:
                raise

    def list(
        self, uow: UnitOfWork, actor: Actor, inspected_file: InspectedFile, stored: datetime
    ) -> ListedFile | None:
        """
        List a file in a running transaction; ``None`` says that it is there already and nothing was done.

        Its bytes and its metadata were stored at *stored* or later.

        Raises:
            Forbidden: *actor* may not upload to the project, or not create it.
            FileAlreadyExists: The name is taken by other bytes, or the bytes have another name.
            FilenamePreviouslyUsed: The name belonged to a file that was deleted.
            ProjectTooLarge: With it the project would be larger than the index permits.
            SecondSdist: The release has its sdist.
            Invalid: The file has other modules than the release.
            TooMany: *actor* uploaded too many files lately, or created too many projects.
            ConcurrentChange: The bytes were swept: they have to be sent again.
        """
        upload, staged, distribution, metadata_sha256 = inspected_file
        project = require_target(uow, actor, upload.name)
        if is_repeated(uow, upload.filename, staged.digests):
            return None
        if project is None:
            project = add_project(uow, actor, distribution.metadata.name, self.clock)
            self.limit.count_project(uow.rate_counts, actor)
            require(actor, Action.UPLOAD, project_subject(uow, project))
        refuse_past_largest_project(uow, project, staged.size)
        existing = uow.releases.find(project.id, distribution.metadata.version)
        release = existing or add_release(uow, project, distribution.metadata, self.clock)
        if existing and (metadata := metadata_with(uow, existing, inspected_file)):
            uow.releases.set_metadata(existing, metadata)
        kept = [distribution_key(staged.digests)]
        if metadata_sha256 is not None:
            kept.append(core_metadata_key(staged.digests))
        uow.claim_blobs(kept, stored)
        file = uow.files.add(release, self._new_file(inspected_file))
        uow.record_event(
            FilePublished(
                project=project.display_name,
                version=release.version,
                filename=file.filename,
                python_version=file.python_version,
            )
        )
        return ListedFile(
            self.limit.count_upload(uow.rate_counts, actor),
            None if existing else description_key(project, release, distribution.metadata.core),
        )

    def keep_description(self, listed: ListedFile, inspected_file: InspectedFile) -> None:
        """Keep the description that was rendered, if *inspected_file* gave a new release its metadata."""
        if listed.new_release:
            html = inspected_file.distribution.description_html
            self.pages.put(listed.new_release, page_of(html.encode()))

    def _new_file(self, inspected_file: InspectedFile) -> NewFile:
        upload, staged, distribution, metadata_sha256 = inspected_file
        return NewFile(
            filename=upload.filename,
            filetype=upload.filetype,
            python_version=distribution.filename.python_version,
            size=staged.size,
            digests=staged.digests,
            uploaded=self.clock.now(),
            requires_python=distribution.metadata.core.requires_python or None,
            metadata_sha256=metadata_sha256,
            comment=upload.comment,
            sboms=distribution.sboms,
            modules=distribution.modules,
        )


def require_target(rows: Snapshot, actor: Actor, name: DisplayName) -> Project | None:
    """
    Return the project that *actor* may upload to, ``None`` where they may create it by that.

    Raises:
        Forbidden: *actor* may not upload to the project, or not create it.
        InvalidName: No new project may have this name.
    """
    require(actor, Action.READ, index_subject(rows))
    project = rows.projects.find(normalize(name))
    if project:
        require(actor, Action.UPLOAD, project_subject(rows, project))
    else:
        require_free_name(rows, actor, name)
    return project


def add_release(uow: UnitOfWork, project: Project, metadata: DistributionMetadata, clock: Clock) -> Release:
    """Add a release to a running transaction; there is none of that version."""
    release = uow.releases.add(project.id, metadata.version, metadata.core, clock.now())
    uow.record_event(ReleaseCreated(project=project.display_name, version=release.version))
    return release


def is_repeated(rows: Snapshot, filename: str, digests: Digests) -> bool:
    """
    Tell an upload that is there already from one that stands in the way of another.

    Raises:
        FileAlreadyExists: The name is taken by other bytes, or the bytes have another name.
        FilenamePreviouslyUsed: The name belonged to a file that was deleted.
    """
    if rows.files.was_ever_used(filename):
        existing = rows.files.find(filename)
        if existing is None:
            raise FilenamePreviouslyUsed(filename)
        if existing.digests == digests:
            return True
        raise FileAlreadyExists(filename)
    if same := rows.files.find_by_content(digests.sha256):
        raise FileAlreadyExists(filename, existing=same.filename)
    return False


def refuse_past_largest_project(rows: Snapshot, project: Project, size: int) -> None:
    """
    Let *size* bytes more pass if the project may have them.

    Raises:
        ProjectTooLarge: It may not.
    """
    limit = rows.record.settings.largest_project
    if limit is not None and rows.files.total_size(project.id) + size > limit:
        raise ProjectTooLarge(limit, project.display_name)


def metadata_with(rows: Snapshot, release: Release, inspected_file: InspectedFile) -> CoreMetadata | None:
    """
    Return what a release says of itself once it has this file, ``None`` for what it says now.

    Raises:
        SecondSdist: The file is an sdist, and the release has one.
        Invalid: It has other modules than the files before it (PEP 794).
    """
    files = rows.files.of_release(release.id)
    refuse_second_sdist(files, inspected_file.upload.filetype)
    core = inspected_file.distribution.metadata.core
    if not files:
        # What was said of the release before it had a file gives way to what its file says.
        return core
    if not modules_of(core):
        return None
    said = rows.releases.metadata_of(release.id)
    known = modules_of(said)
    if agreed_modules(known, core) == known:
        return None
    return replace(said, import_names=core.import_names, import_namespaces=core.import_namespaces)


def refuse_second_sdist(files: Iterable[File], filetype: FileType) -> None:
    """
    Let a file pass that may join *files*, those of its release.

    Raises:
        SecondSdist: It is an sdist, and there is one.
    """
    if filetype is not FileType.SDIST:
        return
    for each in files:
        if each.filetype is FileType.SDIST:
            raise SecondSdist(
                Problem(
                    "content", f"Only one sdist may be uploaded per release, and {each.filename} is there."
                )
            )
