"""What is particular to PostgreSQL: migrating at once, locks, limits in time, and failures in sentences."""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from postgresql_cluster import PostgresqlCluster, running_cluster
from pypi_contracts.suites.rows import add_index, publish
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.blob_keys import BlobKey, BlobKind
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_core.errors import Unavailable
from pypi_memory.environment import FixedClock
from pypi_sql import SqlDatabase
from pypi_sql.engine import Connections
from pypi_sql.postgresql_server import PostgresqlLimits
from pypi_sql.tables import metadata

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresqlCluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture
def url(cluster: PostgresqlCluster) -> Iterator[str]:
    """Return the URL of an empty database."""
    with cluster.database() as name:
        yield cluster.url(name)


@contextlib.contextmanager
def opened(url: str, limits: PostgresqlLimits = PostgresqlLimits()) -> Iterator[SqlDatabase]:  # noqa: B008 - frozen
    database = SqlDatabase(url, FixedClock(), limits)
    try:
        yield database
    finally:
        database.dispose()


def migrate(url: str) -> None:
    with opened(url) as database:
        database.migrate()


def test_five_processes_that_migrate_an_empty_database_at_once_all_succeed(url: str) -> None:
    spawning = multiprocessing.get_context("spawn")
    processes = [spawning.Process(target=migrate, args=(url,)) for _ in range(5)]
    for each in processes:
        each.start()
    for each in processes:
        each.join()

    assert [each.exitcode for each in processes] == [0] * 5
    with opened(url) as database:
        assert database.is_current()


def test_the_migrations_make_the_tables_that_the_code_has(url: str) -> None:
    migrate(url)

    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_writers_of_an_index_wait_for_each_other(url: str) -> None:
    migrate(url)
    with opened(url) as database:
        index = add_index(database, DEFAULT_INDEX)
        done = threading.Event()

        def write() -> None:
            publish(index, "second-1.0.tar.gz")
            done.set()

        with index.open_unit_of_work(OPERATOR) as uow:
            other = threading.Thread(target=write)
            other.start()
            assert not done.wait(0.3)
            assert uow.journal.last_serial() == 0
        other.join()

        with index.open_snapshot() as snapshot:
            assert [each.serial for each in snapshot.journal.since(Serial(0), 10)] == [1, 2, 3]


def test_condemning_an_object_waits_for_units_of_work_that_may_list_it(url: str) -> None:
    migrate(url)
    key, clock = BlobKey(BlobKind.DISTRIBUTION, "0" * 64), FixedClock()
    with opened(url) as database:
        index = add_index(database, DEFAULT_INDEX)
        done = threading.Event()

        def condemn() -> None:
            database.condemned_blobs.condemn([key], clock.now())
            done.set()

        with index.open_unit_of_work(OPERATOR) as uow:
            uow.claim_blobs([key], clock.now())
            sweep = threading.Thread(target=condemn)
            sweep.start()
            assert not done.wait(0.3)
        sweep.join()

        assert done.is_set()


def test_a_snapshot_sees_one_moment(url: str) -> None:
    migrate(url)
    with opened(url) as database:
        index = add_index(database, DEFAULT_INDEX)
        with index.open_snapshot() as snapshot:
            publish(index, "sample-1.0.tar.gz")
            assert snapshot.files.find("sample-1.0.tar.gz") is None


def test_a_snapshot_cannot_write(url: str) -> None:
    migrate(url)
    connections = Connections(url)

    with pytest.raises(Unavailable), connections.reading() as connection:
        connection.execute(text("UPDATE site_state SET access_version = 7"))
    connections.engine.dispose()


def test_a_slow_statement_is_cancelled_with_a_sentence(url: str) -> None:
    connections = Connections(url, PostgresqlLimits(statement_seconds=1))

    with pytest.raises(Unavailable, match="took too long"), connections.reading() as connection:
        connection.execute(text("SELECT pg_sleep(30)"))
    connections.engine.dispose()


def test_a_transaction_that_hangs_loses_its_locks(url: str) -> None:
    migrate(url)
    with opened(url, PostgresqlLimits(statement_seconds=1)) as hanging, opened(url) as database:
        index = add_index(database, DEFAULT_INDEX)
        with contextlib.suppress(Unavailable), hanging.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR):
            publish(index, "sample-1.0.tar.gz")

        with index.open_snapshot() as snapshot:
            assert snapshot.files.find("sample-1.0.tar.gz")


def test_a_request_without_a_connection_is_asked_to_try_again(url: str) -> None:
    connections = Connections(url, PostgresqlLimits(connections=1, pool_seconds=0.1))

    with connections.reading(), pytest.raises(Unavailable, match="busy"), connections.reading():
        pass
    connections.engine.dispose()


def test_a_database_without_tables_says_what_to_do(url: str) -> None:
    with opened(url) as database:
        assert not database.is_current()
        with pytest.raises(Unavailable, match="pypi-server migrate"), database.open_site_snapshot():
            pass


def test_a_database_works_again_after_a_restart_of_the_server() -> None:
    with (
        running_cluster(durable=True) as cluster,
        cluster.database() as name,
        opened(cluster.url(name)) as database,
    ):
        database.migrate()
        index = add_index(database, DEFAULT_INDEX)
        cluster.stop(how="immediate")
        with pytest.raises(Unavailable, match="cannot be reached"):
            database.change_signal.generation()
        cluster.start()

        publish(index, "sample-1.0.tar.gz")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("index@", "nobody@"), "refuses the login"),
        (("/test_", "/missing_"), "no such database"),
        (("127.0.0.1", "nowhere.invalid"), "cannot be reached"),
        (("127.0.0.1:", "127.0.0.1:1"), "cannot be reached|does not answer"),
    ],
    ids=["user", "database", "host", "port"],
)
def test_an_unusable_url_is_reported_with_the_setting(
    url: str, change: tuple[str, str], sentence: str
) -> None:
    port = url.rpartition(":")[2].partition("/")[0]
    wrong = url.replace(*change) if change[0] != "127.0.0.1:" else url.replace(port, "1")

    with opened(wrong) as database, pytest.raises(Unavailable, match=sentence):
        database.is_current()
