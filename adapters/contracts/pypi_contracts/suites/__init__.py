"""
What every adapter of a port must do, as suites of tests.

An adapter's test module subclasses a suite and provides the fixture named in it::

    class TestSqlPersistence(PersistenceContract):
        @pytest.fixture
        def database(self, clock: FixedClock, tmp_path: Path) -> SqlDatabase:
            return SqlDatabase(...)
"""

import pkgutil

import pytest

# Else a failed assert of a suite would show no values: pytest explains those of test modules alone.
pytest.register_assert_rewrite(*(f"{__name__}.{each.name}" for each in pkgutil.iter_modules(__path__)))
