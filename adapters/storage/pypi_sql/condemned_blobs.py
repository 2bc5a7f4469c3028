"""The objects on their way out of the blob store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, bindparam, delete, or_, select, update

from pypi_core.domain.blob_keys import BlobKey, BlobKind
from pypi_core.domain.condemned_blobs import CondemnedBlob, CondemnedState
from pypi_core.errors import ConcurrentChange
from pypi_sql.engine import Connections, commit
from pypi_sql.failures import repeated
from pypi_sql.inserting import insertion
from pypi_sql.references import SqlReferences
from pypi_sql.tables import condemned_blobs, serials

if TYPE_CHECKING:
    from pypi_core.ports.condemned_blobs import CondemnedBlobs

_BATCH = 500

_IS_KEY = and_(
    condemned_blobs.c.kind == bindparam("of_kind"), condemned_blobs.c.blake2_256 == bindparam("filed_under")
)
_MARK = (
    update(condemned_blobs).where(_IS_KEY).values(state=bindparam("entered"), since=bindparam("entered_at"))
)
_AMONG = (
    select(condemned_blobs)
    .where(condemned_blobs.c.blake2_256.in_(bindparam("filed_under", expanding=True)))
    .order_by(condemned_blobs.c.blake2_256, condemned_blobs.c.kind)
    .with_for_update()
)
_REMOVE = delete(condemned_blobs).where(_IS_KEY)
# A unit of work holds the row of its index from its beginning (transactions.py).  SQLite, which has one
# writer at a time, ignores the lock.
_WAIT_FOR_WRITERS = select(serials.c.index_id).order_by(serials.c.index_id).with_for_update()


def claim(connection: Connection, keys: Collection[BlobKey], put: datetime) -> None:
    """Save objects from the sweep, see `UnitOfWork.claim_blobs`."""
    for batch in _batches(keys):
        # Whoever marks one of them at this moment is waited for.
        rows = connection.execute(_AMONG, {"filed_under": [each.blake2_256 for each in batch]})
        found = {
            BlobKey(BlobKind(row.kind), row.blake2_256): CondemnedBlob(CondemnedState(row.state), row.since)
            for row in rows
        }
        known = {key: found[key] for key in batch if key in found}
        if any(each.may_take(put) for each in known.values()):
            raise ConcurrentChange
        _remove(connection, [key for key in known if known[key].state is CondemnedState.CONDEMNED])


class SqlCondemnedBlobs:
    """The objects on their way out, each call a transaction of its own."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @repeated
    def condemn(self, keys: Collection[BlobKey], moment: datetime) -> None:
        with self._connections.writing() as connection:
            adding = insertion(connection.dialect.name, condemned_blobs)
            adding = adding.on_conflict_do_update(
                index_elements=[condemned_blobs.c.blake2_256, condemned_blobs.c.kind],
                set_={"state": adding.excluded.state, "since": adding.excluded.since},
                where=condemned_blobs.c.state == CondemnedState.DELETED.value,
            )
            rows = [
                {
                    "kind": each.kind.value,
                    "blake2_256": each.blake2_256,
                    "state": CondemnedState.CONDEMNED.value,
                    "since": moment,
                }
                for each in keys
            ]
            if rows:
                # A unit of work that found nothing to claim could list an object after it was deleted.
                connection.execute(_WAIT_FOR_WRITERS).all()
                connection.execute(adding, rows)
            commit(connection)

    @repeated
    def begin_deleting(
        self, condemned_until: datetime, stuck_until: datetime, moment: datetime, limit: int
    ) -> Sequence[BlobKey]:
        is_ripe = or_(
            *(
                and_(condemned_blobs.c.state == state.value, condemned_blobs.c.since <= until)
                for state, until in (
                    (CondemnedState.CONDEMNED, condemned_until),
                    (CondemnedState.DELETING, stuck_until),
                )
            )
        )
        query = (
            select(condemned_blobs.c.kind, condemned_blobs.c.blake2_256)
            .where(is_ripe)
            .order_by(condemned_blobs.c.since)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        going: list[BlobKey] = []
        with self._connections.writing() as connection:
            while not going and (rows := connection.execute(query).all()):
                ripe = [BlobKey(BlobKind(kind), blake2_256) for kind, blake2_256 in rows]
                # After the rows are locked: who listed one of them has committed or waits for this.
                referenced = SqlReferences(connection).among(ripe)
                _remove(connection, referenced)
                going = [key for key in ripe if key not in referenced]
            _mark(connection, going, CondemnedState.DELETING, moment)
            commit(connection)
        return going

    @repeated
    def finish_deleting(self, keys: Collection[BlobKey], moment: datetime) -> None:
        with self._connections.writing() as connection:
            _mark(connection, keys, CondemnedState.DELETED, moment)
            commit(connection)

    @repeated
    def forget(self, deleted_before: datetime) -> None:
        with self._connections.writing() as connection:
            is_deleted = condemned_blobs.c.state == CondemnedState.DELETED.value
            connection.execute(
                delete(condemned_blobs).where(is_deleted, condemned_blobs.c.since < deleted_before)
            )
            commit(connection)


def _mark(connection: Connection, keys: Collection[BlobKey], state: CondemnedState, moment: datetime) -> None:
    entered = {"entered": state.value, "entered_at": moment}
    if keys:
        connection.execute(_MARK, [_named(each) | entered for each in keys])


def _remove(connection: Connection, keys: Collection[BlobKey]) -> None:
    if keys:
        connection.execute(_REMOVE, [_named(each) for each in keys])


def _named(key: BlobKey) -> dict[str, object]:
    return {"of_kind": key.kind.value, "filed_under": key.blake2_256}


def _batches(keys: Collection[BlobKey]) -> Iterator[list[BlobKey]]:
    waiting = iter(sorted(keys, key=lambda each: (each.blake2_256, each.kind)))
    while batch := list(islice(waiting, _BATCH)):
        yield batch


if TYPE_CHECKING:
    _: type[CondemnedBlobs] = SqlCondemnedBlobs
