"""Which projects require which."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Executable, bindparam, delete, func, literal_column, select

from pypi_core.domain.entities import Status
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.reactions import Reaction, ReactionKind
from pypi_core.errors import IndexNotFound
from pypi_core.ports.dependencies import Dependent
from pypi_sql.engine import Connections, commit
from pypi_sql.failures import repeated
from pypi_sql.inserting import insertion
from pypi_sql.outbox import put_reactions
from pypi_sql.tables import dependencies, indexes, projects

if TYPE_CHECKING:
    from pypi_core.ports.dependencies import Dependencies

_INDEX_ID = select(indexes.c.id).where(indexes.c.name == bindparam("of_index"))
_OF_INDEX = dependencies.c.index_id == _INDEX_ID.scalar_subquery()
_NOTED = select(dependencies.c.required, dependencies.c.is_optional, dependencies.c.popularity).where(
    _OF_INDEX, dependencies.c.project == bindparam("of_project")
)
_REQUIRING = _OF_INDEX & (dependencies.c.required == bindparam("wanted"))
_FIRST_REQUIRING = select(literal_column("1")).where(_REQUIRING).limit(bindparam("at_most")).subquery()
_COUNT = select(func.count()).select_from(_FIRST_REQUIRING)
_DEPENDENTS = (
    select(projects.c.name, projects.c.display_name, dependencies.c.is_optional)
    .join(
        dependencies,
        (dependencies.c.index_id == projects.c.index_id) & (dependencies.c.project == projects.c.name),
    )
    .where(_REQUIRING, projects.c.status != Status.QUARANTINED)
    .order_by(dependencies.c.popularity.desc(), dependencies.c.project)
    .limit(bindparam("at_most"))
    .offset(bindparam("passed"))
)
_THERE = select(projects.c.name).where(
    projects.c.index_id == bindparam("of_index"), projects.c.name.in_(bindparam("called", expanding=True))
)
_FORGET = delete(dependencies).where(
    dependencies.c.index_id == bindparam("of_index"),
    dependencies.c.project == bindparam("of_project"),
    dependencies.c.required.in_(bindparam("gone", expanding=True)),
)


class SqlDependencies:
    """The dependencies of one index; each call is a transaction of its own."""

    def __init__(self, connections: Connections, name: IndexName) -> None:
        self._connections = connections
        self._name = name

    @repeated
    def note(
        self, project: NormalizedName, required: Mapping[NormalizedName, bool], popularity: int, now: datetime
    ) -> None:
        wanted = {name: (is_optional, popularity) for name, is_optional in required.items()}
        # Most changes of a project change nothing here: the writer's place is not taken for them.
        with self._connections.reading() as connection:
            if self._noted(connection, project) == wanted:
                return
        with self._connections.writing() as connection:
            index_id = connection.execute(_INDEX_ID, {"of_index": self._name}).scalar_one_or_none()
            if index_id is None:
                raise IndexNotFound(self._name)
            noted = self._noted(connection, project)
            gone = sorted(noted.keys() - wanted.keys())
            if gone:
                connection.execute(_FORGET, {"of_index": index_id, "of_project": project, "gone": gone})
            changed = [
                {
                    "index_id": index_id,
                    "project": project,
                    "required": name,
                    "is_optional": is_optional,
                    "popularity": popularity,
                }
                for name, (is_optional, _) in sorted(wanted.items())
                if noted.get(name) != wanted[name]
            ]
            if changed:
                connection.execute(_putting(connection.dialect.name), changed)
            _index_again(connection, index_id, noted.keys() ^ wanted.keys(), now)
            commit(connection)

    def count(self, required: NormalizedName, most: int) -> int:
        asked = {"of_index": self._name, "wanted": required, "at_most": most}
        with self._connections.reading() as connection:
            return connection.execute(_COUNT, asked).scalar_one()

    def dependents(self, required: NormalizedName, limit: int, offset: int = 0) -> Sequence[Dependent]:
        asked = {"of_index": self._name, "wanted": required, "at_most": limit, "passed": offset}
        with self._connections.reading() as connection:
            return [
                Dependent(
                    name=NormalizedName(name),
                    display_name=DisplayName(display_name),
                    is_optional=is_optional,
                )
                for name, display_name, is_optional in connection.execute(_DEPENDENTS, asked)
            ]

    def _noted(
        self, connection: Connection, project: NormalizedName
    ) -> Mapping[NormalizedName, tuple[bool, int]]:
        rows = connection.execute(_NOTED, {"of_index": self._name, "of_project": project})
        return {
            NormalizedName(required): (is_optional, popularity) for required, is_optional, popularity in rows
        }


def _index_again(
    connection: Connection, index_id: int, names: Collection[NormalizedName], now: datetime
) -> None:
    if names:
        there = connection.execute(_THERE, {"of_index": index_id, "called": sorted(names)}).scalars()
        again = [Reaction(ReactionKind.INDEX_FOR_SEARCH, NormalizedName(each)) for each in there]
        put_reactions(connection, index_id, again, now)


@cache
def _putting(dialect_name: str) -> Executable:
    adding = insertion(dialect_name, dependencies)
    return adding.on_conflict_do_update(
        index_elements=list(dependencies.primary_key.columns),
        set_={name: adding.excluded[name] for name in ("is_optional", "popularity")},
    )


if TYPE_CHECKING:
    _: type[Dependencies] = SqlDependencies
