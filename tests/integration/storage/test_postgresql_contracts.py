"""The SQL adapter does what every adapter of the row ports must do: on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from postgresql_cluster import running_cluster
from pypi_contracts.suites.accounts import AccountsContract
from pypi_contracts.suites.audit import AuditLogContract
from pypi_contracts.suites.changes import ChangeSignalContract
from pypi_contracts.suites.condemned_blobs import CondemnedBlobsContract
from pypi_contracts.suites.dependencies import DependenciesContract
from pypi_contracts.suites.download_counts import DownloadCountsContract
from pypi_contracts.suites.outbox import OutboxContract
from pypi_contracts.suites.pages import PagesContract
from pypi_contracts.suites.periodic_work import PeriodicWorkContract
from pypi_contracts.suites.persistence import PersistenceContract
from pypi_contracts.suites.rate_limits import RateLimiterContract
from pypi_memory.environment import FixedClock
from pypi_sql import SqlDatabase
from pypi_sql.tables import metadata

pytestmark = pytest.mark.service

# Dropping a database takes ten times as long as emptying its tables.
_TABLES = ", ".join(table for table in metadata.tables if table != "site_state")
_EMPTY = f"TRUNCATE {_TABLES} RESTART IDENTITY CASCADE"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Run a cluster, and return the URL of a database with all tables."""
    with running_cluster() as cluster, cluster.database() as name:
        database = SqlDatabase(cluster.url(name), FixedClock())
        database.migrate()
        database.dispose()
        yield cluster.url(name)


class _OnPostgresql:
    @pytest.fixture
    def database(self, clock: FixedClock, url: str) -> Iterator[SqlDatabase]:
        database = SqlDatabase(url, clock)
        yield database
        database.dispose()
        with psycopg.connect(url) as connection:
            connection.execute(_EMPTY)
            connection.execute("UPDATE site_state SET access_version = 0")


class TestPostgresqlPersistence(_OnPostgresql, PersistenceContract):
    pass


class TestPostgresqlAccounts(_OnPostgresql, AccountsContract):
    pass


class TestPostgresqlCondemnedBlobs(_OnPostgresql, CondemnedBlobsContract):
    pass


class TestPostgresqlOutbox(_OnPostgresql, OutboxContract):
    pass


class TestPostgresqlPeriodicWork(_OnPostgresql, PeriodicWorkContract):
    pass


class TestPostgresqlDependencies(_OnPostgresql, DependenciesContract):
    pass


class TestPostgresqlDownloadCounts(_OnPostgresql, DownloadCountsContract):
    pass


class TestPostgresqlPages(_OnPostgresql, PagesContract):
    pass


class TestPostgresqlAuditLog(_OnPostgresql, AuditLogContract):
    pass


class TestPostgresqlRateLimiter(_OnPostgresql, RateLimiterContract):
    pass


class TestPostgresqlChangeSignal(_OnPostgresql, ChangeSignalContract):
    pass
