"""One index as of one moment, and one transaction on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Connection, bindparam, insert, select, update

from pypi_core.domain.accounts import Actor
from pypi_core.domain.audit import audit_entries
from pypi_core.domain.blob_keys import BlobKey
from pypi_core.domain.entities import Serial
from pypi_core.domain.events import Event
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import normalize
from pypi_core.domain.reactions import reactions_to
from pypi_core.errors import IndexNotFound
from pypi_core.ports.environment import Clock
from pypi_sql.accounts import SqlAccounts
from pypi_sql.audit import put_entries
from pypi_sql.changes import count_access_change
from pypi_sql.condemned_blobs import claim
from pypi_sql.documentation import SqlDocumentation
from pypi_sql.engine import commit
from pypi_sql.files import SqlFiles
from pypi_sql.indexes import index_record
from pypi_sql.journal import SqlJournal
from pypi_sql.memberships import SqlMemberships
from pypi_sql.notifications import NOTIFY
from pypi_sql.outbox import put_reactions
from pypi_sql.projects import SqlProjects, give_serials
from pypi_sql.rate_limits import SqlRateCounts
from pypi_sql.releases import SqlReleases
from pypi_sql.tables import indexes, journal, serials
from pypi_sql.upload_sessions import SqlUploadSessions

if TYPE_CHECKING:
    from pypi_core.ports.transactions import Snapshot, UnitOfWork

_BY_NAME = select(indexes).where(indexes.c.name == bindparam("called"))
# On PostgreSQL the counter's row is locked from here on, so that writers of an index wait for each other;
# SQLite, which has one writer at a time, ignores the lock.
_BY_NAME_TO_WRITE = (
    select(indexes)
    .join(serials, serials.c.index_id == indexes.c.id)
    .where(indexes.c.name == bindparam("called"))
    .with_for_update(of=serials)
)
_TAKE_SERIALS = (
    update(serials)
    .where(serials.c.index_id == bindparam("of_index"))
    .values(serial=serials.c.serial + bindparam("taken"))
    .returning(serials.c.serial)
)
_TAKE_SERIALS_AND_TELL = _TAKE_SERIALS.returning(NOTIFY)
_ADD_ENTRIES = insert(journal)


class SqlSnapshot:
    """
    The rows of the index *name*, in the transaction of *connection*.

    Raises:
        IndexNotFound: There is no such index.
    """

    _find_index: ClassVar = _BY_NAME

    def __init__(self, connection: Connection, name: IndexName) -> None:
        # The first statement fixes the moment that the transaction sees.
        row = connection.execute(self._find_index, {"called": name}).one_or_none()
        if row is None:
            raise IndexNotFound(name)
        self.record = index_record(row)
        self.projects = SqlProjects(connection, row.id)
        self.releases = SqlReleases(connection, row.id)
        self.files = SqlFiles(connection, row.id)
        self.documentation = SqlDocumentation(connection, row.id)
        self.memberships = SqlMemberships(connection, row.id)
        self.accounts = SqlAccounts(connection)
        self.journal = SqlJournal(connection, row.id)
        self.upload_sessions = SqlUploadSessions(connection, row.id)
        self._connection = connection
        self._index_id: int = row.id


class SqlUnitOfWork(SqlSnapshot):
    """
    Changes of the index *name* in the name of *actor*, in a transaction that may write.

    *make_happen* commits the transaction.
    """

    _find_index: ClassVar = _BY_NAME_TO_WRITE

    def __init__(
        self,
        connection: Connection,
        name: IndexName,
        actor: Actor,
        clock: Clock,
        make_happen: Callable[[Connection], None] = commit,
    ) -> None:
        super().__init__(connection, name)
        self._make_happen = make_happen
        self._actor = actor
        self._clock = clock
        self._events: list[Event] = []
        self.rate_counts = SqlRateCounts(connection)
        self._was_committed = False

    def record_event(self, event: Event) -> None:
        self._events.append(event)

    def claim_blobs(self, keys: Collection[BlobKey], put: datetime) -> None:
        claim(self._connection, keys, put)

    def commit(self) -> Serial:
        """Write audit log, outbox, serials, and what carries them, in this order; then make it happen."""
        if self._was_committed:
            raise AssertionError("this unit of work was committed already: open another one")
        self._was_committed = True
        public = [each for each in self._events if each.is_public]
        # What takes no serial must move the change signal too, unless no reader sees it.
        only_private = bool(self._events) or self.upload_sessions.were_changed
        if self.memberships.were_changed or not only_private:
            count_access_change(self._connection)
        now = self._clock.now()
        # Before the counter of the serials is locked, as others may wait for it.
        put_entries(self._connection, audit_entries(self._events, self._actor, now, self.record.name))
        last = self.write_events(public, now) if public else self.journal.last_serial()
        self._make_happen(self._connection)
        return last

    def write_events(self, events: Sequence[Event], now: datetime) -> Serial:
        """Write all that public *events* make necessary and their serials, and return the last of these."""
        reactions = {reaction for event in events for reaction in reactions_to(event)}
        put_reactions(self._connection, self._index_id, reactions, now)
        # From here to the end of the transaction the counter's row is locked: serials become
        # visible in their order.
        taken = {"of_index": self._index_id, "taken": len(events)}
        take = _TAKE_SERIALS if self._connection.dialect.name == "sqlite" else _TAKE_SERIALS_AND_TELL
        last = Serial(self._connection.execute(take, taken).scalars().one())
        first = last - len(events) + 1
        self._write_journal(events, first, now)
        newest = {normalize(event.project): serial for serial, event in enumerate(events, start=first)}
        give_serials(self._connection, self._index_id, newest, self.projects.deleted)
        return last

    def _write_journal(self, events: Sequence[Event], first: int, moment: datetime) -> None:
        self._connection.execute(
            _ADD_ENTRIES,
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
                for serial, event in enumerate(events, start=first)
            ],
        )


if TYPE_CHECKING:
    _: tuple[type[Snapshot], type[UnitOfWork]] = (SqlSnapshot, SqlUnitOfWork)
