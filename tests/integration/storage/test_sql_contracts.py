"""The SQL adapter does what every adapter of the row ports must do: on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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


class _OnSqlite:
    @pytest.fixture
    def database(self, clock: FixedClock, tmp_path: Path) -> Iterator[SqlDatabase]:
        database = SqlDatabase(f"sqlite:///{tmp_path / 'index.sqlite'}", clock)
        database.migrate()
        yield database
        database.dispose()


class TestSqlitePersistence(_OnSqlite, PersistenceContract):
    pass


class TestSqliteAccounts(_OnSqlite, AccountsContract):
    pass


class TestSqliteCondemnedBlobs(_OnSqlite, CondemnedBlobsContract):
    pass


class TestSqliteOutbox(_OnSqlite, OutboxContract):
    pass


class TestSqlitePeriodicWork(_OnSqlite, PeriodicWorkContract):
    pass


class TestSqliteDependencies(_OnSqlite, DependenciesContract):
    pass


class TestSqliteDownloadCounts(_OnSqlite, DownloadCountsContract):
    pass


class TestSqlitePages(_OnSqlite, PagesContract):
    pass


class TestSqliteAuditLog(_OnSqlite, AuditLogContract):
    pass


class TestSqliteRateLimiter(_OnSqlite, RateLimiterContract):
    pass


class TestSqliteChangeSignal(_OnSqlite, ChangeSignalContract):
    pass
