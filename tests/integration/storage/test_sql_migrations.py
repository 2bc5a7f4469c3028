"""Migrations make the tables that the code has, once, and lose nothing."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from packaging.version import Version
from sqlalchemy import create_engine

from pypi_contracts.suites.rows import add_index, publish
from pypi_core.domain.accounts import AccountState
from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.new_names import similarity_key
from pypi_core.domain.upload_sessions import (
    DOCUMENTATION_ZIP,
    Purpose,
    SessionFile,
    UploadSession,
    UploadSessionId,
)
from pypi_core.errors import Unavailable
from pypi_memory.environment import FixedClock
from pypi_sql import SqlDatabase
from pypi_sql.engine import Connections, commit
from pypi_sql.migrations.run import check_foreign_keys
from pypi_sql.tables import metadata


def url_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'index.sqlite'}"


def migrate_in(folder: Path) -> None:
    SqlDatabase(url_in(folder), FixedClock()).migrate()


@pytest.fixture
def database(tmp_path: Path) -> SqlDatabase:
    database = SqlDatabase(url_in(tmp_path), FixedClock())
    database.migrate()
    publish(add_index(database, DEFAULT_INDEX), "sample-1.0.tar.gz")
    return database


def test_an_empty_folder_becomes_a_current_database(tmp_path: Path) -> None:
    database = SqlDatabase(url_in(tmp_path / "new" / "folder"), FixedClock())
    assert not database.is_current()

    database.migrate()

    assert database.is_current()


def test_the_migrations_make_the_tables_that_the_code_has(tmp_path: Path) -> None:
    migrate_in(tmp_path)

    with create_engine(url_in(tmp_path)).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_make_the_partial_index_of_the_outbox(tmp_path: Path) -> None:
    migrate_in(tmp_path)

    # What compare_metadata does not look at.
    (made,) = sqlite3.connect(tmp_path / "index.sqlite").execute(
        "SELECT sql FROM sqlite_master WHERE name = 'uq_outbox_unclaimed'"
    )
    assert "UNIQUE" in made[0]
    assert made[0].endswith("WHERE lease_until IS NULL AND is_buried = 0")


def test_projects_of_before_get_the_key_of_their_names(tmp_path: Path) -> None:
    migrate_to("0001", tmp_path, ROWS_OF_BEFORE)
    database = SqlDatabase(url_in(tmp_path), FixedClock())

    database.migrate()

    with database.index(DEFAULT_INDEX).open_snapshot() as snapshot:
        assert snapshot.projects.find_similar(similarity_key("samp1e")) is not None


def test_releases_of_before_are_found_by_their_classifiers(tmp_path: Path) -> None:
    migrate_to("0001", tmp_path, ROWS_OF_BEFORE)
    database = SqlDatabase(url_in(tmp_path), FixedClock())

    database.migrate()

    with database.index(DEFAULT_INDEX).open_snapshot() as snapshot:
        found = snapshot.releases.with_classifiers(["A", "B"], 10)
        assert [(each.project, str(each.version)) for each in found] == [("Sample", "1.0")]
        assert len(snapshot.releases.with_classifiers(["B"], 10)) == 2


def test_projects_of_before_wait_for_a_worker_to_note_what_they_require(tmp_path: Path) -> None:
    waiting = (
        "INSERT INTO outbox (index_id, kind, subject, attempts, is_buried) "
        "VALUES (1, 'index-for-search', 'sample', 0, false)"
    )
    migrate_to("0001", tmp_path, [*ROWS_OF_BEFORE, waiting, OTHER_PROJECT_OF_BEFORE])
    database = SqlDatabase(url_in(tmp_path), FixedClock())

    database.migrate()

    tasks = database.outbox.tasks(FixedClock().now())
    assert [(each.task.reaction.kind, each.task.reaction.subject) for each in tasks] == [
        ("index-for-search", "sample"),
        ("index-for-search", "other"),
    ]


def test_accounts_of_before_can_be_used(tmp_path: Path) -> None:
    account = "INSERT INTO accounts VALUES (1, 'Ann', 'ann', '$hash$', 1, '2026-01-01 00:00:00.000000')"
    migrate_to("0007", tmp_path, [account])
    database = SqlDatabase(url_in(tmp_path), FixedClock())

    database.migrate()

    with database.open_site_snapshot() as snapshot:
        [found] = snapshot.accounts.all()
    assert (found.username, found.state) == ("Ann", AccountState.ACTIVE)


def test_uploads_of_documentation_under_way_become_sessions(tmp_path: Path) -> None:
    moment = "2026-02-01 12:00:00.000000"
    name, sha256 = "5594aa6b342f5d0a3a5e4842fab428f7", "ab" * 32
    ends = f"'open', '{moment}', '{moment}', '[]', '[]'"
    under_way = (
        f"INSERT INTO documentation_uploads VALUES ('{name}', 1, 1, 145, '{sha256}', '{moment}')",
        # It is live for the same release.
        f"INSERT INTO upload_sessions VALUES ('other', 1, 'sample', 'Sample', '1.0', '1', NULL, {ends})",
        f"INSERT INTO upload_session_files VALUES ('other', 0, 'a.whl', 1, '{sha256}', NULL, NULL, NULL)",
    )
    migrate_to("0001", tmp_path, ROWS_OF_BEFORE)
    migrate_to("0008", tmp_path, under_way)
    database = SqlDatabase(url_in(tmp_path), FixedClock())

    database.migrate()

    with database.index(DEFAULT_INDEX).open_snapshot() as snapshot:
        sessions = snapshot.upload_sessions
        release = sessions.live(NormalizedName("sample"), Version("1.0"), Purpose.RELEASE)
        moved = sessions.live(NormalizedName("sample"), Version("1.0"), Purpose.DOCUMENTATION)
    assert release is not None
    assert release.id == "other"
    assert moved == UploadSession(
        id=UploadSessionId(name),
        project=DisplayName("Sample"),
        version=Version("1.0"),
        account_id=None,
        created=datetime(2026, 2, 1, 12, tzinfo=UTC),
        expires=datetime(2026, 2, 2, 12, tzinfo=UTC),
        files=(SessionFile(filename=DOCUMENTATION_ZIP, size=145, sha256=sha256, identifier=name),),
    )
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM documentation_uploads").fetchone() == (0,)


ROWS_OF_BEFORE = (
    f"INSERT INTO indexes VALUES (1, '{DEFAULT_INDEX}', '{{}}', 1)",
    "INSERT INTO projects VALUES (1, 1, 'sample', 'Sample', 'active', '', '2026-01-01 00:00:00.000000', 1)",
    "INSERT INTO releases VALUES (1, 1, '1.0', '1', '2026-01-01 00:00:00.000000', NULL)",
    "INSERT INTO releases VALUES (2, 1, '2.0', '2', '2026-01-01 00:00:00.000000', NULL)",
    'INSERT INTO release_metadata VALUES (1, CAST(\'{"classifiers":["A","B"]}\' AS BLOB))',
    'INSERT INTO release_metadata VALUES (2, CAST(\'{"classifiers":["B","B"]}\' AS BLOB))',
)

OTHER_PROJECT_OF_BEFORE = ROWS_OF_BEFORE[1].replace("(1, 1, 'sample'", "(2, 1, 'other'")


def migrate_to(revision: str, folder: Path, statements: Iterable[str]) -> None:
    """Make the database of an older version and put rows into it."""
    config = Config()
    config.set_main_option("script_location", "pypi_sql:migrations")
    config.set_main_option("path_separator", "os")
    with Connections(url_in(folder)).writing(rebuilds=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for each in statements:
            connection.exec_driver_sql(each)
        commit(connection)


def test_migrating_from_many_threads_does_no_harm(tmp_path: Path) -> None:
    threads = [threading.Thread(target=migrate_in, args=(tmp_path / str(n % 2),)) for n in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert all(SqlDatabase(url_in(tmp_path / name), FixedClock()).is_current() for name in ("0", "1"))


def test_migrating_from_many_processes_does_no_harm(tmp_path: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    processes = [spawning.Process(target=migrate_in, args=(tmp_path,)) for _ in range(3)]
    for each in processes:
        each.start()
    for each in processes:
        each.join()

    assert [each.exitcode for each in processes] == [0, 0, 0]
    assert SqlDatabase(url_in(tmp_path), FixedClock()).is_current()


def test_migrating_again_changes_nothing(database: SqlDatabase) -> None:
    before = database.change_signal.generation()

    database.migrate()

    assert database.change_signal.generation() == before
    with database.index(DEFAULT_INDEX).open_snapshot() as snapshot:
        assert snapshot.files.find("sample-1.0.tar.gz")


def test_a_table_can_be_replaced_without_losing_what_points_at_it(
    database: SqlDatabase, tmp_path: Path
) -> None:
    connections = Connections(url_in(tmp_path))
    with connections.writing(rebuilds=True) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("projects", recreate="always") as projects:
            projects.alter_column("display_name", new_column_name="display_name", nullable=False)
        check_foreign_keys(connection)
        commit(connection)

    with database.index(DEFAULT_INDEX).open_snapshot() as snapshot:
        project = snapshot.projects.get(NormalizedName("sample"))
        assert [each.filename for each in snapshot.files.of(project.id)] == ["sample-1.0.tar.gz"]
    with connections.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_a_migration_that_leaves_a_row_pointing_at_nothing_is_refused(
    database: SqlDatabase, tmp_path: Path
) -> None:
    with Connections(url_in(tmp_path)).writing(rebuilds=True) as connection:
        connection.exec_driver_sql("DELETE FROM projects")
        with pytest.raises(Unavailable, match="files, releases"):
            check_foreign_keys(connection)


def test_a_database_of_a_later_version_is_refused_in_words(tmp_path: Path) -> None:
    migrate_in(tmp_path)
    database = SqlDatabase(url_in(tmp_path), FixedClock())
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    with pytest.raises(Unavailable, match="later version"):
        database.migrate()
    with pytest.raises(Unavailable, match="later version"):
        database.require_known()
    assert not database.is_current()
    database.dispose()


@pytest.mark.parametrize("command", ["serve --port 0", "work", "migrate", "users list"])
def test_every_command_says_that_the_database_is_of_a_later_version(tmp_path: Path, command: str) -> None:
    migrate_in(tmp_path)
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    ended = subprocess.run(
        [sys.executable, "-m", "pypi_app.server_command", *command.split(), "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode != 0
    assert "later version" in ended.stderr
    assert "Traceback" not in ended.stderr
