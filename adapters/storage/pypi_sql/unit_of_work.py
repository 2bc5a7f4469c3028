"""One transaction on one index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pypi_core.domain.accounts import Actor
from pypi_core.domain.entities import ProjectId, Serial
from pypi_core.domain.events import Event
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName, normalize
from pypi_core.domain.reactions import reactions_to
from pypi_core.ports.environment import Clock
from pypi_sql.changes import count_access_change
from pypi_sql.outbox import put_reactions
from pypi_sql.projects import segment_of
from pypi_sql.snapshot import SqlSnapshot
from pypi_sql.tables import journal, projects, segments, serials

if TYPE_CHECKING:
    from pypi_core.ports.persistence import UnitOfWork


class SqlUnitOfWork(SqlSnapshot):
    """Changes of the index *name* in the name of *actor*, in a transaction that may write."""

    def __init__(self, connection: Connection, name: IndexName, actor: Actor, clock: Clock) -> None:
        super().__init__(connection, name)
        self._actor = actor
        self._clock = clock
        self._events: list[Event] = []

    def record_event(self, event: Event) -> None:
        """Note what this transaction makes happen."""
        self._events.append(event)

    def commit(self) -> Serial:
        """Write outbox, serials, and what carries them, in this order; then make it happen."""
        if self._events:
            reactions = {reaction for event in self._events for reaction in reactions_to(event)}
            put_reactions(self._connection, self._index_id, reactions)
            # From here to the end of the transaction the counter's row is locked: serials
            # become visible in their order.
            last = self._take_serials(len(self._events))
            self._write_journal(last - len(self._events) + 1)
            self._give_serials(last - len(self._events) + 1)
        else:
            last = self.journal.last_serial()
            count_access_change(self._connection)
        self._connection.get_transaction().commit()  # type: ignore[union-attr]
        return Serial(last)

    def _take_serials(self, count: int) -> int:
        query = (
            update(serials)
            .where(serials.c.index_id == self._index_id)
            .values(serial=serials.c.serial + count)
            .returning(serials.c.serial)
        )
        return int(self._connection.execute(query).scalar_one())

    def _write_journal(self, first: int) -> None:
        moment = self._clock.now()
        self._connection.execute(
            insert(journal),
            [
                {
                    "index_id": self._index_id,
                    "serial": serial,
                    "project": event.project,
                    "version": None if event.version is None else str(event.version),
                    "action": event.journal_action,
                    "actor": self._actor.username,
                    "moment": moment,
                }
                for serial, event in enumerate(self._events, start=first)
            ],
        )

    def _give_serials(self, first: int) -> None:
        newest = {normalize(event.project): serial for serial, event in enumerate(self._events, start=first)}
        in_segments: dict[int, int] = {}
        for project_id, serial in self._ids_of(newest):
            self._connection.execute(update(projects).where(projects.c.id == project_id), {"serial": serial})
            segment = segment_of(project_id)
            in_segments[segment] = max(serial, in_segments.get(segment, 0))
        for number, serial in in_segments.items():
            self._move_segment(number, serial)

    def _ids_of(self, newest: Mapping[NormalizedName, int]) -> Sequence[tuple[ProjectId, int]]:
        rows = self._connection.execute(
            select(projects.c.id, projects.c.name).where(
                projects.c.index_id == self._index_id, projects.c.name.in_(newest)
            )
        )
        return [(ProjectId(row.id), newest[row.name]) for row in rows]

    def _move_segment(self, number: int, serial: int) -> None:
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        self._connection.execute(
            dialect.insert(segments)
            .values(index_id=self._index_id, number=number, serial=serial)
            .on_conflict_do_update(
                index_elements=[segments.c.index_id, segments.c.number], set_={"serial": serial}
            )
        )


if TYPE_CHECKING:
    _: type[UnitOfWork] = SqlUnitOfWork
