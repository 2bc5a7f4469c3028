"""A database is copied from SQLite to PostgreSQL and back: every table row for row."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version
from sqlalchemy import Column, Connection, insert, select

from operator_command import OperatorOn
from postgresql_cluster import PostgresqlCluster, running_cluster
from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_contracts.builders import build_wheel
from pypi_contracts.permits import BY_OPERATOR
from pypi_contracts.suites.rows import create_project
from pypi_core.domain.accounts import OPERATOR, Actor, Role, TokenCredentials
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.entities import Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.rate_limits import RateLimit
from pypi_core.domain.upload_sessions import DeclaredFile
from pypi_core.index import Index
from pypi_core.ports.pages import PageKind
from pypi_core.site import Site
from pypi_memory.environment import FixedClock
from pypi_sql import SqlDatabase
from pypi_sql.engine import Connections, commit
from pypi_sql.tables import UtcDateTime, metadata

pytestmark = pytest.mark.service

RELEASES = 40


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresqlCluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture
def url(cluster: PostgresqlCluster) -> Iterator[str]:
    """Return the URL of an empty PostgreSQL database."""
    with cluster.database() as name:
        yield cluster.url(name)


def fill(settings: Settings) -> None:
    """Make rows in all tables that a server fills."""
    container = assemble(settings)
    container.database().migrate()
    site: Site = container.site()
    for each in (DEFAULT_INDEX, IndexName("test")):
        site.create_index(OPERATOR, each, IndexSettings(title=f"The {each} index: čau"))
    for username in ("alice", "bob"):
        site.register_account(OPERATOR, username, "correct horse")
    alice = site.authenticate(TokenCredentials(site.issue_token(OPERATOR, "alice", "laptop").secret))
    for number in range(RELEASES):
        publish(site.index(DEFAULT_INDEX), alice, f"sample-{number % 7}", f"1.{number}")
    index = site.index(DEFAULT_INDEX)
    name = NormalizedName("sample-1")
    release = index.projects.read(alice, name).releases[0]
    index.yank_release(alice, name, release.version, Yank(reason="broken"))
    index.delete_release(alice, name, index.projects.read(alice, name).releases[1].version)
    index.delete_project(alice, NormalizedName("sample-6"))
    index.grant_role(alice, name, "bob", Role.MAINTAINER)
    index.pages.project(alice, name, PageKind.SIMPLE_JSON)
    index.statistics.read(alice)
    file = DeclaredFile(filename="later-1.0.tar.gz", size=5, sha256="0" * 64)
    index.begin_upload(alice, DisplayName("later"), Version("1.0"), [file])
    container.database().rate_limiter.take(
        RateLimit(name="uploads", quota=5, window=60, refusal=""), "alice", FixedClock().now()
    )
    container.database().dispose()


def publish(index: Index, by: Actor, name: str, version: str) -> None:
    wheel = build_wheel(name, version, extra_metadata=[("Classifier", "Topic :: Utilities")])
    arrival = index.staging.begin()
    arrival.append(wheel.content)
    staged = arrival.finish()
    with index.staging.open(staged) as archive:
        upload = describe_upload(wheel.filename, archive, staged.digests)
    index.publish_file(by, upload, staged)


def fill_the_rest(url: str) -> None:
    """Put a row into each table that has none, so that a table added later is copied here too."""
    connections = Connections(url)
    with connections.writing() as connection:
        for table in metadata.sorted_tables:
            if connection.execute(select(table).limit(1)).first() is None:
                row = {column.name: made_up(connection, column) for column in table.columns}
                connection.execute(insert(table), row)
        commit(connection)
    connections.engine.dispose()


def made_up(connection: Connection, column: Column[Any]) -> object:
    for key in column.foreign_keys:
        return connection.execute(select(key.column).limit(1)).scalar_one()
    if isinstance(column.type, UtcDateTime):
        return datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    values: dict[type, object] = {
        int: 7,
        str: "čau",
        bool: True,
        bytes: b"\x00\xff",
        date: date(2026, 2, 3),
    }
    return values[column.type.python_type]


def rows_of(url: str) -> dict[str, list[Any]]:
    """Return all rows of all tables, by table."""
    connections = Connections(url)
    with connections.reading() as connection:
        rows = {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }
    connections.engine.dispose()
    return rows


def test_every_row_is_copied_to_postgresql_and_back(
    operator_on: OperatorOn, tmp_path: Path, url: str
) -> None:
    data = tmp_path / "data"
    fill(Settings(data=str(data)))
    fill_the_rest(f"sqlite:///{data}/index.sqlite")
    before = rows_of(f"sqlite:///{data}/index.sqlite")
    assert all(before.values())

    there = operator_on(data)("database", "copy", "--to", url, "--json")
    back = operator_on(data, "--database", url)(
        "database", "copy", "--to", f"sqlite:///{tmp_path}/back.sqlite"
    )

    assert there.code == back.code == 0, there.err + back.err
    assert there.result["rows"] == sum(map(len, before.values()))
    assert f"journal: {len(before['journal'])} of {len(before['journal'])} rows" in back.err
    assert rows_of(url) == before
    assert rows_of(f"sqlite:///{tmp_path}/back.sqlite") == before


def test_ids_go_on_where_they_were(operator_on: OperatorOn, tmp_path: Path, url: str) -> None:
    data = tmp_path / "data"
    fill(Settings(data=str(data)))
    operator = operator_on(data)
    assert operator("database", "copy", "--to", url).code == 0
    back = f"sqlite:///{tmp_path}/back.sqlite"
    assert operator_on(data, "--database", url)("database", "copy", "--to", back).code == 0

    for database_url in (url, back):
        database = SqlDatabase(database_url, FixedClock())
        # The last project was deleted: its id is never used again.
        project = create_project(database.index(DEFAULT_INDEX), "new")
        database.dispose()
        assert project.id == 8


def test_a_database_that_is_not_empty_is_left_as_it_is(
    operator_on: OperatorOn, tmp_path: Path, url: str
) -> None:
    data = tmp_path / "data"
    fill(Settings(data=str(data)))
    operator = operator_on(data)
    assert operator("database", "copy", "--to", url).code == 0
    before = rows_of(url)

    again = operator("database", "copy", "--to", url)

    assert again.code != 0
    assert "is not empty" in again.err
    assert rows_of(url) == before


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("mysql://nowhere/index", "not a supported kind of database"),
        ("sqlite://", "--to cannot be used"),
        ("postgresql://index@127.0.0.1:1/index", "cannot be reached"),
    ],
)
def test_a_target_that_cannot_be_used_is_told(
    operator_on: OperatorOn, tmp_path: Path, to: str, sentence: str
) -> None:
    operator = operator_on(tmp_path / "data")
    assert operator("migrate").code == 0

    refused = operator("database", "copy", "--to", to)

    assert refused.code != 0
    assert sentence in refused.err
    assert "Traceback" not in refused.err


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_published_meanwhile_is_copied_or_comes_after(tmp_path: Path, url: str, kind: str) -> None:
    source_url = url if kind == "postgresql" else f"sqlite:///{tmp_path}/source.sqlite"
    source = SqlDatabase(source_url, FixedClock())
    target = SqlDatabase(f"sqlite:///{tmp_path}/target.sqlite", FixedClock())
    source.migrate()
    with source.open_site_unit_of_work(BY_OPERATOR) as uow:
        uow.indexes.add(DEFAULT_INDEX, IndexSettings())
        uow.commit()
    index = source.index(DEFAULT_INDEX)
    for number in range(50):
        create_project(index, f"early-{number}")
    copying, written = threading.Event(), threading.Event()

    def tell(table: str, _copied: int, _total: int) -> None:
        if table == "projects":
            copying.set()
            # A writer waits until the copy is done, a reader does not.
            with index.open_snapshot() as snapshot:
                assert snapshot.journal.last_serial() == 50
            assert not written.wait(0.5)

    def write() -> None:
        copying.wait()
        create_project(index, "late")
        written.set()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        source.copy_to(target, tell)
        writing.result()

    with target.index(DEFAULT_INDEX).open_snapshot() as snapshot:
        assert snapshot.journal.last_serial() == 50
    with index.open_snapshot() as snapshot:
        assert snapshot.journal.last_serial() == 51
    source.dispose()
    target.dispose()
