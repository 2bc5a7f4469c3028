"""The rows of a backup: a database of their own, written from one moment, and put back in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import msgspec
from sqlalchemy import Column, Connection, MetaData, String, Table, delete, insert, literal, select, update

from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.audit import audit_entries
from pypi_core.domain.entities import ProjectId, Serial
from pypi_core.domain.events import Event, ProjectDeleted, ProjectRestored
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import DisplayName, normalize
from pypi_core.domain.site_events import BackupRestored
from pypi_core.ports.environment import Clock
from pypi_sql import postgresql_server
from pypi_sql.audit import put_entries
from pypi_sql.copying import Tell, continue_ids, copy_tables, first_occupied, held_still, last_id
from pypi_sql.engine import Connections, commit
from pypi_sql.tables import (
    condemned_blobs,
    indexes,
    journal,
    metadata,
    one_time_secrets,
    pages,
    serials,
    site_state,
    upload_session_files,
    upload_sessions,
    web_sessions,
)
from pypi_sql.transactions import SqlUnitOfWork

_LEFT_OUT = frozenset(
    {pages, condemned_blobs, upload_sessions, upload_session_files, web_sessions, one_time_secrets}
)
"""What is worth nothing elsewhere: it can be made again, ends soon, or is about bytes left out."""

_KEPT = [table for table in metadata.sorted_tables if table not in _LEFT_OUT]
_BATCH = 500

# The journal is kept for ever, also of what a restore undoes.
_later = Table(
    "later_journal",
    MetaData(),
    Column("index_name", String(63), nullable=False),
    *(Column(each.name, each.type) for each in journal.c if each.name != "index_id"),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


class RestoreTerms(msgspec.Struct, frozen=True, kw_only=True):
    """
    On what terms rows are put back.

    Attributes:
        made: When the backup was made.
        replaces: Whether they take the place of rows that are there.
        seen: The highest serial that a mirror is known to have seen, of whatever index.
    """

    made: datetime
    replaces: bool = False
    seen: int = 0


class DatabaseOccupied(Exception):
    """The database that is to be restored has rows; *serials* are those of its indexes."""

    def __init__(self, serials: Mapping[IndexName, Serial]) -> None:
        self.serials = serials
        super().__init__("the database is not empty")


class _Before(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of an index before its rows were replaced, as far as it must not be seen again."""

    settings: str
    settings_version: int
    serial: int
    touched: tuple[DisplayName, ...]


def save_rows(source: Connections, target: Connections, tell: Tell) -> int:
    """
    Copy all rows worth keeping to the empty database *target*, as of one moment; return how many there are.

    Nobody waits: others read and write *source* meanwhile.
    """
    with _one_moment(source) as reading, target.writing(rebuilds=True) as writing:
        writing.execute(delete(site_state))
        total = copy_tables(_KEPT, reading, writing, tell)
        commit(writing)
    return total


def restore_rows(
    source: Connections, target: Connections, terms: RestoreTerms, clock: Clock, tell: Tell
) -> int:
    """
    Put the rows of the backup *source* into *target*, all or none; return how many there are.

    No serial goes back: where a higher one was seen, they go on above it, and what may look different from
    what was seen gets a new one.

    Raises:
        DatabaseOccupied: *target* is not empty, and the rows there are not to be replaced.
    """
    with _one_moment(source) as reading, held_still(target) as writing:
        if not terms.replaces and first_occupied(writing) is not None:
            raise DatabaseOccupied(read_serials(writing))
        before = _before(writing, read_serials(reading))
        access_version = writing.execute(select(site_state.c.access_version)).scalar_one()
        last_ids = {table: last_id(writing, table) for table in _KEPT}
        for table in reversed(metadata.sorted_tables):
            writing.execute(delete(table))
        total = copy_tables(_KEPT, reading, writing, tell)
        for table, last in last_ids.items():
            continue_ids(writing, table, max(last, last_id(writing, table)))
        # Who remembers something from before must not find the same number again.
        newest = max(access_version, writing.execute(select(site_state.c.access_version)).scalar_one())
        writing.execute(update(site_state).values(access_version=newest + 1))
        now = clock.now()
        for name, each in before.items():
            _succeed(writing, name, each)
        _put_back_journal(writing)
        for name, serial in read_serials(writing).items():
            _announce(writing, name, serial, before.get(name), terms.seen, clock)
        put_entries(writing, audit_entries([BackupRestored(made=terms.made)], OPERATOR, now))
        commit(writing)
    return total


