"""Knowing on PostgreSQL that nothing changed, without holding an event loop up, and being woken."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from postgresql_cluster import PostgresqlCluster, running_cluster
from pypi_contracts.suites.rows import add_index, publish
from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_core.errors import Unavailable
from pypi_memory.environment import FixedClock
from pypi_sql import SqlDatabase
from pypi_sql.database import SqlIndex
from pypi_sql.loop_signal import PostgresqlLoopSignal
from pypi_sql.notifications import Notifications
from pypi_sql.postgresql_server import PostgresqlLimits

pytestmark = pytest.mark.service

_END_LISTENERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname <> 'postgres'
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresqlCluster]:
    with running_cluster(durable=True) as running:
        yield running


@pytest.fixture
def database(cluster: PostgresqlCluster) -> Iterator[SqlDatabase]:
    with cluster.database() as name:
        database = SqlDatabase(cluster.url(name), FixedClock(), PostgresqlLimits(connect_seconds=1))
        database.migrate()
        yield database
        database.dispose()


@pytest.fixture
def index(database: SqlDatabase) -> SqlIndex:
    return add_index(database, DEFAULT_INDEX)  # type: ignore[return-value]


@contextlib.asynccontextmanager
async def opened(database: SqlDatabase) -> AsyncIterator[PostgresqlLoopSignal]:
    assert database.loop_signal is not None
    yield database.loop_signal
    database.loop_signal.close()


async def publish_behind(index: SqlIndex, name: str) -> None:
    await asyncio.to_thread(publish, index, name)


def test_a_commit_that_returned_is_in_the_next_answer(database: SqlDatabase, index: SqlIndex) -> None:
    async def main() -> None:
        async with opened(database) as signal:
            seen = [await signal.generation()]
            for number in range(20):
                await publish_behind(index, f"sample-{number}.tar.gz")
                seen.append(await signal.generation())
            assert len({*seen}) == len(seen)
            assert await signal.generation() == database.change_signal.generation()

    asyncio.run(main())


def test_many_requests_ask_one_question(database: SqlDatabase, index: SqlIndex) -> None:
    async def main() -> None:
        async with opened(database) as signal:
            first = await signal.generation()
            assert await asyncio.gather(*(signal.generation() for _ in range(500))) == [first] * 500

    asyncio.run(main())


def test_who_waits_is_woken_by_a_commit(database: SqlDatabase, index: SqlIndex) -> None:
    async def main() -> float:
        async with opened(database) as signal:
            seen = await signal.generation()
            waiting = asyncio.create_task(signal.until_moved(seen, 30))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            await publish_behind(index, "sample-1.0.tar.gz")
            began = time.monotonic()
            await waiting
            return time.monotonic() - began

    # Without notifications it would look every five seconds.
    assert asyncio.run(main()) < 1


def test_a_notification_without_a_commit_ends_no_waiting(database: SqlDatabase, index: SqlIndex) -> None:
    async def main() -> bool:
        async with opened(database) as signal:
            seen = await signal.generation()
            waiting = asyncio.create_task(signal.until_moved(seen, 30))
            await asyncio.sleep(0.2)
            with database._connections.engine.begin() as connection:
                connection.exec_driver_sql("NOTIFY pypi_changes")
            await asyncio.sleep(0.3)
            ended = waiting.done()
            waiting.cancel()
            return ended

    assert not asyncio.run(main())


def test_who_waits_hears_of_a_commit_though_the_connection_was_lost(
    cluster: PostgresqlCluster, database: SqlDatabase, index: SqlIndex
) -> None:
    async def main() -> float:
        async with opened(database) as signal:
            seen = await signal.generation()
            waiting = asyncio.create_task(signal.until_moved(seen, 30))
            await asyncio.sleep(0.2)
            await asyncio.to_thread(cluster.run, _END_LISTENERS)
            await asyncio.sleep(0.3)
            assert not waiting.done()
            await publish_behind(index, "sample-1.0.tar.gz")
            began = time.monotonic()
            await waiting
            return time.monotonic() - began

    assert asyncio.run(main()) < 1


def test_a_restarted_server_is_found_again(
    cluster: PostgresqlCluster, database: SqlDatabase, index: SqlIndex
) -> None:
    async def main() -> None:
        async with opened(database) as signal:
            await signal.generation()
            await asyncio.to_thread(cluster.stop, how="immediate")
            with pytest.raises(Unavailable, match=r"cannot be reached|does not answer"):
                await signal.generation()
            with pytest.raises(Unavailable, match="cannot be reached"):
                await signal.generation()
            await asyncio.to_thread(cluster.start)
            before = await signal.generation()
            await publish_behind(index, "sample-1.0.tar.gz")
            assert await signal.generation() != before

    asyncio.run(main())


def test_a_server_that_hangs_is_told_in_a_sentence(
    cluster: PostgresqlCluster, database: SqlDatabase, index: SqlIndex
) -> None:
    async def main() -> None:
        async with opened(database) as signal:
            await signal.generation()
            with cluster.paused():
                for _ in range(2):
                    with pytest.raises(Unavailable, match=r"postgresql\.connect_seconds"):
                        await signal.generation()
            await signal.generation()

    asyncio.run(main())


def test_a_thread_is_woken_by_a_commit(database: SqlDatabase, index: SqlIndex) -> None:
    heard = listening(database)

    threading.Timer(0.3, publish, (index, "sample-1.0.tar.gz")).start()
    began = time.monotonic()

    assert heard.wait(30)
    assert 0.1 < time.monotonic() - began < 5
    assert not heard.wait(0.1)


def test_a_thread_whose_connection_was_lost_looks_for_itself_and_hears_again(
    cluster: PostgresqlCluster, database: SqlDatabase, index: SqlIndex
) -> None:
    heard = listening(database)
    cluster.run(_END_LISTENERS)

    # It is lost, and made again: each time something may have been missed.
    assert heard.wait(0.1)
    assert heard.wait(0.1)
    assert not heard.wait(0.1)
    publish(index, "sample-1.0.tar.gz")
    assert heard.wait(5)


def listening(database: SqlDatabase) -> Notifications:
    heard = database.notifications
    assert heard is not None
    # What was committed before it listened was not heard.
    assert heard.wait(30)
    return heard
