"""The contract of `pypi_core.ports.dependencies`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from pypi_contracts.suites.rows import SECOND, Database, IndexPorts, RowsContract, add_index, create_project
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.dependencies import Dependencies
from pypi_core.ports.outbox import Outbox
from pypi_memory.environment import FixedClock

_WEB, _CLIENT, _ROBOT = (NormalizedName(each) for each in ("web", "client", "robot"))
_NOW = FixedClock().now()


class DependenciesContract(RowsContract):
    """
    All that an adapter of the dependencies must do.

    Subclass it with the fixture ``database`` of `RowsContract`.
    """

    @pytest.fixture
    def dependencies(self, index: IndexPorts) -> Dependencies:
        """Return the dependencies of an index with three projects that require nothing."""
        for name in ("Web", "Client", "Robot"):
            create_project(index, name)
        return index.dependencies

    def test_nothing_is_required_at_first(self, dependencies: Dependencies) -> None:
        assert dependencies.count(_WEB, 10) == 0
        assert dependencies.dependents(_WEB, 10) == []

    def test_the_most_popular_dependents_come_first(self, dependencies: Dependencies) -> None:
        dependencies.note(_CLIENT, {_WEB: False}, 3, _NOW)
        dependencies.note(_ROBOT, {_WEB: True, _CLIENT: False}, 5, _NOW)

        found = dependencies.dependents(_WEB, 10)

        assert [(each.name, each.display_name, each.is_optional) for each in found] == [
            (_ROBOT, "Robot", True),
            (_CLIENT, "Client", False),
        ]
        dependencies.note(_CLIENT, {_WEB: False}, 7, _NOW)
        assert _names(dependencies, _WEB) == [_CLIENT, _ROBOT]

    def test_what_is_noted_later_replaces_what_was(self, dependencies: Dependencies) -> None:
        dependencies.note(_ROBOT, {_WEB: True, NormalizedName("gone"): False}, 1, _NOW)
        dependencies.note(_ROBOT, {_WEB: False, _CLIENT: False}, 1, _NOW)

        assert [each.is_optional for each in dependencies.dependents(_WEB, 10)] == [False]
        assert _names(dependencies, _CLIENT) == [_ROBOT]
        assert dependencies.count(NormalizedName("gone"), 10) == 0

    def test_a_name_may_be_required_that_is_not_a_project(self, dependencies: Dependencies) -> None:
        elsewhere = NormalizedName("elsewhere")
        dependencies.note(_ROBOT, {elsewhere: False}, 1, _NOW)
        assert _names(dependencies, elsewhere) == [_ROBOT]

    def test_dependents_come_page_by_page(self, index: IndexPorts, dependencies: Dependencies) -> None:
        for number in range(5):
            name = create_project(index, f"tool{number}").name
            dependencies.note(name, {_WEB: False}, 1, _NOW)

        pages = [dependencies.dependents(_WEB, 2, offset) for offset in (0, 2, 4, 6)]

        assert [[each.name for each in page] for page in pages] == [
            ["tool0", "tool1"],
            ["tool2", "tool3"],
            ["tool4"],
            [],
        ]

    def test_the_count_stops_at_its_bound(self, dependencies: Dependencies) -> None:
        dependencies.note(_CLIENT, {_WEB: False}, 1, _NOW)
        dependencies.note(_ROBOT, {_WEB: False}, 1, _NOW)
        assert [dependencies.count(_WEB, most) for most in (1, 2, 3)] == [1, 2, 2]

    def test_quarantined_and_deleted_projects_are_left_out(
        self, index: IndexPorts, dependencies: Dependencies
    ) -> None:
        for name in (_CLIENT, _ROBOT):
            dependencies.note(name, {_WEB: False}, 1, _NOW)
        with index.open_unit_of_work(OPERATOR) as uow:
            hidden = ProjectStatus(Status.QUARANTINED)
            uow.projects.update(replace(uow.projects.get(_CLIENT), status=hidden))
            uow.projects.delete(uow.projects.get(_ROBOT))
            uow.commit()
        assert dependencies.dependents(_WEB, 10) == []

    def test_indexes_have_their_own(self, database: Database, dependencies: Dependencies) -> None:
        other = add_index(database, SECOND)
        create_project(other, "Robot")
        dependencies.note(_ROBOT, {_WEB: False}, 1, _NOW)
        assert other.dependencies.count(_WEB, 10) == 0
        assert other.dependencies.dependents(_WEB, 10) == []

    def test_what_becomes_required_or_ceases_to_be_is_indexed_again(
        self, index: IndexPorts, database: Database, dependencies: Dependencies
    ) -> None:
        _empty(database.outbox)
        dependencies.note(_ROBOT, {_WEB: False, NormalizedName("elsewhere"): False}, 1, _NOW)
        assert _empty(database.outbox) == [("first", "index-for-search", "web")]

        dependencies.note(_ROBOT, {_CLIENT: False}, 2, _NOW)
        assert _empty(database.outbox) == [
            ("first", "index-for-search", "client"),
            ("first", "index-for-search", "web"),
        ]

    def test_noting_the_same_again_changes_nothing(
        self, database: Database, dependencies: Dependencies
    ) -> None:
        dependencies.note(_ROBOT, {_WEB: False}, 1, _NOW)
        _empty(database.outbox)

        dependencies.note(_ROBOT, {_WEB: False}, 1, _NOW)
        # Nor does being more popular make anything required.
        dependencies.note(_ROBOT, {_WEB: False}, 2, _NOW)

        assert _empty(database.outbox) == []
        assert _names(dependencies, _WEB) == [_ROBOT]


def _names(dependencies: Dependencies, required: NormalizedName) -> Sequence[NormalizedName]:
    return [each.name for each in dependencies.dependents(required, 10)]


def _empty(outbox: Outbox) -> list[tuple[IndexName, str, str]]:
    """Return what waits, and let it be done."""
    tasks = outbox.claim(100, _NOW, _NOW + timedelta(hours=1))
    for each in tasks:
        assert outbox.done(each)
    return sorted((each.index, each.reaction.kind.value, each.reaction.subject) for each in tasks)
