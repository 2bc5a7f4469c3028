"""Releases in memory."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from packaging.version import Version

from pypi_core.domain.entities import DescribedRelease, NamedRelease, Project, ProjectId, Release, ReleaseId
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.versions import release_key
from pypi_core.errors import ConcurrentChange, ReleaseNotFound
from pypi_memory.documentation import InMemoryDocumentation
from pypi_memory.rows import IndexRows

if TYPE_CHECKING:
    from pypi_core.ports.releases import Releases


class InMemoryReleases:
    """The releases among the rows of one index."""

    def __init__(self, rows: IndexRows, ids: itertools.count[int]) -> None:
        self._rows = rows
        self._ids = ids

    def find(self, project_id: ProjectId, version: Version) -> Release | None:
        """Return the release that *version* names in any spelling."""
        key = release_key(version)
        return next((each for each in self.of(project_id) if release_key(each.version) == key), None)

    def get(self, project: Project, version: Version) -> Release:
        """Return the release that *version* names in any spelling."""
        release = self.find(project.id, version)
        if release is None:
            raise ReleaseNotFound(project.name, str(version))
        return release

    def of(self, project_id: ProjectId) -> Sequence[Release]:
        """Return all releases of a project, the oldest version first."""
        releases = [each for each in self._rows.releases.values() if each.project_id == project_id]
        return sorted(releases, key=lambda each: each.version)

    def metadata_of(self, release_id: ReleaseId) -> CoreMetadata:
        """Return the metadata of a release."""
        return self._rows.metadata[release_id]

    def with_classifiers(self, classifiers: Collection[str], limit: int) -> Sequence[NamedRelease]:
        """Return up to *limit* releases that carry all of *classifiers*, by name, then by version."""
        found = [
            each
            for each in self._listed()
            if classifiers and set(classifiers) <= set(self._rows.metadata[each.id].classifiers)
        ]
        found.sort(key=lambda each: (self._rows.projects[each.project_id].name, each.version))
        return [self._named(each) for each in found[:limit]]

    def newest(self, limit: int) -> Sequence[DescribedRelease]:
        """Return the *limit* releases created last, the newest first."""
        found = sorted(self._listed(), key=lambda each: (each.created, each.id), reverse=True)
        return [
            DescribedRelease(project=self._rows.projects[each.project_id], release=each)
            for each in found[:limit]
        ]

    def created_since(self, moment: datetime, limit: int) -> Sequence[NamedRelease]:
        """Return up to *limit* releases created after *moment*, newest first."""
        found = [each for each in self._listed() if each.created > moment]
        found.sort(key=lambda each: (each.created, each.id), reverse=True)
        return [self._named(each) for each in found[:limit]]

    def add(
        self, project_id: ProjectId, version: Version, metadata: CoreMetadata, created: datetime
    ) -> Release:
        """Add a release that is not yanked."""
        if self.find(project_id, version):
            raise ConcurrentChange
        release = Release(
            id=ReleaseId(next(self._ids)), project_id=project_id, version=version, created=created
        )
        self._rows.releases[release.id] = release
        self._rows.metadata[release.id] = metadata
        return release

    def update(self, release: Release) -> None:
        """Store the yank of a release."""
        stored = self._rows.releases[release.id]
        self._rows.releases[release.id] = replace(stored, yank=release.yank)

    def set_metadata(self, release: Release, metadata: CoreMetadata) -> None:
        """Replace the metadata of a release."""
        self._rows.metadata[release.id] = metadata

    def delete(self, release: Release) -> None:
        """Take a release out with its files, whose names stay used."""
        InMemoryDocumentation(self._rows, self._ids).delete_of(release.id)
        del self._rows.releases[release.id], self._rows.metadata[release.id]
        for file in [each for each in self._rows.files.values() if each.release_id == release.id]:
            del self._rows.files[file.filename]

    def _listed(self) -> list[Release]:
        projects = self._rows.projects
        return [
            each for each in self._rows.releases.values() if projects[each.project_id].status.offers_files
        ]

    def _named(self, release: Release) -> NamedRelease:
        project = self._rows.projects[release.project_id]
        return NamedRelease(project=project.display_name, version=release.version)


if TYPE_CHECKING:
    _: type[Releases] = InMemoryReleases
