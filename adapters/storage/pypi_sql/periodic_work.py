"""Work that comes back, claimed for a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, or_, select, update

from pypi_core.ports.periodic_work import PeriodicWorkKind, PeriodicWorkState, Turn
from pypi_sql.engine import Connections, commit
from pypi_sql.failures import repeated
from pypi_sql.inserting import insertion
from pypi_sql.tables import periodic_work

if TYPE_CHECKING:
    from pypi_core.ports.periodic_work import PeriodicWork


class SqlPeriodicWork:
    """One row for each kind of work; each call is a transaction of its own."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @repeated
    def claim(
        self, kind: PeriodicWorkKind, now: datetime, lease_until: datetime, first_due: datetime
    ) -> Turn | None:
        is_due = and_(
            periodic_work.c.due <= now,
            or_(periodic_work.c.lease_until.is_(None), periodic_work.c.lease_until <= now),
        )
        # Asked without a lock first: idle workers must not take the writer's place.
        with self._connections.reading() as connection:
            known = connection.execute(
                select(is_due.label("is_due")).where(periodic_work.c.name == kind.value)
            ).one_or_none()
        if known and not known.is_due:
            return None
        with self._connections.writing() as connection:
            if known is None:
                connection.execute(
                    insertion(connection.dialect.name, periodic_work)
                    .values(name=kind.value, due=first_due, turn=0)
                    .on_conflict_do_nothing()
                )
            # Two of these wait for each other, and the second finds the lease of the first.
            number = connection.execute(
                update(periodic_work)
                .where(periodic_work.c.name == kind.value, is_due)
                .values(turn=periodic_work.c.turn + 1, lease_until=lease_until, began=now)
                .returning(periodic_work.c.turn)
            ).scalar_one_or_none()
            commit(connection)
        return None if number is None else Turn(kind, number)

    @repeated
    def extend(self, turn: Turn, lease_until: datetime) -> bool:
        with self._connections.writing() as connection:
            changed = connection.execute(
                update(periodic_work).where(_is(turn)).values(lease_until=lease_until)
            ).rowcount
            commit(connection)
        return changed > 0

    @repeated
    def end(self, turn: Turn, now: datetime, due: datetime, error: str) -> None:
        with self._connections.writing() as connection:
            connection.execute(
                update(periodic_work)
                .where(_is(turn))
                .values(lease_until=None, ended=now, due=due, error=error or None)
            )
            commit(connection)

    def states(self) -> Sequence[PeriodicWorkState]:
        with self._connections.reading() as connection:
            return [
                PeriodicWorkState(
                    kind=PeriodicWorkKind(row.name),
                    due=row.due,
                    lease_until=row.lease_until,
                    began=row.began,
                    ended=row.ended,
                    error=row.error or "",
                )
                for row in connection.execute(
                    select(periodic_work)
                    # A later version may know more kinds.
                    .where(periodic_work.c.name.in_([each.value for each in PeriodicWorkKind]))
                    .order_by(periodic_work.c.name)
                )
            ]


def _is(turn: Turn) -> ColumnElement[bool]:
    """Return the condition of a kind that was not claimed or ended since."""
    return and_(
        periodic_work.c.name == turn.kind.value,
        periodic_work.c.turn == turn.number,
        periodic_work.c.lease_until.is_not(None),
    )


if TYPE_CHECKING:
    _: type[PeriodicWork] = SqlPeriodicWork
