"""What is particular to SQL: several processes, crashes, a database that is not there or fails."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
from pathlib import Path

import pytest

from pypi_contracts.permits import BY_OPERATOR
from pypi_contracts.suites.rows import add_account, add_file, add_index, add_project, publish
from pypi_core.domain.accounts import OPERATOR, Token, TokenId
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.errors import ConcurrentChange, FileAlreadyExists, Unavailable
from pypi_memory.environment import FixedClock
from pypi_sql import SqlDatabase
from pypi_sql.failures import in_our_words


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


def test_a_new_database_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    database = opened(tmp_path / "data")
    database.migrate()

    assert stat.S_IMODE((tmp_path / "data" / "index.sqlite").stat().st_mode) == 0o600


def test_asking_for_the_signal_first_creates_no_file_readable_by_others(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="pypi-server migrate"):
        opened(tmp_path / "data").change_signal.generation()

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
    with database.open_site_unit_of_work(BY_OPERATOR) as uow:
        uow.indexes.update(DEFAULT_INDEX, IndexSettings(title="Täst", largest_file=5))
        uow.commit()
    database.dispose()

    with opened(tmp_path).open_site_snapshot() as snapshot:
        assert snapshot.indexes.get(DEFAULT_INDEX).settings == IndexSettings(title="Täst", largest_file=5)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "sqlite:///a.sqlite?mode=ro", "index.sqlite"]
)
def test_a_url_without_a_file_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|sqlite:///"):
        SqlDatabase(url, FixedClock())


def test_a_file_that_is_not_a_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "index.sqlite").write_bytes(b"something else entirely " * 100)

    with pytest.raises(Unavailable, match="damaged"):
        opened(tmp_path).is_current()
    with pytest.raises(Unavailable, match="damaged"):
        opened(tmp_path).change_signal.generation()


def test_an_uncreatable_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file where the folder should be")

    with pytest.raises(Unavailable, match="cannot be made"):
        opened(tmp_path / "data").migrate()


def test_a_file_that_another_process_keeps_to_itself_is_busy(database: SqlDatabase, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    impatient = sqlite3.connect(tmp_path / "index.sqlite", timeout=0, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError) as caught:
        impatient.execute("BEGIN IMMEDIATE")

    said = in_our_words(caught.value)

    assert isinstance(said, Unavailable)
    assert "busy" in str(said)


def test_a_violated_constraint_is_a_concurrent_change_and_reveals_no_secret(database: SqlDatabase) -> None:
    clock = FixedClock()
    ann = add_account(database, clock)
    token = Token(
        id=TokenId("one"), account_id=ann.id, description="", secret_hash="5ec2e7", created=clock.now()
    )

    with pytest.raises(ConcurrentChange) as caught, database.open_site_unit_of_work(BY_OPERATOR) as uow:
        uow.tokens.add(token)
        uow.tokens.add(token)

    assert caught.value.__cause__ is not None
    assert "5ec2e7" not in str(caught.value.__cause__)


def test_a_unit_of_work_is_committed_once(database: SqlDatabase) -> None:
    with database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
        uow.commit()
        with pytest.raises(AssertionError, match="committed already"):
            uow.commit()
    with database.open_site_unit_of_work(BY_OPERATOR) as site:
        site.commit()
        with pytest.raises(AssertionError, match="committed already"):
            site.commit()


def test_reading_after_the_commit_does_not_wait_for_other_writers(
    database: SqlDatabase, tmp_path: Path
) -> None:
    with database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
        add_project(uow, "sample")
        serial = uow.commit()
        other = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        assert uow.journal.last_serial() == serial
        other.close()


def test_a_name_refused_for_its_content_stays_unused(database: SqlDatabase) -> None:
    with database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
        add_file(uow, "sample-1.0.tar.gz", b"same bytes")
        with pytest.raises(FileAlreadyExists) as caught:
            add_file(uow, "sample-2.0.tar.gz", b"same bytes")

        assert caught.value.existing == "sample-1.0.tar.gz"
        assert not uow.files.was_ever_used("sample-2.0.tar.gz")
        assert add_file(uow, "sample-2.0.tar.gz", b"other bytes").version.public == "2.0"
