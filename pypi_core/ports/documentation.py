"""The documentation of an index: rows say which pages there are; their bytes are elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from datetime import datetime
from typing import Protocol

import msgspec

from pypi_core.domain.documentation import (
    DocumentationId,
    DocumentationPage,
    DocumentationSet,
)
from pypi_core.domain.entities import ProjectId, Release, ReleaseId


class NewDocumentation(msgspec.Struct, frozen=True, kw_only=True):
    """A ZIP about to be added; the fields are those of `DocumentationSet`."""

    size: int
    sha256: str
    blake2_256: str
    uploaded: datetime


class DocumentationReader(Protocol):
    """The sets of the index."""

    def of(self, project_id: ProjectId) -> Sequence[DocumentationSet]:
        """Return all sets of a project, by version (oldest first), then by age (oldest first)."""
        ...

    def of_release(self, release_id: ReleaseId) -> Sequence[DocumentationSet]:
        """Return the sets of a release, the oldest first: the one that is shown, then one that is coming."""
        ...

    def documented(self, project_id: ProjectId) -> Sequence[Release]:
        """Return the releases of a project that show documentation, the oldest version first."""
        ...

    def page(self, documentation_id: DocumentationId, path: str) -> DocumentationPage | None:
        """Return a page of a set, ``None`` where it has none at *path*."""
        ...

    def paths_among(self, documentation_id: DocumentationId, paths: Collection[str]) -> Set[str]:
        """Return those of *paths*, 500 at the most, at which a set has a page."""
        ...


class Documentation(DocumentationReader, Protocol):
    """The sets of the index, writable."""

    def add(self, release: Release, documentation: NewDocumentation) -> DocumentationSet:
        """Add a set that is to be unpacked, in place of one of the release that still waits for it."""
        ...

    def put_pages(self, documentation_id: DocumentationId, pages: Sequence[DocumentationPage]) -> bool:
        """
        Add pages to a set that is being unpacked; those it has stay.

        Return whether it is there: if not, nothing was added.
        """
        ...

    def make_ready(self, documentation_id: DocumentationId) -> None:
        """Show a set in place of the one its release showed, which goes; nothing happens when it is gone."""
        ...

    def delete_of(self, release_id: ReleaseId) -> None:
        """Delete all sets of a release."""
        ...
