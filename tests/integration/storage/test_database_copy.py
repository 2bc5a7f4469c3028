"""A database is copied from SQLite to PostgreSQL and back: every table row for row."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from filled_database import fill, fill_the_rest, rows_of
from operator_command import OperatorOn
from postgresql_cluster import PostgresqlCluster, running_cluster
from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_contracts.permits import BY_OPERATOR
from pypi_contracts.suites.rows import create_project
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.errors import Unavailable
from pypi_memory.environment import FixedClock
from pypi_sql import SqlDatabase

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresqlCluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture
def url(cluster: PostgresqlCluster) -> Iterator[str]:
    """Return the URL of an empty PostgreSQL database."""
    with cluster.database() as name:
        yield cluster.url(name)


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
        database.reopen()
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
def test_what_is_published_meanwhile_is_copied_or_refused(tmp_path: Path, url: str, kind: str) -> None:
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
        with pytest.raises(Unavailable, match="were copied to another one: set `database` to that"):
            create_project(index, "late")
        written.set()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        source.copy_to(target, tell)
        writing.result()

    with target.index(DEFAULT_INDEX).open_snapshot() as snapshot:
        assert snapshot.journal.last_serial() == 50
    with index.open_snapshot() as snapshot:
        assert snapshot.journal.last_serial() == 50
    source.dispose()
    target.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_copied_database_is_read_and_not_written_until_it_is_opened_again(
    operator_on: OperatorOn, tmp_path: Path, url: str, kind: str
) -> None:
    source = url if kind == "postgresql" else f"sqlite:///{tmp_path}/data/index.sqlite"
    target = f"sqlite:///{tmp_path}/target.sqlite"
    fill(Settings(data=str(tmp_path / "data"), database=source))
    operator = operator_on(tmp_path / "data", "--database", source)
    assert operator("database", "copy", "--to", target).code == 0
    closed = "were copied to another one: set `database` to that"

    started = operator("serve", "--port", 0)
    written = operator("index", "create", "extra")
    swept = operator("sweep", "--grace-hours", 0)
    read = operator("index", "list")
    container = assemble(Settings(data=str(tmp_path / "data"), database=source))
    [missing] = container.watch().look()
    container.database().dispose()
    on_target = operator_on(tmp_path / "data", "--database", target)("index", "create", "extra")
    reopened = [operator("database", "reopen", "--json").result["was_closed"] for _ in range(2)]
    written_again = operator("index", "create", "extra")

    for refused in (started, written, swept):
        assert refused.code != 0
        assert closed in refused.err
        assert "Traceback" not in refused.err
    assert closed in missing.sentence
    assert not missing.stops_serving
    assert read.code == on_target.code == written_again.code == 0
    assert reopened == [True, False]
