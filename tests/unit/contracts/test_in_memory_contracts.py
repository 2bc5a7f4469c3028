"""The ports in memory do what every adapter of them must do."""

from __future__ import annotations

import pytest

from pypi_contracts.permits import BY_OPERATOR
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
from pypi_memory.database import InMemoryDatabase
from pypi_memory.environment import FixedClock


class _InMemory:
    @pytest.fixture
    def database(self, clock: FixedClock) -> InMemoryDatabase:
        return InMemoryDatabase(clock)


class TestInMemoryPersistence(_InMemory, PersistenceContract):
    pass


class TestInMemoryAccounts(_InMemory, AccountsContract):
    pass


class TestInMemoryCondemnedBlobs(_InMemory, CondemnedBlobsContract):
    pass


class TestInMemoryOutbox(_InMemory, OutboxContract):
    pass


class TestInMemoryPeriodicWork(_InMemory, PeriodicWorkContract):
    pass


class TestInMemoryDependencies(_InMemory, DependenciesContract):
    pass


class TestInMemoryDownloadCounts(_InMemory, DownloadCountsContract):
    pass


class TestInMemoryPages(_InMemory, PagesContract):
    pass


class TestInMemoryAuditLog(_InMemory, AuditLogContract):
    pass


class TestInMemoryRateLimiter(_InMemory, RateLimiterContract):
    pass


class TestInMemoryChangeSignal(_InMemory, ChangeSignalContract):
    pass


def test_a_second_unit_of_work_in_the_same_thread_is_refused_instead_of_waiting_for_ever() -> None:
    database = InMemoryDatabase()
    with (
        database.open_site_unit_of_work(BY_OPERATOR),
        pytest.raises(AssertionError, match="never nested"),
        database.open_site_unit_of_work(BY_OPERATOR),
    ):
        pass


def test_a_unit_of_work_is_committed_once() -> None:
    with InMemoryDatabase().open_site_unit_of_work(BY_OPERATOR) as uow:
        uow.commit()
        with pytest.raises(AssertionError, match="committed already"):
            uow.commit()
