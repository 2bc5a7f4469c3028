"""The ports in memory do what every adapter of them must do."""

from __future__ import annotations

import pytest

from pypi_core.testing.contracts.persistence import PersistenceContract
from pypi_core.testing.in_memory.database import InMemoryDatabase
from pypi_core.testing.in_memory.environment import FixedClock


class _InMemory:
    @pytest.fixture
    def database(self, clock: FixedClock) -> InMemoryDatabase:
        return InMemoryDatabase(clock)


class TestInMemoryPersistence(_InMemory, PersistenceContract):
    pass
