"""What is particular to PostgreSQL: migrating at once, locks, limits in time, and failures in sentences."""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
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
from pypi_core.domain.rate_limits import RateLimit
from pypi_core.errors import ConcurrentChange, Unavailable
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


def test_a_transaction_that_a_deadlock_ended_is_done_again(cluster: PostgresqlCluster, url: str) -> None:
    migrate(url)
    with opened(url) as database, psycopg.connect(url) as other:
        limits = [RateLimit(name=name, quota=5, window=60, refusal="") for name in ("one", "two")]
        limiter, now = database.rate_limiter, FixedClock().now()
        for each in limits:
            limiter.take(each, "somebody", now)
        with psycopg.connect(url) as meddling:
            # What no transaction of ours does: it locks another row first, and gives up late.
            meddling.execute(CROSSWISE)
        other.execute("SET deadlock_timeout = '10s'")
        other.execute("SELECT 1 FROM rate_counts WHERE limit_name = 'two' FOR UPDATE")
        taking = threading.Thread(target=limiter.take, args=(limits[0], "somebody", now))
        taking.start()
        wait_for_lock(cluster, url)
        other.execute("SELECT 1 FROM rate_counts WHERE limit_name = 'one' FOR UPDATE")
        other.commit()
        taking.join()

        assert limiter.look(limits[0], "somebody", now).remaining == 3
    assert "deadlock detected" in (cluster.folder / "log").read_text()


def test_a_unit_of_work_that_a_deadlock_ended_may_be_tried_again(
    cluster: PostgresqlCluster, url: str
) -> None:
    migrate(url)
    with opened(url) as database, psycopg.connect(url) as other:
        index = add_index(database, DEFAULT_INDEX)
        other.execute("SET deadlock_timeout = '10s'")
        other.execute("SELECT 1 FROM site_state FOR UPDATE")

        def write() -> None:
            with index.open_unit_of_work(OPERATOR) as uow:
                # Without an event it counts a change of access.
                uow.commit()

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            wait_for_lock(cluster, url)
            other.execute("SELECT 1 FROM serials FOR UPDATE")
            other.commit()
            with pytest.raises(ConcurrentChange):
                writing.result()
        write()


def test_writers_do_not_fail_where_the_server_isolates_transactions_by_default(
    cluster: PostgresqlCluster, url: str
) -> None:
    migrate(url)
    name = url.rpartition("/")[2]
    cluster.run("ALTER DATABASE {} SET default_transaction_isolation = 'serializable'", name)
    with opened(url) as database:
        index = add_index(database, DEFAULT_INDEX)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: publish(index, f"sample-{number}.tar.gz"), range(40)))

        with index.open_snapshot() as snapshot:
            # One project; each file brings its release.
            assert snapshot.journal.last_serial() == 81


# While a row of one limit is changed, that of the other is locked first.
CROSSWISE = """
CREATE FUNCTION crosswise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.limit_name = 'one' THEN
        PERFORM 1 FROM rate_counts WHERE limit_name = 'two' FOR UPDATE;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER crosswise AFTER UPDATE ON rate_counts FOR EACH ROW EXECUTE FUNCTION crosswise();
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"


def wait_for_lock(cluster: PostgresqlCluster, url: str) -> None:
    """Wait until somebody waits for a lock."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as watching:
        while watching.execute(WAITING, [url.rpartition("/")[2]]).fetchone() == (0,):
            time.sleep(0.01)


def test_a_server_that_hangs_is_given_up(cluster: PostgresqlCluster, url: str) -> None:
    migrate(url)
    with opened(url, PostgresqlLimits(statement_seconds=1, connect_seconds=1)) as database:
        index = add_index(database, DEFAULT_INDEX)
        with (
            pytest.raises(Unavailable, match="took too long"),
            index.open_snapshot() as snapshot,
            cluster.paused(),
        ):
            snapshot.journal.last_serial()
        with cluster.paused(), pytest.raises(Unavailable, match="cannot be reached"):
            database.is_current()
        assert database.is_current()


def test_a_server_without_connections_left_says_so(url: str) -> None:
    name = url.rpartition("/")[2]
    migrate(url)
    with opened(url) as database, psycopg.connect(url) as other:
        other.execute("CREATE ROLE busy LOGIN CONNECTION LIMIT 0; GRANT ALL ON SCHEMA public TO busy")
        other.commit()
        with (
            opened(url.replace("index@", "busy@")) as full,
            pytest.raises(Unavailable, match="no connection left"),
        ):
            full.is_current()
        assert database.is_current(), name
        other.execute("DROP OWNED BY busy; DROP ROLE busy")
