"""Projects, and the segments of their list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Executable, Row, bindparam, delete, func, select, update

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
from pypi_core.domain.new_names import SimilarityKey, similarity_key
from pypi_core.errors import ProjectAlreadyExists, ProjectNotFound
from pypi_sql.documentation import deletions_of
from pypi_sql.inserting import insertion
from pypi_sql.tables import (
    files,
    memberships,
    projects,
    release_metadata,
    releases,
    segments,
    upload_sessions,
)

if TYPE_CHECKING:
    from pypi_core.ports.projects import Projects

_SEGMENT_SIZE = 1000

# Statements are made once: making one takes longer than SQLite takes to answer it.
_IN_THE_INDEX = projects.c.index_id == bindparam("of_index")
_BY_NAME = select(projects).where(_IN_THE_INDEX, projects.c.name == bindparam("called"))
_BY_KEY = select(projects).where(_IN_THE_INDEX, projects.c.similarity_key == bindparam("similar")).limit(1)
_BY_ID = select(projects).where(projects.c.id == bindparam("known_as"))
_COUNT = select(func.count()).select_from(projects).where(_IN_THE_INDEX)
_EXISTING = select(projects.c.name).where(
    _IN_THE_INDEX,
    projects.c.name.in_(bindparam("among", expanding=True)),
    projects.c.status != Status.QUARANTINED,
)
_SEGMENTS = (
    select(segments.c.number, segments.c.serial)
    .where(segments.c.index_id == bindparam("of_index"))
    .order_by(segments.c.number)
)
_IN_SEGMENT = (
    select(projects.c.name, projects.c.display_name, projects.c.serial)
    .where(
        _IN_THE_INDEX,
        projects.c.id.between(bindparam("first"), bindparam("last")),
        projects.c.status != Status.QUARANTINED,
    )
    .order_by(projects.c.name)
)
_NEWEST = (
    select(projects)
    .where(_IN_THE_INDEX, projects.c.status != Status.QUARANTINED)
    .order_by(projects.c.id.desc())
    .limit(bindparam("at_most"))
)
_LISTED_AFTER = (
    select(projects)
    .where(
        _IN_THE_INDEX,
        projects.c.id > bindparam("passed"),
        projects.c.status != Status.QUARANTINED,
    )
    .order_by(projects.c.id)
    .limit(bindparam("at_most"))
)
_UPDATE = update(projects).where(projects.c.id == bindparam("known_as"))
# What points at a project goes first.
_DELETIONS = (
    *deletions_of(
        lambda release_id: release_id.in_(
            select(releases.c.id).where(releases.c.project_id == bindparam("known_as"))
        )
    ),
    delete(files).where(files.c.project_id == bindparam("known_as")),
    delete(release_metadata).where(
        release_metadata.c.release_id.in_(
            select(releases.c.id).where(releases.c.project_id == bindparam("known_as"))
        )
    ),
    delete(releases).where(releases.c.project_id == bindparam("known_as")),
    delete(memberships).where(memberships.c.project_id == bindparam("known_as")),
    delete(projects).where(projects.c.id == bindparam("known_as")),
)
_DELETE_SESSIONS = delete(upload_sessions).where(
    upload_sessions.c.index_id == bindparam("of_index"), upload_sessions.c.project == bindparam("called")
)
_MOVE = (
    update(projects)
    .where(_IN_THE_INDEX, projects.c.name == bindparam("called"))
    .values(serial=bindparam("taken"))
    .returning(projects.c.id)
)


class SqlProjects:
    """
    The projects of one index, in one transaction.

    Attributes:
        deleted: The ids of the projects that this transaction deleted, by their names.
    """

    def __init__(self, connection: Connection, index_id: int) -> None:
        self._connection = connection
        self._index_id = index_id
        self.deleted: dict[NormalizedName, ProjectId] = {}

    def find(self, name: NormalizedName) -> Project | None:
        row = self._connection.execute(_BY_NAME, {"of_index": self._index_id, "called": name}).one_or_none()
        return None if row is None else read_project(row)

    def get(self, name: NormalizedName) -> Project:
        project = self.find(name)
        if project is None:
            raise ProjectNotFound(name)
        return project

    def find_similar(self, key: SimilarityKey) -> Project | None:
        row = self._connection.execute(_BY_KEY, {"of_index": self._index_id, "similar": key}).first()
        return None if row is None else read_project(row)

    def by_id(self, project_id: ProjectId) -> Project:
        return read_project(self._connection.execute(_BY_ID, {"known_as": project_id}).one())

    def segments(self) -> Sequence[Segment]:
        rows = self._connection.execute(_SEGMENTS, {"of_index": self._index_id}).all()
        return [Segment(number=number, serial=Serial(serial)) for number, serial in rows]

    def in_segment(self, number: int) -> Sequence[ListedProject]:
        first = number * _SEGMENT_SIZE
        rows = self._connection.execute(
            _IN_SEGMENT, {"of_index": self._index_id, "first": first, "last": first + _SEGMENT_SIZE - 1}
        ).all()
        return [
            ListedProject(
                name=NormalizedName(name), display_name=DisplayName(display_name), serial=Serial(serial)
            )
            for name, display_name, serial in rows
        ]

    def newest(self, limit: int) -> Sequence[Project]:
        rows = self._connection.execute(_NEWEST, {"of_index": self._index_id, "at_most": limit})
        return [read_project(row) for row in rows]

    def listed_after(self, project_id: ProjectId, limit: int) -> Sequence[Project]:
        rows = self._connection.execute(
            _LISTED_AFTER, {"of_index": self._index_id, "passed": project_id, "at_most": limit}
        )
        return [read_project(row) for row in rows]

    def existing(self, names: Collection[NormalizedName]) -> Collection[NormalizedName]:
        wanted = {"of_index": self._index_id, "among": sorted(set(names))}
        return frozenset(map(NormalizedName, self._connection.execute(_EXISTING, wanted).scalars()))

    def count(self) -> int:
        return self._connection.execute(_COUNT, {"of_index": self._index_id}).scalar_one()

    def add(self, name: NormalizedName, display_name: DisplayName, created: datetime) -> Project:
        row = self._connection.execute(
            _adding(self._connection.dialect.name),
            {
                "index_id": self._index_id,
                "name": name,
                "similarity_key": similarity_key(name),
                "display_name": display_name,
                "status": Status.ACTIVE,
                "status_reason": "",
                "created": created,
                "serial": 0,
            },
        ).one_or_none()
        if row is None:
            raise ProjectAlreadyExists(name)
        return read_project(row)

    def update(self, project: Project) -> None:
        self._connection.execute(
            _UPDATE,
            {
                "known_as": project.id,
                "display_name": project.display_name,
                "status": project.status.state,
                "status_reason": project.status.reason,
            },
        )

    def delete(self, project: Project) -> None:
        self._connection.execute(_DELETE_SESSIONS, {"of_index": self._index_id, "called": project.name})
        for deletion in _DELETIONS:
            self._connection.execute(deletion, {"known_as": project.id})
        self.deleted[project.name] = project.id


def give_serials(
    connection: Connection,
    index_id: int,
    serials: Mapping[NormalizedName, int],
    deleted: Mapping[NormalizedName, ProjectId],
) -> None:
    """Give projects, and the segments they are or were listed in, the serials of their newest entries."""
    in_segments = {
        project_id // _SEGMENT_SIZE: serials[name]
        for name, project_id in sorted(deleted.items(), key=lambda each: serials.get(each[0], 0))
        if name in serials
    }
    # In one order, so that two transactions never wait for each other crosswise.
    for name, serial in sorted(serials.items()):
        moved = {"of_index": index_id, "called": name, "taken": serial}
        for project_id in connection.execute(_MOVE, moved).scalars():
            number = project_id // _SEGMENT_SIZE
            in_segments[number] = max(serial, in_segments.get(number, 0))
    for number, serial in in_segments.items():
        connection.execute(
            _moving_segments(connection.dialect.name),
            {"index_id": index_id, "number": number, "serial": serial},
        )


@cache
def _adding(dialect_name: str) -> Executable:
    return (
        insertion(dialect_name, projects)
        .on_conflict_do_nothing(index_elements=[projects.c.index_id, projects.c.name])
        .returning(projects)
    )


@cache
def _moving_segments(dialect_name: str) -> Executable:
    adding = insertion(dialect_name, segments)
    return adding.on_conflict_do_update(
        index_elements=[segments.c.index_id, segments.c.number], set_={"serial": adding.excluded.serial}
    )


def read_project(row: Row[Any]) -> Project:
    """Return the project in a row with all its columns."""
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
