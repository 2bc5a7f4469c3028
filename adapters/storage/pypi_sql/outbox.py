"""Reactions that wait, are claimed for a time, and are done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    Row,
    and_,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.reactions import Reaction, ReactionKind
from pypi_core.ports.outbox import KeptTask, OutboxStanding, Task, TaskState
from pypi_sql.engine import Connections, commit
from pypi_sql.failures import repeated
from pypi_sql.inserting import insertion
from pypi_sql.tables import indexes, outbox, unclaimed

if TYPE_CHECKING:
    from pypi_core.ports.outbox import Outbox

_earlier = outbox.alias("earlier")
# The same is under way, or was when a worker died: its end comes first.
_IS_UNDER_WAY = exists().where(
    _earlier.c.index_id == outbox.c.index_id,
    _earlier.c.kind == outbox.c.kind,
    _earlier.c.subject == outbox.c.subject,
    _earlier.c.lease_until.is_not(None),
    _earlier.c.is_buried == false(),
    _earlier.c.id < outbox.c.id,
)


def put_reactions(
    connection: Connection, index_id: int, reactions: Iterable[Reaction], now: datetime
) -> None:
    """
    Add reactions to the running transaction; one that waits already is made due at once.

    DO UPDATE, not DO NOTHING: it locks the waiting row, so that a worker cannot claim it
    between our look and our commit and miss what we are about to commit.
    """
    rows = [
        {
            "index_id": index_id,
            "kind": each.kind,
            "subject": each.subject,
            "since": now,
            "attempts": 0,
            "is_buried": False,
        }
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
            _is_free(now),
            outbox.c.is_buried == false(),
            or_(outbox.c.due.is_(None), outbox.c.due <= now),
            ~_IS_UNDER_WAY,
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
                .with_for_update(of=outbox, skip_locked=True)
            )
            claimed = connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(due))
                .values(lease_until=lease_until, attempts=outbox.c.attempts + 1, due=None)
                .returning(outbox.c.id)
            ).scalars()
            tasks = [_task(row) for row in _rows(connection, outbox.c.id.in_(list(claimed)), limit)]
            commit(connection)
        return tasks

    def extend(self, task: Task, lease_until: datetime) -> bool:
        return self._changes(update(outbox).where(_is(task)).values(lease_until=lease_until))

    def done(self, task: Task) -> bool:
        return self._changes(delete(outbox).where(_is(task)))

    @repeated
    def retry(self, task: Task, at: datetime, error: str, *, attempts: int | None = None) -> None:
        counted = task.attempts if attempts is None else attempts
        values = {"lease_until": None, "due": at, "error": error, "attempts": counted}
        with self._connections.writing() as connection:
            try:
                with connection.begin_nested():
                    connection.execute(update(outbox).where(_is(task)).values(**values))
            except IntegrityError:
                connection.execute(delete(outbox).where(_is(task)))
            commit(connection)

    def bury(self, task: Task, error: str) -> None:
        self._changes(update(outbox).where(_is(task)).values(is_buried=True, error=error))

    @repeated
    def put(self, index: IndexName, reaction: Reaction, now: datetime) -> None:
        with self._connections.writing() as connection:
            index_id = connection.execute(select(indexes.c.id).where(indexes.c.name == index)).scalar_one()
            put_reactions(connection, index_id, [reaction], now)
            commit(connection)

    @repeated
    def renew(self, task_id: int, now: datetime) -> bool:
        with self._connections.writing() as connection:
            dropped = connection.execute(
                delete(outbox)
                .where(outbox.c.id == task_id, _is_free(now))
                .returning(outbox.c.index_id, outbox.c.kind, outbox.c.subject)
            ).one_or_none()
            if dropped is not None:
                put_reactions(connection, dropped.index_id, [_reaction(dropped.kind, dropped.subject)], now)
            commit(connection)
        return dropped is not None

    def drop(self, task_id: int, now: datetime) -> bool:
        return self._changes(delete(outbox).where(outbox.c.id == task_id, _is_free(now)))

    def waiting(self) -> int:
        with self._connections.reading() as connection:
            query = select(func.count()).select_from(outbox).where(outbox.c.is_buried == false())
            return connection.execute(query).scalar_one()

    def standing(self, now: datetime) -> OutboxStanding:
        with self._connections.reading() as connection:
            counts = [func.count().filter(_is_in(state, now)).label(state.value) for state in TaskState]
            oldest = func.min(outbox.c.since).filter(outbox.c.is_buried == false()).label("oldest")
            return OutboxStanding(**connection.execute(select(*counts, oldest)).one()._asdict())

    def tasks(
        self, now: datetime, state: TaskState | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[KeptTask]:
        is_wanted = outbox.c.id > after
        if state is not None:
            is_wanted = and_(is_wanted, _is_in(state, now))
        with self._connections.reading() as connection:
            return [_kept(row, now) for row in _rows(connection, is_wanted, limit)]

    @repeated
    def _changes(self, statement: Executable) -> bool:
        """Execute *statement* in a transaction of its own, and return whether it changed a row."""
        with self._connections.writing() as connection:
            changed = cast("CursorResult[Any]", connection.execute(statement)).rowcount
            commit(connection)
        return changed > 0


def _rows(connection: Connection, condition: ColumnElement[bool], limit: int) -> Sequence[Row[Any]]:
    return connection.execute(
        select(outbox, indexes.c.name)
        .join(indexes, indexes.c.id == outbox.c.index_id)
        .where(condition)
        .order_by(outbox.c.id)
        .limit(limit)
    ).all()


def _task(row: Row[Any]) -> Task:
    reaction = _reaction(row.kind, row.subject)
    return Task(id=row.id, index=IndexName(row.name), reaction=reaction, attempts=row.attempts)


def _reaction(kind: str, subject: str) -> Reaction:
    return Reaction(ReactionKind(kind), NormalizedName(subject))


def _kept(row: Row[Any], now: datetime) -> KeptTask:
    lease = row.lease_until if row.lease_until and row.lease_until > now and not row.is_buried else None
    state = TaskState.BURIED if row.is_buried else TaskState.CLAIMED if lease else TaskState.WAITING
    return KeptTask(
        task=_task(row), state=state, since=row.since, due=row.due, lease_until=lease, error=row.error or ""
    )


@cache
def _putting(dialect_name: str) -> Executable:
    return insertion(dialect_name, outbox).on_conflict_do_update(
        index_elements=[outbox.c.index_id, outbox.c.kind, outbox.c.subject],
        index_where=unclaimed,
        set_={"due": None},
    )


def _is(task: Task) -> ColumnElement[bool]:
    """Return the condition of a task that was not claimed again: each claim counts an attempt."""
    return and_(
        outbox.c.id == task.id,
        outbox.c.attempts == task.attempts,
        outbox.c.lease_until.is_not(None),
        outbox.c.is_buried == false(),
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Return the condition of a task that no worker has."""
    return or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now, outbox.c.is_buried)


def _is_in(state: TaskState, now: datetime) -> ColumnElement[bool]:
    match state:
        case TaskState.WAITING:
            return and_(_is_free(now), outbox.c.is_buried == false())
        case TaskState.CLAIMED:
            return ~_is_free(now)
        case TaskState.BURIED:
            return outbox.c.is_buried


if TYPE_CHECKING:
    _: type[Outbox] = SqlOutbox
