from __future__ import annotations

import pytest

from pypi_contracts.suites.search import SearchContract
from pypi_core.ports.search import SearchEngine
from pypi_memory.search import InMemorySearch


class TestInMemorySearch(SearchContract):
    @pytest.fixture
    def search(self) -> SearchEngine:
        return InMemorySearch()
