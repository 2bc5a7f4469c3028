"""The projects of an index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from pypi_core.domain.entities import ListedProject, Project, ProjectId, Segment
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.new_names import SimilarityKey


class ProjectReader(Protocol):
    """The projects of the index."""

    def find(self, name: NormalizedName) -> Project | None:
        """Return a project, ``None`` where there is none of that name."""
        ...

    def get(self, name: NormalizedName) -> Project:
        """
        Return a project.

        Raises:
            ProjectNotFound: There is none of that name.
        """
        ...

    def find_similar(self, key: SimilarityKey) -> Project | None:
        """Return a project whose name has this key, ``None`` where none has."""
        ...

    def by_id(self, project_id: ProjectId) -> Project:
        """Return the project that a release or file belongs to; there always is one."""
        ...

    def segments(self) -> Sequence[Segment]:
        """Return the segments of the project list that are not empty or once were not, by number."""
        ...

    def in_segment(self, number: int) -> Sequence[ListedProject]:
        """Return the projects of a segment, by name, without the quarantined ones."""
        ...

    def newest(self, limit: int) -> Sequence[Project]:
        """Return the *limit* projects created last, the newest first, without the quarantined ones."""
        ...

    def listed_after(self, project_id: ProjectId, limit: int) -> Sequence[Project]:
        """Return up to *limit* projects with higher ids, by id, without the quarantined ones."""
        ...

    def existing(self, names: Collection[NormalizedName]) -> Collection[NormalizedName]:
        """Return those of *names*, up to 10,000, that projects have which are not quarantined."""
        ...

    def count(self) -> int:
        """Count the projects."""
        ...


class Projects(ProjectReader, Protocol):
    """The projects, writable."""

    def add(self, name: NormalizedName, display_name: DisplayName, created: datetime) -> Project:
        """
        Add an active project.

        Raises:
            ProjectAlreadyExists: There is one of that name.
        """
        ...

    def update(self, project: Project) -> None:
        """Store display name and status of a project that is there."""
        ...

    def delete(self, project: Project) -> None:
        """
        Take a project out of the index with its releases, files, roles and upload sessions.

        Its name is free again; the names of its files stay used.  `UnitOfWork.commit` gives
        the segment that listed it the serial of the project's newest event.
        """
        ...
