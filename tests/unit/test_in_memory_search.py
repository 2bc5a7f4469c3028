from __future__ import annotations

import pytest

from pypi_core.ports.search import SearchEngine
from pypi_core.testing.contracts.search import SearchContract
from pypi_core.testing.in_memory.search import InMemorySearch


class TestInMemorySearch(SearchContract):
    @pytest.fixture
    def search(self) -> SearchEngine:
        return InMemorySearch()
