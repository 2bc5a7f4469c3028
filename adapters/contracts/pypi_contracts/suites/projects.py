"""Projects and their segments: what rows must do."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pypi_contracts.suites.rows import (
    FIRST,
    SECOND,
    Database,
    IndexPorts,
    RowsContract,
    add_index,
    create_project,
    publish,
)
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import ListedProject, ProjectId, ProjectStatus, Status
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.new_names import similarity_key
from pypi_core.errors import ProjectAlreadyExists, ProjectNotFound
from pypi_core.ports.transactions import Snapshot
from pypi_memory.environment import FixedClock

_FLASK = NormalizedName("flask")
_ABSENT = NormalizedName("absent")


class ProjectsContract(RowsContract):
    """The projects of an index, readable and writable."""

    def test_a_project_is_read_as_it_was_added(self, index: IndexPorts, clock: FixedClock) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            added = uow.projects.add(NormalizedName("my-app"), DisplayName("My.App"), clock.now())
            uow.commit()
        with index.open_snapshot() as snapshot:
            project = snapshot.projects.get(NormalizedName("my-app"))
            assert project == added
            assert snapshot.projects.find(NormalizedName("my-app")) == project
            assert snapshot.projects.by_id(project.id) == project
        assert (project.display_name, project.created) == ("My.App", clock.now())
        assert project.status == ProjectStatus(Status.ACTIVE)

    def test_a_project_that_is_not_there_is_not_found(self, index: IndexPorts) -> None:
        with index.open_snapshot() as snapshot:
            assert snapshot.projects.find(_ABSENT) is None
            with pytest.raises(ProjectNotFound) as caught:
                snapshot.projects.get(_ABSENT)
        assert caught.value.name == "absent"

    def test_projects_are_paged_through_in_the_order_they_came(self, index: IndexPorts) -> None:
        made = [create_project(index, name) for name in ("zebra", "ant", "mole")]
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.projects.update(replace(made[1], status=ProjectStatus(Status.QUARANTINED)))
            uow.commit()
        with index.open_snapshot() as snapshot:
            first = snapshot.projects.listed_after(ProjectId(0), 1)
            rest = snapshot.projects.listed_after(first[0].id, 10)
            assert [each.name for each in (*first, *rest)] == ["zebra", "mole"]
            assert list(snapshot.projects.listed_after(made[2].id, 10)) == []

    def test_of_some_names_those_that_projects_have_are_told(self, index: IndexPorts) -> None:
        create_project(index, "Flask")
        hidden = create_project(index, "hidden")
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.projects.update(replace(hidden, status=ProjectStatus(Status.QUARANTINED)))
            uow.commit()
        names = [_FLASK, NormalizedName("hidden"), NormalizedName("unknown")]
        with index.open_snapshot() as snapshot:
            assert set(snapshot.projects.existing(names)) == {_FLASK}
            assert set(snapshot.projects.existing([])) == set()

    def test_a_name_is_taken_once(self, index: IndexPorts, clock: FixedClock) -> None:
        create_project(index, "Flask")
        with index.open_unit_of_work(OPERATOR) as uow, pytest.raises(ProjectAlreadyExists):
            uow.projects.add(_FLASK, DisplayName("flask"), clock.now())
        with index.open_snapshot() as snapshot:
            assert snapshot.projects.count() == 1
            assert snapshot.projects.get(_FLASK).display_name == "Flask"

    def test_a_project_is_found_by_a_name_that_looks_alike(self, database: Database) -> None:
        mine, other = add_index(database, FIRST), add_index(database, SECOND)
        create_project(mine, "Oauth-Lib")
        create_project(other, "elsewhere")
        with mine.open_snapshot() as snapshot:
            similar = snapshot.projects.find_similar(similarity_key("0auth1ib"))
            assert similar is not None
            assert similar.display_name == "Oauth-Lib"
            assert snapshot.projects.find_similar(similarity_key("elsewhere")) is None

    def test_display_name_and_status_can_change(self, index: IndexPorts) -> None:
        project = create_project(index, "flask")
        status = ProjectStatus(Status.ARCHIVED, "Finished: see the notes.")
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.projects.update(replace(project, display_name=DisplayName("Flask"), status=status))
            uow.commit()
        with index.open_snapshot() as snapshot:
            stored = snapshot.projects.get(_FLASK)
        assert (stored.display_name, stored.status) == ("Flask", status)
        assert (stored.id, stored.created) == (project.id, project.created)

    def test_an_index_finds_only_its_own_projects(self, database: Database) -> None:
        first, second = add_index(database, FIRST), add_index(database, SECOND)
        mine, other = create_project(first, "flask"), create_project(second, "Flask")
        with second.open_snapshot() as snapshot:
            assert snapshot.projects.get(_FLASK).id == other.id != mine.id
            assert snapshot.projects.count() == 1
            assert _listed(snapshot) == ["flask"]
        with add_index(database, IndexName("third")).open_snapshot() as snapshot:
            assert snapshot.projects.find(_FLASK) is None
            assert snapshot.projects.count() == 0


class SegmentsContract(RowsContract):
    """The project list of an index, in segments."""

    def test_an_empty_index_lists_nothing(self, index: IndexPorts) -> None:
        with index.open_snapshot() as snapshot:
            assert _listed(snapshot) == []
            assert list(snapshot.projects.in_segment(12345)) == []

    def test_the_segments_together_list_each_project_once(self, index: IndexPorts) -> None:
        for name in ("numpy", "Flask", "attrs"):
            create_project(index, name)
        with index.open_snapshot() as snapshot:
            assert sorted(_listed(snapshot)) == ["attrs", "flask", "numpy"]
            numbers = [each.number for each in snapshot.projects.segments()]
        assert numbers == sorted(set(numbers))

    def test_a_segment_is_ordered_by_name(self, index: IndexPorts) -> None:
        for name in ("numpy", "Flask", "attrs"):
            create_project(index, name)
        with index.open_snapshot() as snapshot:
            for segment in snapshot.projects.segments():
                names = [each.name for each in snapshot.projects.in_segment(segment.number)]
                assert names == sorted(names)

    def test_a_project_is_listed_with_spelling_and_serial(self, index: IndexPorts) -> None:
        create_project(index, "attrs")
        create_project(index, "Flask")
        with index.open_snapshot() as snapshot:
            project = snapshot.projects.get(_FLASK)
            (segment,) = _segments_with(snapshot, "flask")
            listed = ListedProject(name=_FLASK, display_name=DisplayName("Flask"), serial=project.serial)
            assert listed in snapshot.projects.in_segment(segment)
        assert project.serial == 2

    def test_a_quarantined_project_is_counted_but_not_listed(self, index: IndexPorts) -> None:
        create_project(index, "attrs")
        project = create_project(index, "flask")
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.projects.update(replace(project, status=ProjectStatus(Status.QUARANTINED)))
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert _listed(snapshot) == ["attrs"]
            assert snapshot.projects.count() == 2
            assert snapshot.projects.get(_FLASK).status.state is Status.QUARANTINED

    def test_the_segment_of_a_project_moves_to_the_serial_of_its_change(self, index: IndexPorts) -> None:
        create_project(index, "attrs")
        serials = [_segment_serial(index, "attrs")]
        for filename in ("attrs-1.0.tar.gz", "attrs-1.0-py3-none-any.whl", "attrs-2.0.tar.gz"):
            publish(index, filename)
            serials.append(_segment_serial(index, "attrs"))
        assert serials == [1, 3, 4, 6]

    def test_the_segment_moves_when_a_project_in_it_appears(self, index: IndexPorts) -> None:
        create_project(index, "attrs")
        create_project(index, "flask")
        with index.open_snapshot() as snapshot:
            newest = max(each.serial for each in snapshot.projects.segments())
        assert newest == _segment_serial(index, "flask") == 2


def _listed(snapshot: Snapshot) -> list[str]:
    return [
        listed.name
        for segment in snapshot.projects.segments()
        for listed in snapshot.projects.in_segment(segment.number)
    ]


def _segments_with(snapshot: Snapshot, name: str) -> list[int]:
    return [
        segment.number
        for segment in snapshot.projects.segments()
        if name in {each.name for each in snapshot.projects.in_segment(segment.number)}
    ]


def _segment_serial(index: IndexPorts, name: str) -> int:
    with index.open_snapshot() as snapshot:
        (number,) = _segments_with(snapshot, name)
        return next(each.serial for each in snapshot.projects.segments() if each.number == number)
