"""A backup is restored into another kind of database and store, and comes back the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from filled_database import fill, rows_of
from operator_command import OperatorOn
from postgresql_cluster import PostgresqlCluster, running_cluster
from pypi_app.settings import Settings
from pypi_contracts.permits import BY_OPERATOR
from pypi_contracts.suites.rows import create_project
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_memory.environment import FixedClock
from pypi_sql import SqlDatabase
from s3_servers import S3Server, running_s3_server, settings_file

pytestmark = pytest.mark.service

NOT_BACKED_UP = {"pages", "condemned_blobs", "upload_sessions", "upload_session_files", "site_state"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresqlCluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture
def url(cluster: PostgresqlCluster) -> Iterator[str]:
    """Return the URL of an empty PostgreSQL database."""
    with cluster.database() as name:
        yield cluster.url(name)


@pytest.fixture
def s3() -> Iterator[S3Server]:
    with running_s3_server("MinIO") as running:
        yield running


def kept_rows(url: str) -> dict[str, list[Any]]:
    rows = {name: each for name, each in rows_of(url).items() if name not in NOT_BACKED_UP}
    rows["audit_log"] = [each for each in rows["audit_log"] if each.action != "backup-restored"]
    return rows


def test_a_backup_goes_from_the_data_folder_to_services_and_back(
    operator_on: OperatorOn, tmp_path: Path, url: str, s3: S3Server
) -> None:
    data, back = tmp_path / "data", tmp_path / "back"
    fill(Settings(data=str(data)))
    services = operator_on(
        tmp_path / "unused", "--database", url, "--settings", settings_file(tmp_path, s3.settings()), "--json"
    )

    made = operator_on(data)("backup", tmp_path / "first", "--json")
    there = services("restore", tmp_path / "first")
    again = services("restore", tmp_path / "first")
    checked = services("check", "--thorough")
    second = services("backup", tmp_path / "second")
    returned = operator_on(back)("restore", tmp_path / "second", "--json")

    assert [each.code for each in (made, there, checked, second, returned)] == [0] * 5, there.err + second.err
    assert again.code == 5
    before = kept_rows(f"sqlite:///{data}/index.sqlite")
    assert kept_rows(url) == kept_rows(f"sqlite:///{back}/index.sqlite") == before
    assert there.result["copied_files"] == made.result["files"] == returned.result["copied_files"]
    assert made.result["serials"] == there.result["serials"] == returned.result["serials"]
    assert operator_on(back)("check", "--thorough").code == 0
    # Interrupted or forced, it does not copy again what is there.
    forced = services("restore", tmp_path / "first", "--force")
    assert (forced.code, forced.result["copied_files"]) == (0, 0)
    # What is remembered of settings from before must not be found again.
    assert {name for name, rows in kept_rows(url).items() if rows != before[name]} == {"indexes"}


def test_rows_are_read_of_one_moment_while_others_write(tmp_path: Path, url: str) -> None:
    source = SqlDatabase(url, FixedClock())
    source.migrate()
    with source.open_site_unit_of_work(BY_OPERATOR) as uow:
        uow.indexes.add(DEFAULT_INDEX, IndexSettings())
        uow.commit()
    index = source.index(DEFAULT_INDEX)
    for number in range(20):
        create_project(index, f"early-{number}")
    written: list[str] = []

    def tell(table: str, _copied: int, _total: int) -> None:
        # Nobody waits for a backup.
        if table == "projects":
            written.append(create_project(index, f"late-{len(written)}").name)

    rows = SqlDatabase(f"sqlite:///{tmp_path}/rows.sqlite", FixedClock())
    source.save_to(rows, tell)

    assert written
    assert (rows.serials()[DEFAULT_INDEX], source.serials()[DEFAULT_INDEX]) == (20, 20 + len(written))
    copied = rows_of(f"sqlite:///{tmp_path}/rows.sqlite")
    assert len(copied["projects"]) == len(copied["journal"]) == 20
    source.dispose()
    rows.dispose()


def test_serials_go_on_above_the_highest_on_postgresql(
    operator_on: OperatorOn, tmp_path: Path, url: str
) -> None:
    data = tmp_path / "data"
    fill(Settings(data=str(data)))
    operator = operator_on(data, "--database", url, "--json")
    assert operator_on(data)("backup", tmp_path / "backup").code == 0
    assert operator("restore", tmp_path / "backup").code == 0
    database = SqlDatabase(url, FixedClock())
    later = create_project(database.index(DEFAULT_INDEX), "later")
    seen = database.serials()[DEFAULT_INDEX]

    forced = operator("restore", tmp_path / "backup", "--force")

    assert forced.code == 0, forced.err
    assert forced.result["serials"]["pypi"] == seen + 1
    assert create_project(database.index(DEFAULT_INDEX), "again").id > later.id
    database.dispose()
