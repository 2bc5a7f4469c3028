from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from postgresql_cluster import running_cluster
from pypi_contracts.suites.search import SearchContract, found, put
from pypi_core.domain.indexes import IndexName
from pypi_core.ports.search import SearchEngine
from pypi_search.postgres import PostgresSearch
from pypi_search.postgres_connections import PostgresConnections
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
