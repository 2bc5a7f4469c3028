"""Reactions that wait, are claimed for a time, and are done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    Row,
    and_,
    bindparam,
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
from pypi_sql.tables import UtcDateTime, indexes, outbox, unclaimed

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


def _is_free(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return the condition of a task that no worker has."""
    return or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now, outbox.c.is_buried)


# Statements are made once: making one takes longer than SQLite takes to answer it.
_AT: ColumnElement[datetime] = bindparam("at", type_=UtcDateTime)
_IS_DUE = and_(
    _is_free(_AT),
    outbox.c.is_buried == false(),
    or_(outbox.c.due.is_(None), outbox.c.due <= _AT),
    ~_IS_UNDER_WAY,
)
_ANY_DUE = select(outbox.c.id).where(_IS_DUE).limit(1)
_FIRST_DUE = (
    select(outbox.c.id)
    .where(_IS_DUE)
    .order_by(outbox.c.id)
    .limit(bindparam("at_most"))
    .with_for_update(of=outbox, skip_locked=True)
)
_CLAIM = (
    update(outbox)
    .where(outbox.c.id.in_(_FIRST_DUE))
    .values(lease_until=bindparam("until"), attempts=outbox.c.attempts + 1, due=None)
    .returning(outbox.c.id, outbox.c.index_id, outbox.c.kind, outbox.c.subject, outbox.c.attempts)
)
# A claim is told from later ones of the same task by the number of attempts.
_IS_CLAIM = and_(
    outbox.c.id == bindparam("of_task"),
    outbox.c.attempts == bindparam("tried"),
    outbox.c.lease_until.is_not(None),
    outbox.c.is_buried == false(),
)
_EXTEND = update(outbox).where(_IS_CLAIM).values(lease_until=bindparam("until"))
_DONE = delete(outbox).where(_IS_CLAIM)
_BURY = update(outbox).where(_IS_CLAIM).values(is_buried=True, error=bindparam("reason"))
_NAME = select(indexes.c.name).where(indexes.c.id == bindparam("known_as"))


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
        # Asked without a lock first: idle workers must not take the writer's place.
        with self._connections.reading() as connection:
            if connection.execute(_ANY_DUE, {"at": now}).one_or_none() is None:
                return []
        wanted = {"at": now, "until": lease_until, "at_most": limit}
        with self._connections.writing(durable=False) as connection:
            claimed = connection.execute(_CLAIM, wanted).all()
            names = _names(connection, {row.index_id for row in claimed})
            tasks = [_task(row, names[row.index_id]) for row in sorted(claimed, key=attrgetter("id"))]
            commit(connection)
        return tasks

    def extend(self, task: Task, lease_until: datetime) -> bool:
        return self._changes(_EXTEND, _claim_of(task) | {"until": lease_until})

    def done(self, task: Task) -> bool:
        return self._changes(_DONE, _claim_of(task))

    @repeated
    def retry(self, task: Task, at: datetime, error: str, *, attempts: int | None = None) -> None:
        counted = task.attempts if attempts is None else attempts
        values = {"lease_until": None, "due": at, "error": error, "attempts": counted}
        with self._connections.writing(durable=False) as connection:
            try:
                with connection.begin_nested():
                    connection.execute(update(outbox).where(_IS_CLAIM).values(**values), _claim_of(task))
            except IntegrityError:
                connection.execute(_DONE, _claim_of(task))
            commit(connection)

    def bury(self, task: Task, error: str) -> None:
        self._changes(_BURY, _claim_of(task) | {"reason": error})

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
        with self._connections.writing() as connection:
            dropped = connection.execute(delete(outbox).where(outbox.c.id == task_id, _is_free(now)))
            commit(connection)
        return dropped.rowcount > 0

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
    def _changes(self, statement: Executable, claim: Mapping[str, object]) -> bool:
        """
        Change the row of a *claim* in a transaction of its own, and return whether it was there.

        A loss of power may take that back: then the task is done again, which does no harm.
        """
        with self._connections.writing(durable=False) as connection:
            changed = cast("CursorResult[Any]", connection.execute(statement, claim)).rowcount
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


def _names(connection: Connection, index_ids: Collection[int]) -> Mapping[int, str]:
    """Return the names of indexes by their ids."""
    return {each: connection.execute(_NAME, {"known_as": each}).scalar_one() for each in index_ids}


def _task(row: Row[Any], index_name: str) -> Task:
    reaction = _reaction(row.kind, row.subject)
    return Task(id=row.id, index=IndexName(index_name), reaction=reaction, attempts=row.attempts)


def _reaction(kind: str, subject: str) -> Reaction:
    return Reaction(ReactionKind(kind), NormalizedName(subject))


def _kept(row: Row[Any], now: datetime) -> KeptTask:
    lease = row.lease_until if row.lease_until and row.lease_until > now and not row.is_buried else None
    state = TaskState.BURIED if row.is_buried else TaskState.CLAIMED if lease else TaskState.WAITING
    return KeptTask(
        task=_task(row, row.name),
        state=state,
        since=row.since,
        due=row.due,
        lease_until=lease,
        error=row.error or "",
    )


@cache
def _putting(dialect_name: str) -> Executable:
    return insertion(dialect_name, outbox).on_conflict_do_update(
        index_elements=[outbox.c.index_id, outbox.c.kind, outbox.c.subject],
        index_where=unclaimed,
        set_={"due": None},
    )


def _claim_of(task: Task) -> dict[str, object]:
    return {"of_task": task.id, "tried": task.attempts}


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
