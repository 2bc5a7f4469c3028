"""Projects and their members in memory."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pypi_core.domain.entities import ListedProject, Project, ProjectId, Segment, Serial
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.new_names import SimilarityKey, similarity_key
from pypi_core.errors import ProjectAlreadyExists, ProjectNotFound
from pypi_memory.releases import InMemoryReleases
from pypi_memory.rows import IndexRows

if TYPE_CHECKING:
    from pypi_core.ports.projects import Projects

_SEGMENT = 1000


class InMemoryProjects:
    """The projects among the rows of one index."""

    def __init__(self, rows: IndexRows, ids: itertools.count[int]) -> None:
        self._rows = rows
        self._ids = ids
        self._deleted: dict[NormalizedName, int] = {}

    def find(self, name: NormalizedName) -> Project | None:
        """Return a project, ``None`` where there is none of that name."""
        project_id = self._rows.project_ids.get(name)
        return None if project_id is None else self._rows.projects[project_id]

    def get(self, name: NormalizedName) -> Project:
        """Return a project."""
        project = self.find(name)
        if project is None:
            raise ProjectNotFound(name)
        return project

    def find_similar(self, key: SimilarityKey) -> Project | None:
        """Return a project whose name has this key."""
        found = (each for each in self._rows.projects.values() if similarity_key(each.name) == key)
        return next(found, None)

    def by_id(self, project_id: ProjectId) -> Project:
        """Return the project of that id."""
        return self._rows.projects[project_id]

    def segments(self) -> Sequence[Segment]:
        """Return the segments, by number."""
        return [
            Segment(number=number, serial=serial) for number, serial in sorted(self._rows.segments.items())
        ]

    def in_segment(self, number: int) -> Sequence[ListedProject]:
        """Return the projects of a segment, by name, without the quarantined ones."""
        listed = [
            ListedProject(name=each.name, display_name=each.display_name, serial=each.serial)
            for each in self._rows.projects.values()
            if _segment(each.id) == number and each.status.offers_files
        ]
        return sorted(listed, key=lambda each: each.name)

    def newest(self, limit: int) -> Sequence[Project]:
        """Return the *limit* projects created last, the newest first, without the quarantined ones."""
        listed = [each for each in self._rows.projects.values() if each.status.offers_files]
        return sorted(listed, key=lambda each: each.id, reverse=True)[:limit]

    def listed_after(self, project_id: ProjectId, limit: int) -> Sequence[Project]:
        """Return up to *limit* projects with higher ids, by id, without the quarantined ones."""
        later = [
            each for each in self._rows.projects.values() if each.id > project_id and each.status.offers_files
        ]
        return sorted(later, key=lambda each: each.id)[:limit]

    def existing(self, names: Collection[NormalizedName]) -> Collection[NormalizedName]:
        """Return those of *names* that projects have which are not quarantined."""
        found = (self.find(each) for each in set(names))
        return frozenset(each.name for each in found if each and each.status.offers_files)

    def count(self) -> int:
        """Count the projects."""
        return len(self._rows.projects)

    def add(self, name: NormalizedName, display_name: DisplayName, created: datetime) -> Project:
        """Add an active project."""
        if name in self._rows.project_ids:
            raise ProjectAlreadyExists(name)
        project = Project(
            id=ProjectId(next(self._ids)), name=name, display_name=display_name, created=created
        )
        self._rows.projects[project.id] = project
        self._rows.project_ids[name] = project.id
        self._rows.segments.setdefault(_segment(project.id), Serial(0))
        return project

    def update(self, project: Project) -> None:
        """Store display name and status."""
        stored = self._rows.projects[project.id]
        self._rows.projects[project.id] = replace(
            stored, display_name=project.display_name, status=project.status
        )

    def delete(self, project: Project) -> None:
        """Take a project out with its releases, files, roles and upload sessions."""
        rows = self._rows
        for session in [each for each in rows.upload_sessions.values() if each.name == project.name]:
            del rows.upload_sessions[session.id]
        del rows.projects[project.id], rows.project_ids[project.name]
        rows.roles.pop(project.id, None)
        rows.invitations.pop(project.id, None)
        for release in [each for each in rows.releases.values() if each.project_id == project.id]:
            InMemoryReleases(rows, self._ids).delete(release)
        self._deleted[project.name] = _segment(project.id)

    def move(self, name: NormalizedName, serial: Serial) -> None:
        """Give a project and its segment the serial of its newest journal entry, also when it is gone."""
        if name in self._deleted:
            self._rows.segments[self._deleted[name]] = serial
        project = self.find(name)
        if project is not None:
            self._rows.projects[project.id] = replace(project, serial=serial)
            segment = _segment(project.id)
            self._rows.segments[segment] = max(serial, self._rows.segments[segment])


def _segment(project_id: ProjectId) -> int:
    return project_id // _SEGMENT


if TYPE_CHECKING:
    _: type[Projects] = InMemoryProjects
