"""Describe a release that has no files yet."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.distributions import inspect_metadata
from pypi_core.domain.entities import Project, Release, Serial
from pypi_core.domain.events import ReleaseMetadataSet
from pypi_core.domain.metadata import DistributionMetadata
from pypi_core.domain.names import NormalizedName, normalize
from pypi_core.domain.versions import release_key
from pypi_core.errors import InvalidMetadata, ReleaseHasFiles
from pypi_core.ports.environment import Clock, DescriptionRenderer
from pypi_core.ports.pages import Pages
from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork, UnitOfWork
from pypi_core.use_cases.permitted import permitted_project
from pypi_core.use_cases.publishing.file_publication import add_release
from pypi_core.use_cases.upkeep.rendering import description_key, page_of
from pypi_core.use_cases.upload_limits import LimitUploads
from pypi_protocol.errors import Problem


@dataclass(frozen=True, eq=False)
class SetReleaseMetadata:
    """
    Give a release the metadata that counts until its first file brings its own.

    The release is created where there is none.

    Raises:
        Forbidden: *actor* may not upload to this project.
        ProjectNotFound: There is no such project.
        InvalidMetadata: The metadata break a rule, or are of another project or version.
        ReleaseHasFiles: The release has files, whose metadata count.
        TooMany: *actor* had too many texts checked.
    """

    open_snapshot: OpenSnapshot
    open_unit_of_work: OpenUnitOfWork
    renderer: DescriptionRenderer
    pages: Pages
    clock: Clock
    limit: LimitUploads

    def __call__(self, actor: Actor, name: NormalizedName, version: Version, text: str) -> Serial:
        with self.open_snapshot() as snapshot:
            permitted_project(snapshot, actor, Action.UPLOAD, name)
            rules = snapshot.record.settings.rules
        self.limit.count_validation(actor)
        metadata, description = inspect_metadata(
            text.encode("utf-8", "surrogatepass"), rules, self.renderer.render
        )
        _check_subject(metadata, name, version)
        with self.open_unit_of_work(actor) as uow:
            project = permitted_project(uow, actor, Action.UPLOAD, name)
            release = self._described(uow, project, metadata)
            uow.record_event(ReleaseMetadataSet(project=project.display_name, version=release.version))
            serial = uow.commit()
        self.pages.put(description_key(project, release, metadata.core), page_of(description.encode()))
        return serial

    def _described(self, uow: UnitOfWork, project: Project, metadata: DistributionMetadata) -> Release:
        release = uow.releases.find(project.id, metadata.version)
        if release is None:
            return add_release(uow, project, metadata, self.clock)
        if uow.files.of_release(release.id):
            raise ReleaseHasFiles(project.name, str(release.version))
        uow.releases.set_metadata(release, metadata.core)
        return release


def _check_subject(metadata: DistributionMetadata, name: NormalizedName, version: Version) -> None:
    problems = []
    if normalize(metadata.name) != name:
        problems.append(Problem("name", f"The metadata is of {metadata.name!r}, not of {name!r}."))
    if release_key(metadata.version) != release_key(version):
        problems.append(
            Problem("version", f"The metadata is of version {metadata.version}, not of {version}.")
        )
    if problems:
        raise InvalidMetadata(*problems)
