"""The releases of an index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from packaging.version import Version

from pypi_core.domain.entities import DescribedRelease, NamedRelease, Project, ProjectId, Release, ReleaseId
from pypi_core.domain.metadata import CoreMetadata


class ReleaseReader(Protocol):
    """The releases of the index."""

    def find(self, project_id: ProjectId, version: Version) -> Release | None:
        """Return the release that *version* names in any spelling (``1.0`` = ``1.0.0``)."""
        ...

    def get(self, project: Project, version: Version) -> Release:
        """
        Return the release that *version* names in any spelling.

        Raises:
            ReleaseNotFound: The project has none.
        """
        ...

    def of(self, project_id: ProjectId) -> Sequence[Release]:
        """Return all releases of a project, the oldest version first."""
        ...

    def metadata_of(self, release_id: ReleaseId) -> CoreMetadata:
        """Return a release's metadata: of its first file or, before there is one, those it was given."""
        ...

    def with_classifiers(self, classifiers: Collection[str], limit: int) -> Sequence[NamedRelease]:
        """
        Return up to *limit* releases that carry all of *classifiers*, by name, then by version.

        Quarantined projects are left out.  Where there are more, any of them may be missing.
        """
        ...

    def newest(self, limit: int) -> Sequence[DescribedRelease]:
        """Return the *limit* releases created last, the newest first, without quarantined ones."""
        ...

    def created_since(self, moment: datetime, limit: int) -> Sequence[NamedRelease]:
        """Return up to *limit* releases created after *moment*, newest first, without quarantined ones."""
        ...


class Releases(ReleaseReader, Protocol):
    """The releases, writable."""

    def add(
        self, project_id: ProjectId, version: Version, metadata: CoreMetadata, created: datetime
    ) -> Release:
        """
        Add a release that is not yanked.

        Raises:
            ConcurrentChange: The project has this release already.
        """
        ...

    def update(self, release: Release) -> None:
        """Store the yank of a release that is there."""
        ...

    def set_metadata(self, release: Release, metadata: CoreMetadata) -> None:
        """Replace the metadata of a release that is there, and what is found by them."""
        ...

    def delete(self, release: Release) -> None:
        """Take a release out of the index with its files, whose names stay used."""
        ...
