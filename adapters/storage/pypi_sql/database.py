"""One database: the row ports of all its indexes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlalchemy import QueuePool

from pypi_core.domain.accounts import Actor
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.permissions import Permit
from pypi_core.errors import Unavailable
from pypi_core.ports.environment import Clock
from pypi_sql import closing, sqlite_file
from pypi_sql.audit import SqlAuditLog
from pypi_sql.backups import RestoreTerms, read_serials, restore_rows, save_rows
from pypi_sql.changes import SqlChangeSignal, SqliteChangeSignal
from pypi_sql.condemned_blobs import SqlCondemnedBlobs
from pypi_sql.copying import Tell, copy_rows, first_occupied
from pypi_sql.dependencies import SqlDependencies
from pypi_sql.download_counts import SqlDownloadBatches, SqlDownloadCounts
from pypi_sql.engine import Connections, commit
from pypi_sql.failures import CLOSED
from pypi_sql.loop_signal import PostgresqlLoopSignal
from pypi_sql.migrations.run import is_behind, is_current, migrate, require_known
from pypi_sql.notifications import Notifications
from pypi_sql.outbox import SqlOutbox
from pypi_sql.pages import SqlPages
from pypi_sql.periodic_work import SqlPeriodicWork
from pypi_sql.postgresql_server import DEFAULT_LIMITS, PostgresqlLimits
from pypi_sql.rate_limits import SqlRateLimiter
from pypi_sql.replica import Replica
from pypi_sql.shared_transactions import SharedTransactions
from pypi_sql.site import SqlSiteSnapshot, SqlSiteUnitOfWork
from pypi_sql.transactions import SqlSnapshot, SqlUnitOfWork
from pypi_sql.web_sessions import SqlSightings

if TYPE_CHECKING:
    from pypi_core.ports.accounts import OpenSiteSnapshot, OpenSiteUnitOfWork
    from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork


class InvalidReplica(ValueError):
    """The URL of a replica cannot be used; the message says why."""


class SqlIndex:
    """The row ports of one index; one that does not exist fails when it is used."""

    def __init__(
        self,
        connections: Connections,
        shared_transactions: SharedTransactions,
        name: IndexName,
        clock: Clock,
        replica: Replica | None = None,
    ) -> None:
        self._connections = connections
        self.open_lagging_snapshot = partial(replica.open_snapshot, name) if replica else None
        self._name = name
        self._clock = clock
        self._shared_transactions = shared_transactions
        self.pages = SqlPages(connections, name)
        self.download_counts = SqlDownloadCounts(
            partial(replica.reading, name) if replica else connections.reading, name
        )
        self.dependencies = SqlDependencies(connections, name)

    @contextmanager
    def open_snapshot(self) -> Iterator[SqlSnapshot]:
        with self._connections.reading() as connection:
            yield SqlSnapshot(connection, self._name)

    @contextmanager
    def open_unit_of_work(self, actor: Actor) -> Iterator[SqlUnitOfWork]:
        with self._connections.writing() as connection:
            yield SqlUnitOfWork(connection, self._name, actor, self._clock)

    @contextmanager
    def open_shared_unit_of_work(self, actor: Actor) -> Iterator[SqlUnitOfWork]:
        with self._shared_transactions.writing() as (connection, make_happen):
            yield SqlUnitOfWork(connection, self._name, actor, self._clock, make_happen)


class SqlDatabase:
    """
    All row ports over the database at a URL.

    Nothing is connected before it is used.  Safe to use from any number of threads.

    Args:
        url: An SQLAlchemy URL: ``sqlite:///folder/index.sqlite`` or ``postgresql://user@host/name``.
        clock: Tells the moments that journals and the audit log bear.
        limits: What a PostgreSQL server may take.
        replica_url: A streaming replica of the PostgreSQL server, for reads that may lag.

    Raises:
        ValueError: The URL is malformed, not of a supported database, or of SQLite and not of a file.
        InvalidReplica: The same of *replica_url*, or one of the two is of SQLite.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        limits: PostgresqlLimits = DEFAULT_LIMITS,
        replica_url: str | None = None,
    ) -> None:
        self._connections = Connections(url, limits)
        self._shared_transactions = SharedTransactions(self._connections)
        self._replica = _connections_to_replica(replica_url, limits, self._connections)
        self._clock = clock
        self.outbox = SqlOutbox(self._connections)
        self.periodic_work = SqlPeriodicWork(self._connections)
        self.download_batches = SqlDownloadBatches(self._connections)
        self.audit_log = SqlAuditLog(self._connections)
        self.rate_limiter = SqlRateLimiter(self._connections)
        self.sightings = SqlSightings(self._connections)
        self.condemned_blobs = SqlCondemnedBlobs(self._connections)
        if self._connections.is_sqlite:
            self.change_signal: SqliteChangeSignal | SqlChangeSignal = SqliteChangeSignal(self._connections)
            self.loop_signal = self.notifications = None
        else:
            self.change_signal = SqlChangeSignal(self._connections)
            self.loop_signal = PostgresqlLoopSignal(self._connections)
            self.notifications = Notifications(self._connections)

    def migrate(self) -> None:
        """Create the tables or bring them up to date; on several processes at once, one does."""
        migrate(self._connections)

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database, which need not be there yet; ``None`` for any other database."""
        return self._connections.file

    def is_behind(self) -> bool:
        """Return whether a migration of this version is missing; later ones do no harm."""
        return is_behind(self._connections)

    def connections_open(self) -> tuple[int, int]:
        """Return how many connections of the pool are in use, and how many wait to be used."""
        pool = cast("QueuePool", self._connections.engine.pool)
        return pool.checkedout(), pool.checkedin()

    def is_current(self) -> bool:
        """Return whether the tables are those that this version needs."""
        return is_current(self._connections)

    def require_known(self) -> None:
        """Refuse, as `Unavailable`, a database that a later version has migrated."""
        require_known(self._connections)

    def index(self, name: IndexName) -> SqlIndex:
        """Return the row ports of an index."""
        replica = Replica(self._replica, self._connections) if self._replica else None
        return SqlIndex(self._connections, self._shared_transactions, name, self._clock, replica)

    @contextmanager
    def open_site_snapshot(self) -> Iterator[SqlSiteSnapshot]:
        """Begin to read what spans indexes, as of now."""
        with self._connections.reading() as connection:
            yield SqlSiteSnapshot(connection)

    @contextmanager
    def open_site_unit_of_work(self, permit: Permit) -> Iterator[SqlSiteUnitOfWork]:
        """Begin to write what spans indexes."""
        with self._connections.writing() as connection:
            yield SqlSiteUnitOfWork(connection, permit.actor, self._clock)

    def copy_to(self, target: SqlDatabase, tell: Tell) -> int:
        """
        Copy all rows to an empty database, whose tables are made, and return how many there are.

        Readers are not disturbed; nobody writes meanwhile, nor afterwards until `reopen`.  *tell* is told
        after each batch.

        Raises:
            Unavailable: *target* is not empty, or either database does not answer.
        """
        target.migrate()
        return copy_rows(self._connections, target._connections, tell)

    def require_open(self) -> None:
        """Refuse, as `Unavailable`, a database whose rows were copied to another one."""
        with self._connections.reading() as connection:
            if closing.is_closed(connection):
                raise Unavailable(CLOSED)

    def reopen(self) -> bool:
        """Let a database whose rows were copied be written again, and return whether it was closed."""
        with self._connections.writing(rebuilds=True) as connection:
            was_closed = closing.reopen(connection)
            commit(connection)
        return was_closed

    def save_to(self, target: SqlDatabase, tell: Tell) -> int:
        """
        Copy all rows worth backing up, as of one moment, to a database that is not there yet.

        Returns how many there are.  Others read and write meanwhile.
        """
        target.migrate()
        return save_rows(self._connections, target._connections, tell)

    def restore_from(self, source: SqlDatabase, terms: RestoreTerms, tell: Tell) -> int:
        """
        Put back the rows of a backup, all or none, and return how many there are.

        Both have the tables of this version.

        Raises:
            DatabaseOccupied: There are rows here, and *terms* do not let them be replaced.
        """
        return restore_rows(source._connections, self._connections, terms, self._clock, tell)

    def serials(self) -> Mapping[IndexName, Serial]:
        """Return the last serial of each index, as of one moment; nothing of an empty database."""
        with self._connections.reading() as connection:
            return read_serials(connection)

    def is_empty(self) -> bool:
        """Return whether there are tables and nothing in them."""
        with self._connections.reading() as connection:
            return first_occupied(connection) is None

    def write_file(self, file: Path) -> None:
        """Write the rows of an SQLite database into a file that is complete without a log beside it."""
        if self.file is None:
            raise AssertionError("only SQLite keeps its rows in a file")
        sqlite_file.write_copy(self.file, file)

    def dispose(self) -> None:
        """Close all connections; using the database again opens new ones."""
        for each in (self.change_signal, self.loop_signal, self.notifications):
            if each is not None:
                each.close()
        self._connections.engine.dispose()
        if self._replica:
            self._replica.engine.dispose()


def _connections_to_replica(
    url: str | None, limits: PostgresqlLimits, primary: Connections
) -> Connections | None:
    if url is None:
        return None
    try:
        replica = Connections(url, limits)
    except ValueError as error:
        raise InvalidReplica(str(error)) from error
    if replica.is_sqlite or primary.is_sqlite:
        raise InvalidReplica("a replica is one of PostgreSQL: SQLite has none")
    return replica


if TYPE_CHECKING:

    def _opens(
        database: SqlDatabase, index: SqlIndex
    ) -> tuple[OpenSiteSnapshot, OpenSiteUnitOfWork, OpenSnapshot, OpenUnitOfWork, OpenUnitOfWork]:
        return (
            database.open_site_snapshot,
            database.open_site_unit_of_work,
            index.open_snapshot,
            index.open_unit_of_work,
            index.open_shared_unit_of_work,
        )
