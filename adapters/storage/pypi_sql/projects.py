"""Projects, and the segments of their list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from pypi_core.domain.entities import (
    ListedProject,
    Project,
    ProjectId,
    ProjectStatus,
    Segment,
    Serial,
    Status,
)
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.errors import ProjectAlreadyExists, ProjectNotFound
from pypi_sql.tables import projects, segments

if TYPE_CHECKING:
    from pypi_core.ports.persistence import Projects

SEGMENT_SIZE = 1000

_BY_NAME = select(projects).where(
    projects.c.index_id == bindparam("index_id"), projects.c.name == bindparam("name")
)


class SqlProjects:
    """The projects of one index, in one transaction."""

    def __init__(self, connection: Connection, index_id: int) -> None:
        self._connection = connection
        self._index_id = index_id

    def find(self, name: NormalizedName) -> Project | None:
        """Return a project, ``None`` where there is none of that name."""
        row = self._connection.execute(_BY_NAME, {"index_id": self._index_id, "name": name}).one_or_none()
        return None if row is None else _project(row)

    def get(self, name: NormalizedName) -> Project:
        """Return a project, which is there."""
        project = self.find(name)
        if project is None:
            raise ProjectNotFound(name)
        return project

    def by_id(self, project_id: ProjectId) -> Project:
        """Return the project that a release or file belongs to."""
        return _project(self._connection.execute(select(projects).where(projects.c.id == project_id)).one())

    def segments(self) -> Sequence[Segment]:
        """Return the segments of the project list, by number."""
        rows = self._connection.execute(
            select(segments.c.number, segments.c.serial)
            .where(segments.c.index_id == self._index_id)
            .order_by(segments.c.number)
        )
        return [Segment(number=number, serial=Serial(serial)) for number, serial in rows]

    def in_segment(self, number: int) -> Sequence[ListedProject]:
        """Return the projects of a segment that may be listed, by name."""
        rows = self._connection.execute(
            select(projects.c.name, projects.c.display_name, projects.c.serial)
            .where(
                projects.c.index_id == self._index_id,
                projects.c.id.between(number * SEGMENT_SIZE, (number + 1) * SEGMENT_SIZE - 1),
                projects.c.status != Status.QUARANTINED,
            )
            .order_by(projects.c.name)
        )
        return [
            ListedProject(
                name=NormalizedName(row.name),
                display_name=DisplayName(row.display_name),
                serial=Serial(row.serial),
            )
            for row in rows
        ]

    def count(self) -> int:
        """Count the projects."""
        query = select(func.count()).select_from(projects).where(projects.c.index_id == self._index_id)
        return self._connection.execute(query).scalar_one()

    def add(self, name: NormalizedName, display_name: DisplayName, created: datetime) -> Project:
        """Add an active project."""
        values = {
            "index_id": self._index_id,
            "name": name,
            "display_name": display_name,
            "status": Status.ACTIVE,
            "status_reason": "",
            "created": created,
            "serial": 0,
        }
        try:
            with self._connection.begin_nested():
                row = self._connection.execute(insert(projects).returning(projects), values).one()
        except IntegrityError as error:
            raise ProjectAlreadyExists(name) from error
        return _project(row)

    def update(self, project: Project) -> None:
        """Store display name and status of a project that is there."""
        self._connection.execute(
            update(projects).where(projects.c.id == project.id),
            {
                "display_name": project.display_name,
                "status": project.status.state,
                "status_reason": project.status.reason,
            },
        )


def segment_of(project_id: ProjectId) -> int:
    """Return the number of the segment that a project is listed in."""
    return project_id // SEGMENT_SIZE


def _project(row: Row[tuple[object, ...]]) -> Project:
    return Project(
        id=ProjectId(row.id),
        name=NormalizedName(row.name),
        display_name=DisplayName(row.display_name),
        created=row.created,
        status=ProjectStatus(Status(row.status), row.status_reason),
        serial=Serial(row.serial),
    )


if TYPE_CHECKING:
    _: type[Projects] = SqlProjects
