"""What is particular to SQL: migrations, several processes, crashes, a database that is not there."""

from __future__ import annotations

import multiprocessing
import os
import stat
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.errors import Unavailable
from pypi_core.testing.contracts.rows import add_file, add_index, publish
from pypi_core.testing.in_memory.environment import FixedClock
from pypi_sql import SqlDatabase
from pypi_sql.tables import metadata


def opened(folder: Path) -> SqlDatabase:
    return SqlDatabase(f"sqlite:///{folder / 'index.sqlite'}", FixedClock())


@pytest.fixture
def database(tmp_path: Path) -> SqlDatabase:
    database = opened(tmp_path)
    database.migrate()
    add_index(database, DEFAULT_INDEX)
    return database


def in_another_process(work: object, *arguments: object) -> int | None:
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)  # type: ignore[arg-type]
    process.start()
    process.join()
    return process.exitcode


def publish_in(folder: Path, filename: str) -> None:
    publish(opened(folder).index(DEFAULT_INDEX), filename)


def die_in_the_middle(folder: Path) -> None:
    with opened(folder).index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
        add_file(uow, "dying-1.0.tar.gz")
        os._exit(9)


def test_the_migrations_make_the_tables_that_the_code_has(tmp_path: Path) -> None:
    opened(tmp_path).migrate()

    with create_engine(f"sqlite:///{tmp_path / 'index.sqlite'}").connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_and_from_many_threads_does_no_harm(tmp_path: Path) -> None:
    threads = [threading.Thread(target=opened(tmp_path).migrate) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert opened(tmp_path).is_current()


def test_a_new_database_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    database = opened(tmp_path / "data")
    database.migrate()

    assert stat.S_IMODE((tmp_path / "data" / "index.sqlite").stat().st_mode) == 0o600


def test_a_database_without_tables_says_what_to_do(tmp_path: Path) -> None:
    database = opened(tmp_path)

    assert not database.is_current()
    with pytest.raises(Unavailable, match="pypi-server migrate"), database.open_site_snapshot():
        pass
    with (
        pytest.raises(Unavailable, match="pypi-server migrate"),
        database.index(DEFAULT_INDEX).open_snapshot(),
    ):
        pass


def test_a_commit_of_another_process_moves_the_signal(database: SqlDatabase, tmp_path: Path) -> None:
    before = database.change_signal.generation()

    assert in_another_process(publish_in, tmp_path, "sample-1.0.tar.gz") == 0

    assert database.change_signal.generation() != before
    with database.index(DEFAULT_INDEX).open_snapshot() as snapshot:
        assert snapshot.files.find("sample-1.0.tar.gz")


def test_a_process_that_dies_in_a_transaction_leaves_nothing(database: SqlDatabase, tmp_path: Path) -> None:
    assert in_another_process(die_in_the_middle, tmp_path) == 9

    publish(database.index(DEFAULT_INDEX), "alive-1.0.tar.gz")
    with database.index(DEFAULT_INDEX).open_snapshot() as snapshot:
        assert [each.serial for each in snapshot.journal.since(Serial(0), 10)] == [1, 2, 3]
        assert snapshot.files.find("dying-1.0.tar.gz") is None


def test_leases_do_not_move_the_signal(database: SqlDatabase) -> None:
    publish(database.index(DEFAULT_INDEX), "sample-1.0.tar.gz")
    before = database.change_signal.generation()
    clock = FixedClock()

    for task in database.outbox.claim(10, clock.now(), clock.now()):
        database.outbox.done(task)

    assert database.change_signal.generation() == before


def test_settings_of_an_index_are_kept(database: SqlDatabase, tmp_path: Path) -> None:
    with database.open_site_unit_of_work() as uow:
        uow.indexes.update(DEFAULT_INDEX, IndexSettings(title="Täst", largest_file=5))
        uow.commit()
    database.dispose()

    with opened(tmp_path).open_site_snapshot() as snapshot:
        assert snapshot.indexes.get(DEFAULT_INDEX).settings == IndexSettings(title="Täst", largest_file=5)
