"""Reactions that wait, are claimed for a time, and are done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, Executable, and_, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.reactions import Reaction, ReactionKind
from pypi_core.ports.outbox import Task
from pypi_sql.engine import Connections, commit
from pypi_sql.failures import repeated
from pypi_sql.inserting import insertion
from pypi_sql.tables import indexes, outbox, unclaimed

if TYPE_CHECKING:
    from pypi_core.ports.outbox import Outbox

_MOST_BURIED_SHOWN = 100


def put_reactions(connection: Connection, index_id: int, reactions: Iterable[Reaction]) -> None:
    """
    Add reactions to the running transaction; one that waits already is made due at once.

    DO UPDATE, not DO NOTHING: it locks the waiting row, so that a worker cannot claim it
    between our look and our commit and miss what we are about to commit.
    """
    rows = [
        {"index_id": index_id, "kind": each.kind, "subject": each.subject, "attempts": 0, "is_buried": False}
        # In one order, so that two transactions never wait for each other crosswise.
        for each in sorted(reactions, key=lambda reaction: (reaction.kind, reaction.subject))
    ]
    if rows:
        connection.execute(_putting(connection.dialect.name), rows)


class SqlOutbox:
    """The outbox of all indexes; each call is a transaction of its own."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @repeated
    def claim(self, limit: int, now: datetime, lease_until: datetime) -> Sequence[Task]:
        is_due = and_(
            outbox.c.is_buried.is_(False),
            or_(outbox.c.due.is_(None), outbox.c.due <= now),
            or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now),
        )
        # Asked without a lock first: idle workers must not take the writer's place.
        with self._connections.reading() as connection:
            if connection.execute(select(outbox.c.id).where(is_due).limit(1)).one_or_none() is None:
                return []
        with self._connections.writing() as connection:
            due = (
                select(outbox.c.id)
                .where(is_due)
                .order_by(outbox.c.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            claimed = connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(due))
                .values(lease_until=lease_until, attempts=outbox.c.attempts + 1, due=None)
                .returning(outbox.c.id)
            ).scalars()
            tasks = self._tasks(connection, outbox.c.id.in_(list(claimed)), limit)
            commit(connection)
        return tasks

    @repeated
    def done(self, task: Task) -> None:
        with self._connections.writing() as connection:
            connection.execute(delete(outbox).where(_is(task)))
            commit(connection)

    @repeated
    def retry(self, task: Task, at: datetime, error: str) -> None:
        with self._connections.writing() as connection:
            try:
                with connection.begin_nested():
                    connection.execute(
                        update(outbox).where(_is(task)).values(lease_until=None, due=at, error=error)
                    )
            except IntegrityError:
                connection.execute(delete(outbox).where(_is(task)))
            commit(connection)

    @repeated
    def bury(self, task: Task, error: str) -> None:
        with self._connections.writing() as connection:
            connection.execute(update(outbox).where(_is(task)).values(is_buried=True, error=error))
            commit(connection)

    def waiting(self) -> int:
        with self._connections.reading() as connection:
            query = select(func.count()).select_from(outbox).where(outbox.c.is_buried.is_(False))
            return connection.execute(query).scalar_one()

    def buried(self) -> Sequence[Task]:
        with self._connections.reading() as connection:
            return self._tasks(connection, outbox.c.is_buried.is_(True), limit=_MOST_BURIED_SHOWN)

    def _tasks(self, connection: Connection, condition: ColumnElement[bool], limit: int) -> Sequence[Task]:
        rows = connection.execute(
            select(outbox, indexes.c.name)
            .join(indexes, indexes.c.id == outbox.c.index_id)
            .where(condition)
            .order_by(outbox.c.id)
            .limit(limit)
        )
        return [
            Task(
                id=row.id,
                index=IndexName(row.name),
                reaction=Reaction(ReactionKind(row.kind), NormalizedName(row.subject)),
                attempts=row.attempts,
            )
            for row in rows
        ]


@cache
def _putting(dialect_name: str) -> Executable:
    return insertion(dialect_name, outbox).on_conflict_do_update(
        index_elements=[outbox.c.index_id, outbox.c.kind, outbox.c.subject],
        index_where=unclaimed,
        set_={"due": None},
    )


def _is(task: Task) -> ColumnElement[bool]:
    """Return the condition of a task that was not claimed again: each claim counts an attempt."""
    return and_(outbox.c.id == task.id, outbox.c.attempts == task.attempts, outbox.c.is_buried.is_(False))


if TYPE_CHECKING:
    _: type[Outbox] = SqlOutbox
