from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout

import psycopg
import pytest

from imagined_projects import ManyProjects
from postgresql_cluster import running_cluster
from pypi_contracts.suites.search import SearchContract, document, found, put
from pypi_core.domain.indexes import IndexName
from pypi_core.errors import Unavailable
from pypi_core.ports.search import SearchEngine, SearchQuery
from pypi_search.postgres import PostgresSearch
from pypi_search.postgres_connections import PostgresConnections
from pypi_search.postgres_tables import PostgresRegistry, PostgresTables
from search_samples import FewPopular, SampleQueries

pytestmark = pytest.mark.service

_PYPI, _TEST = IndexName("pypi"), IndexName("test-2")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_cluster() as cluster, cluster.database() as name:
        yield cluster.url(name)


@pytest.fixture
def connections(url: str) -> Iterator[PostgresConnections]:
    connections = PostgresConnections(url.replace("postgresql:", "postgresql+psycopg:"))
    yield connections
    connections.close()
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'search%' AND tablename NOT LIKE '%_rest' "
            "AND tablename NOT LIKE '%_popular'"
        ).fetchall()
        for (name,) in names:
            connection.execute(f"DROP TABLE {name}")


class TestManyProjects(ManyProjects):
    @pytest.fixture
    def many(self, connections: PostgresConnections) -> SearchEngine:
        return PostgresSearch(connections, _PYPI, popular=2000)


class TestPostgresSearch(SearchContract, SampleQueries, FewPopular):
    @pytest.fixture
    def search(self, connections: PostgresConnections) -> SearchEngine:
        return PostgresSearch(connections, _PYPI)

    @pytest.fixture
    def three_first(self, connections: PostgresConnections) -> SearchEngine:
        return PostgresSearch(connections, _PYPI, popular=3)


def test_indexes_share_a_database_but_not_projects(connections: PostgresConnections) -> None:
    search, other = PostgresSearch(connections, _PYPI), PostgresSearch(connections, _TEST)
    put(search, "flask")
    put(other, "django")
    assert (found(search, ""), found(other, "")) == (["flask"], ["django"])


def test_a_database_that_is_down_makes_the_search_unavailable_until_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with running_cluster(durable=True) as cluster, cluster.database() as name:
        connections = PostgresConnections(cluster.url(name))
        search = PostgresSearch(connections, _PYPI)
        put(search, "flask")
        cluster.stop(how="immediate")
        try:
            with pytest.raises(Unavailable, match="not available at the moment"):
                found(search, "flask")
            with pytest.raises(Unavailable):
                put(search, "django")
            with pytest.raises(Unavailable, match="in PostgreSQL cannot be reached"):
                connections.require()
        finally:
            cluster.start()

        assert "check search.url, or database" in caplog.text
        assert found(search, "flask") == ["flask"]
        put(search, "django")
        assert found(search, "") == ["django", "flask"]
        connections.close()


def test_a_database_that_refuses_the_login_is_told_at_once(url: str) -> None:
    connections = PostgresConnections(url.replace("index@", "nobody@"))

    with pytest.raises(Unavailable, match="PostgreSQL refuses the login of the search"):
        connections.require()


def test_two_fillings_at_once_leave_the_later_one(connections: PostgresConnections) -> None:
    search = PostgresSearch(connections, _PYPI)
    with (
        pytest.raises(Unavailable, match="Another rebuilding"),
        search.filling() as first,
        search.filling() as second,
    ):
        second.add([document("flask")])
        first.add([document("django")])
    assert found(search, "") == []
    with search.filling() as third:
        third.add([document("bottle")])
    assert found(search, "") == ["bottle"]


class _Unindexed(PostgresTables):
    """Tables between the two steps of settling: projects are moved, and indexes are not made yet."""

    def index(self) -> None:
        pass


def test_what_is_put_while_a_filling_is_settled_is_not_replaced_by_what_was_read_before(
    connections: PostgresConnections, url: str
) -> None:
    search = PostgresSearch(connections, _PYPI, popular=1)
    with search.filling() as filling:
        filling.add([document("flask", summary="old", popularity=9)])
        with psycopg.connect(url) as connection, connection.cursor() as cursor, ThreadPoolExecutor() as pool:
            number = PostgresRegistry(cursor, _PYPI).get().filling
            assert number is not None
            _Unindexed(cursor, number, popular=1).settle()
            putting = pool.submit(put, search, "flask", summary="new")
            with contextlib.suppress(FutureTimeout):
                putting.result(timeout=0.5)
            connection.commit()
            putting.result(timeout=10)
    assert [each.summary for each in search.query(SearchQuery(words="flask")).hits] == ["new"]
