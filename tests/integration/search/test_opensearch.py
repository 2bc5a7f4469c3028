from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from imagined_projects import ManyProjects
from opensearch_node import OpenSearchNode
from pypi_contracts.suites.search import SearchContract, found, put
from pypi_core.domain.indexes import IndexName
from pypi_core.errors import Unavailable
from pypi_core.ports.search import SearchEngine
from pypi_search.opensearch import OpenSearchSearch
from pypi_search.opensearch_server import OpenSearchServer
from pypi_search.settings import OpenSearchSettings
from search_samples import SampleQueries

pytestmark = pytest.mark.service

_PYPI, _TEST = IndexName("pypi"), IndexName("test-2")


@pytest.fixture
def server(opensearch: OpenSearchNode) -> Iterator[OpenSearchServer]:
    server = OpenSearchServer(OpenSearchSettings(url=opensearch.url, prefix="tests-", seconds=60))
    yield server
    server.close()
    httpx.delete(f"{opensearch.url}/tests-*?expand_wildcards=all", trust_env=False, timeout=60)


@pytest.fixture
def search(server: OpenSearchServer) -> SearchEngine:
    return OpenSearchSearch(server, _PYPI, at_once=True)


class TestManyProjects(ManyProjects):
    misled_by = frozenset({"yaml parser", "async http", "postgres driver"})

    @pytest.fixture
    def many(self, search: SearchEngine) -> SearchEngine:
        return search


class TestOpenSearch(SearchContract, SampleQueries):
    @pytest.fixture
    def search(self, server: OpenSearchServer) -> SearchEngine:
        return OpenSearchSearch(server, _PYPI, at_once=True)


def test_indexes_share_a_server_but_not_projects(server: OpenSearchServer, search: SearchEngine) -> None:
    other = OpenSearchSearch(server, _TEST, at_once=True)
    put(search, "flask")
    put(other, "django")
    assert (found(search, ""), found(other, "")) == (["flask"], ["django"])


def test_a_project_that_is_marked_as_removed_is_not_found(
    opensearch: OpenSearchNode, search: SearchEngine
) -> None:
    put(search, "flask")
    current = f"{opensearch.url}/tests-{_PYPI}.1.current"
    marked = {"is_removed": True}
    httpx.put(f"{current}/_doc/gone?refresh=true", json=marked, trust_env=False).raise_for_status()
    assert found(search, "") == ["flask"]


def test_a_node_that_is_down_makes_the_search_unavailable_until_it_is_back(
    opensearch: OpenSearchNode, caplog: pytest.LogCaptureFixture
) -> None:
    server = OpenSearchServer(OpenSearchSettings(url=opensearch.url, prefix="down-", seconds=60))
    search = OpenSearchSearch(server, _PYPI, at_once=True)
    put(search, "flask")
    opensearch.stop()
    try:
        with pytest.raises(Unavailable, match="not available at the moment"):
            found(search, "flask")
        with pytest.raises(Unavailable):
            put(search, "django")
        with pytest.raises(Unavailable, match="OpenSearch cannot be reached"):
            server.require()
    finally:
        opensearch.start()

    assert "OpenSearch cannot be reached: check that it runs, and search.url." in caplog.text
    assert found(search, "flask") == ["flask"]
    put(search, "django")
    assert found(search, "") == ["django", "flask"]
    server.close()
