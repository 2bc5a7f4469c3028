"""XML-RPC on a large index: long answers in pages, and questions that do not look at everything."""

from __future__ import annotations

import xmlrpc.client
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version
from sqlalchemy import event

from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR
from pypi_core.domain.entities import Serial
from pypi_core.domain.events import ProjectCreated
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.index import Index
from pypi_memory.environment import FixedClock
from pypi_sql import SqlDatabase
from pypi_xmlrpc_api import XmlRpcEndpoint

pytestmark = pytest.mark.slow

CHANGES = 60_000
PROJECTS = 3_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    container = assemble(Settings(data=str(folder)))
    database = container.database()
    database.migrate()
    container.site().create_index(OPERATOR, DEFAULT_INDEX, IndexSettings())
    now = FixedClock().now()
    with database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
        for number in range(CHANGES):
            name = DisplayName(f"Project-{number % PROJECTS}")
            if number < PROJECTS:
                project = uow.projects.add(NormalizedName(name.lower()), name, now)
                carried = ("Common", "Rare") if number == 1234 else ("Common",)
                uow.releases.add(project.id, Version("1.0"), CoreMetadata(classifiers=carried), now)
            uow.record_event(ProjectCreated(project=name))
        uow.commit()
    return folder


@pytest.fixture(scope="module")
def database(folder: Path) -> SqlDatabase:
    return assemble(Settings(data=str(folder))).database()


@pytest.fixture(scope="module")
def index(folder: Path) -> Index:
    return assemble(Settings(data=str(folder))).site().index(DEFAULT_INDEX)


def call(index: Index, method: str, *arguments: Any) -> Any:
    body = xmlrpc.client.dumps(arguments, method).encode()
    answer = XmlRpcEndpoint()(index, ANONYMOUS, body, base_url="", site_url="")
    whole = answer if isinstance(answer, bytes) else b"".join(answer.chunks(gzip=False))
    return xmlrpc.client.loads(whole)[0][0]


def test_a_long_changelog_is_paged_through(index: Index) -> None:
    first = call(index, "changelog_since_serial", 0)
    rest = call(index, "changelog_since_serial", first[-1][4])

    assert (len(first), len(rest)) == (50_000, CHANGES - 50_000)
    assert [each[4] for each in (*first, *rest)] == [*range(1, CHANGES + 1)]
    assert len(call(index, "changelog", 0)) == 50_000


def test_too_many_changes_to_name_the_projects_are_a_fault(index: Index) -> None:
    with pytest.raises(xmlrpc.client.Fault, match="50000 changes"):
        call(index, "changed_packages", 0)


def test_all_projects_are_listed(index: Index) -> None:
    serials = call(index, "list_packages_with_serial")

    assert len(serials) == PROJECTS
    assert serials["Project-0"] == CHANGES - PROJECTS + 1
    assert sorted(serials) == sorted(call(index, "list_packages"))


@pytest.mark.parametrize(
    "ask",
    [
        lambda snapshot: snapshot.journal.later_than(FixedClock().now(), 10),
        lambda snapshot: snapshot.releases.created_since(FixedClock().now(), 10),
        lambda snapshot: snapshot.releases.with_classifiers(["Common", "Rare"], 10),
        lambda snapshot: snapshot.memberships.of_user("nobody"),
    ],
    ids=["later_than", "created_since", "with_classifiers", "of_user"],
)
def test_no_query_scans_every_row(database: SqlDatabase, ask: Any) -> None:
    plans = plans_of(database, ask)

    assert plans
    assert not [each for each in plans if each.startswith("SCAN")]


def test_paging_by_serials_goes_along_the_primary_key(database: SqlDatabase) -> None:
    plans = plans_of(database, lambda snapshot: snapshot.journal.since(Serial(CHANGES // 2), 10))

    # Nothing is sorted, so that no page costs more than another.
    assert [each for each in plans if "journal" in each or "B-TREE" in each] == [
        "SEARCH journal USING INDEX sqlite_autoindex_journal_1 (index_id=? AND serial>?)"
    ]


def plans_of(database: SqlDatabase, ask: Any) -> list[str]:
    """Return how SQLite would go about every statement that *ask* needs."""
    engine = database._connections.engine
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        with database.index(DEFAULT_INDEX).open_snapshot() as snapshot:
            ask(snapshot)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        return [
            row[3]
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
