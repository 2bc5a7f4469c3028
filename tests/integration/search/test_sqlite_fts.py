from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imagined_projects import ManyProjects
from pypi_contracts.suites.search import SearchContract, found, put
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import DisplayName, normalize
from pypi_core.errors import InvalidSetting, Unavailable
from pypi_core.ports.search import SearchEngine, SearchQuery
from pypi_search.sqlite_fts import SqliteFtsSearch
from search_samples import FewPopular, SampleQueries

_PYPI, _TEST = IndexName("pypi"), IndexName("test-2")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "search.sqlite"


@pytest.fixture
def search(path: Path) -> Iterator[SqliteFtsSearch]:
    engine = SqliteFtsSearch(path, _PYPI)
    yield engine
    engine.close()


class TestManyProjects(ManyProjects):
    pytestmark = pytest.mark.slow

    @pytest.fixture
    def many(self, path: Path) -> Iterator[SearchEngine]:
        engine = SqliteFtsSearch(path, _PYPI, popular=2000)
        yield engine
        engine.close()


class TestSqliteFtsSearch(SearchContract, SampleQueries, FewPopular):
    @pytest.fixture
    def search(self, path: Path) -> Iterator[SearchEngine]:
        engine = SqliteFtsSearch(path, _PYPI)
        yield engine
        engine.close()

    @pytest.fixture
    def three_first(self, path: Path) -> Iterator[SearchEngine]:
        engine = SqliteFtsSearch(path, _PYPI, popular=3)
        yield engine
        engine.close()

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(words=st.text(max_size=60))
    def test_any_text_is_a_query(self, search: SearchEngine, words: str) -> None:
        put(search, "flask", summary="web")
        assert set(found(search, words)) <= {"flask"}

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(text=st.text(st.characters(codec=None), max_size=60))
    def test_any_text_is_a_document(self, search: SearchEngine, text: str) -> None:
        put(search, "flask", summary=text, keywords=(text,), description=text, version=text)
        assert found(search, "flask") == ["flask"]
        search.remove(normalize(DisplayName("flask")))
        assert found(search, "") == []


def test_the_file_is_made_when_it_is_first_needed(path: Path) -> None:
    engine = SqliteFtsSearch(path, _PYPI)
    assert not path.exists()
    assert found(engine, "flask") == []
    assert path.stat().st_mode & 0o077 == 0
    engine.close()


def test_indexed_projects_persist(path: Path, search: SqliteFtsSearch) -> None:
    put(search, "flask")
    search.close()
    assert found(SqliteFtsSearch(path, _PYPI), "flask") == ["flask"]


def test_indexes_share_a_file_but_not_projects(path: Path, search: SqliteFtsSearch) -> None:
    other = SqliteFtsSearch(path, _TEST)
    put(search, "flask", version="1.0")
    put(other, "flask", version="2.0")
    put(other, "django")
    search.remove(normalize(DisplayName("django")))
    assert found(search, "") == ["flask"]
    assert sorted(found(other, "")) == ["django", "flask"]
    other.close()


def test_sql_in_an_index_name_is_not_executed(path: Path) -> None:
    with pytest.raises(InvalidSetting):
        SqliteFtsSearch(path, IndexName('x"; DROP TABLE projects; --'))


def test_more_matches_than_are_ranked_are_all_found(search: SqliteFtsSearch) -> None:
    for number in range(450):
        put(search, f"project-{number:03}", summary="common")
    pages = [
        search.query(SearchQuery(words="common", offset=offset, limit=100)) for offset in range(0, 600, 100)
    ]
    assert [len(page.hits) for page in pages] == [100, 100, 100, 100, 50, 0]
    assert [page.more for page in pages] == [True, True, True, True, False, False]
    assert len({hit.name for page in pages for hit in page.hits}) == 450


def test_a_name_comes_first_among_more_matches_than_are_ranked(search: SqliteFtsSearch) -> None:
    for number in range(250):
        put(search, f"a-{number}-client", summary="http client")
    put(search, "http-client")
    put(search, "http")
    assert found(search, "http client")[0] == "http-client"
    assert found(search, "http")[:2] == ["http", "http-client"]


@pytest.mark.parametrize("rubbish", [b"not a database at all " * 500, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_file_that_is_not_a_database_is_replaced(
    path: Path, search: SqliteFtsSearch, rubbish: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(rubbish)
    with caplog.at_level(logging.ERROR):
        assert found(search, "flask") == []
    put(search, "flask")
    assert found(search, "flask") == ["flask"]
    (record,) = caplog.records
    assert "index all projects again" in record.getMessage()


def test_a_file_damaged_inside_is_replaced(path: Path, search: SqliteFtsSearch) -> None:
    for number in range(300):
        put(search, f"project-{number}", summary=f"word{number} " * 20)
    search.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    assert found(search, "project") == []
    put(search, "flask")
    assert found(search, "") == ["flask"]


def test_a_file_of_another_layout_is_replaced(path: Path, search: SqliteFtsSearch) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE projects_pypi (anything)")
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    put(search, "flask")
    assert found(search, "flask") == ["flask"]


def test_a_file_replaced_or_removed_by_another_process_is_noticed(
    path: Path, search: SqliteFtsSearch
) -> None:
    put(search, "flask")
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    assert found(search, "flask") == []
    put(search, "django")
    assert found(SqliteFtsSearch(path, _PYPI), "") == ["django"]


def test_one_process_searches_while_another_indexes(path: Path, search: SqliteFtsSearch) -> None:
    put(search, "there", summary="always")
    program = f"""
from pypi_core.domain.indexes import IndexName
from pypi_contracts.suites.search import put
from pypi_search.sqlite_fts import SqliteFtsSearch
from search_samples import FewPopular, SampleQueries
engine = SqliteFtsSearch({str(path)!r}, IndexName("pypi"))
for number in range(40):
    put(engine, f"project-{{number}}", summary="always")
    print(number, flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            assert f"project-{line.strip()}" in found(search, "always")
            put(search, f"here-{line.strip()}", summary="always")
    assert process.returncode == 0
    assert len(found(search, "always")) == 81


def test_two_processes_make_the_file_at_once(path: Path) -> None:
    program = f"""
from pypi_core.domain.indexes import IndexName
from pypi_contracts.suites.search import put
from pypi_search.sqlite_fts import SqliteFtsSearch
from search_samples import FewPopular, SampleQueries
import os
put(SqliteFtsSearch({str(path)!r}, IndexName("pypi")), f"project-{{os.getpid()}}")
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [subprocess.Popen([sys.executable, "-c", program], env=environment) for _ in range(4)]
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    assert len(found(SqliteFtsSearch(path, _PYPI), "project")) == 4


def test_a_file_that_cannot_be_opened_makes_the_search_unavailable_and_is_logged(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.mkdir()

    with pytest.raises(Unavailable, match="not available at the moment"):
        SqliteFtsSearch(path, _PYPI).is_empty()

    assert f"The search index {path} cannot be used: Is a directory." in caplog.text
