"""Documentation in memory."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence, Set
from typing import TYPE_CHECKING

from msgspec.structs import asdict, replace

from pypi_core.domain.documentation import (
    DocumentationId,
    DocumentationPage,
    DocumentationSet,
    DocumentationState,
)
from pypi_core.domain.entities import ProjectId, Release, ReleaseId
from pypi_memory.rows import IndexRows

if TYPE_CHECKING:
    from pypi_core.ports.documentation import Documentation, NewDocumentation


class InMemoryDocumentation:
    """The documentation among the rows of one index."""

    def __init__(self, rows: IndexRows, ids: itertools.count[int]) -> None:
        self._rows = rows
        self._ids = ids

    def of(self, project_id: ProjectId) -> Sequence[DocumentationSet]:
        """Return all sets of a project, by version, then by age."""
        found = [each for each in self._rows.documentation.values() if each.project_id == project_id]
        return sorted(found, key=lambda each: (each.version, each.id))

    def of_release(self, release_id: ReleaseId) -> Sequence[DocumentationSet]:
        """Return the sets of a release, the oldest first."""
        found = [each for each in self._rows.documentation.values() if each.release_id == release_id]
        return sorted(found, key=lambda each: each.id)

    def documented(self, project_id: ProjectId) -> Sequence[Release]:
        """Return the releases of a project that show documentation, the oldest version first."""
        ready = [each for each in self.of(project_id) if each.state is DocumentationState.READY]
        return [self._rows.releases[each.release_id] for each in ready]

    def page(self, documentation_id: DocumentationId, path: str) -> DocumentationPage | None:
        """Return a page of a set."""
        return self._rows.documentation_pages.get(documentation_id, {}).get(path)

    def paths_among(self, documentation_id: DocumentationId, paths: Collection[str]) -> Set[str]:
        """Return those of *paths* at which a set has a page."""
        return self._rows.documentation_pages.get(documentation_id, {}).keys() & set(paths)

    def add(self, release: Release, documentation: NewDocumentation) -> DocumentationSet:
        """Add a set that is to be unpacked."""
        for each in self.of_release(release.id):
            if each.state is DocumentationState.UNPACKING:
                self._delete(each.id)
        added = DocumentationSet(
            id=DocumentationId(next(self._ids)),
            project_id=release.project_id,
            release_id=release.id,
            version=release.version,
            **asdict(documentation),
        )
        self._rows.documentation[added.id] = added
        return added

    def put_pages(self, documentation_id: DocumentationId, pages: Sequence[DocumentationPage]) -> bool:
        """Add pages to a set that is being unpacked."""
        if documentation_id not in self._rows.documentation:
            return False
        known = self._rows.documentation_pages.get(documentation_id, {})
        added = {each.path: each for each in pages}
        self._rows.documentation_pages[documentation_id] = {**added, **known}
        return True

    def make_ready(self, documentation_id: DocumentationId) -> None:
        """Show a set in place of the one its release showed."""
        coming = self._rows.documentation.get(documentation_id)
        if coming is None:
            return
        for each in self.of_release(coming.release_id):
            if each.state is DocumentationState.READY and each.id != coming.id:
                self._delete(each.id)
        self._rows.documentation[coming.id] = replace(coming, state=DocumentationState.READY)

    def delete_of(self, release_id: ReleaseId) -> None:
        """Delete all sets of a release."""
        for each in self.of_release(release_id):
            self._delete(each.id)

    def _delete(self, documentation_id: DocumentationId) -> None:
        del self._rows.documentation[documentation_id]
        self._rows.documentation_pages.pop(documentation_id, None)


if TYPE_CHECKING:
    _: type[Documentation] = InMemoryDocumentation