def read_serials(connection: Connection) -> Mapping[IndexName, Serial]:
    """Return the last serial of each index."""
    query = select(indexes.c.name, serials.c.serial).join(serials, serials.c.index_id == indexes.c.id)
    return {
        IndexName(name): Serial(serial) for name, serial in connection.execute(query.order_by(indexes.c.name))
    }


@contextmanager
def _one_moment(source: Connections) -> Iterator[Connection]:
    """Open a transaction that sees one moment, for as long as it takes."""
    with source.reading() as connection:
        if not source.is_sqlite:
            postgresql_server.take_time(connection)
        try:
            yield connection
        finally:
            # It must not be reused: it waits for ever.
            connection.invalidate()


def _before(connection: Connection, restored: Mapping[IndexName, Serial]) -> Mapping[IndexName, _Before]:
    _later.create(connection)
    serials_now = read_serials(connection)
    rows = connection.execute(select(indexes).order_by(indexes.c.id)).all()
    return {
        IndexName(row.name): _Before(
            settings=row.settings,
            settings_version=row.settings_version,
            serial=serials_now[IndexName(row.name)],
            touched=_touched(
                connection, IndexName(row.name), row.id, restored.get(IndexName(row.name), Serial(0))
            ),
        )
        for row in rows
    }


def _touched(connection: Connection, name: IndexName, index_id: int, since: int) -> tuple[DisplayName, ...]:
    """Set the entries of the journal after *since* aside, and return the projects that they are about."""
    kept = [each for each in journal.c if each.name != "index_id"]
    later = select(literal(name), *kept).where(journal.c.index_id == index_id, journal.c.serial > since)
    connection.execute(insert(_later).from_select(["index_name", *(each.name for each in kept)], later))
    query = select(_later.c.project).where(_later.c.index_name == name).distinct()
    by_name = {normalize(each): DisplayName(each) for each in connection.execute(query).scalars()}
    return tuple(by_name[each] for each in sorted(by_name))


def _put_back_journal(connection: Connection) -> None:
    kept = [each for each in _later.c if each.name != "index_name"]
    later = select(indexes.c.id, *kept).join(_later, _later.c.index_name == indexes.c.name)
    connection.execute(insert(journal).from_select(["index_id", *(each.name for each in kept)], later))


def _succeed(connection: Connection, name: IndexName, before: _Before) -> None:
    """Let an index have later versions than it had before; one that the backup does not know stays, empty."""
    query = select(indexes.c.id, indexes.c.settings_version).where(indexes.c.name == name)
    row = connection.execute(query).one_or_none()
    version = max(before.settings_version, row.settings_version if row else 0) + 1
    if row is not None:
        connection.execute(update(indexes).where(indexes.c.id == row.id).values(settings_version=version))
        return
    adding = insert(indexes).values(name=name, settings=before.settings, settings_version=version)
    index_id = connection.execute(adding.returning(indexes.c.id)).scalar_one()
    connection.execute(insert(serials).values(index_id=index_id, serial=0))


def _announce(
    connection: Connection, name: IndexName, serial: int, before: _Before | None, seen: int, clock: Clock
) -> None:
    """Give what may look different from what was seen serials above all that were."""
    known = before.serial if before else 0
    highest = max(known, seen)
    if highest <= serial:
        return
    index_id = select(indexes.c.id).where(indexes.c.name == name).scalar_subquery()
    connection.execute(update(serials).where(serials.c.index_id == index_id).values(serial=highest))
    uow = SqlUnitOfWork(connection, name, OPERATOR, clock)
    for events in _events(uow, before.touched if before else (), all_projects=seen > known):
        uow.write_events(events, clock.now())


def _events(
    uow: SqlUnitOfWork, touched: tuple[DisplayName, ...], *, all_projects: bool
) -> Iterator[list[Event]]:
    gone = [each for each in touched if uow.projects.find(normalize(each)) is None]
    for start in range(0, len(gone), _BATCH):
        yield [ProjectDeleted(project=each) for each in gone[start : start + _BATCH]]
    if not all_projects:
        there = sorted(set(touched).difference(gone))
        for start in range(0, len(there), _BATCH):
            yield [ProjectRestored(project=each) for each in there[start : start + _BATCH]]
        return
    # Nobody knows which of them changed since.
    last = ProjectId(0)
    while batch := uow.projects.listed_after(last, _BATCH):
        yield [ProjectRestored(project=each.display_name) for each in batch]
        last = batch[-1].id
