"""Projects and releases that go for good: what rows must do."""

from __future__ import annotations

import pytest
from packaging.version import Version

from pypi_contracts.suites.rows import (
    Database,
    IndexPorts,
    RowsContract,
    add_account,
    add_file,
    add_project,
    create_project,
    publish,
)
from pypi_core.domain.accounts import OPERATOR, Role
from pypi_core.domain.events import ProjectDeleted
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.errors import FilenamePreviouslyUsed
from pypi_core.ports.transactions import Snapshot
from pypi_memory.environment import FixedClock

_FLASK = NormalizedName("flask")
_ANOTHER = CoreMetadata(summary="Another")


class DeletingContract(RowsContract):
    """What is deleted is gone, but for the names of its files and the serials it moved."""

    def test_a_deleted_project_is_gone_with_everything_in_it(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        ann = add_account(database, clock, "ann")
        file, other = publish(index, "flask-1.0.tar.gz"), publish(index, "attrs-1.0.tar.gz")
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.memberships.grant(file.project_id, ann.id, Role.OWNER)
            uow.commit()
        _delete(index, "flask")
        with index.open_snapshot() as snapshot:
            assert snapshot.projects.find(_FLASK) is None
            assert snapshot.projects.count() == 1
            assert list(snapshot.releases.of(file.project_id)) == []
            assert list(snapshot.files.of(file.project_id)) == []
            assert snapshot.files.find(file.filename) is None
            assert snapshot.files.find_by_content(file.digests.sha256) is None
            assert snapshot.memberships.of(file.project_id) == {}
            assert snapshot.files.get(other.filename) == other

    def test_a_deleted_release_is_not_found_by_its_classifiers(
        self, index: IndexPorts, clock: FixedClock
    ) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            for name, versions in (("flask", ("1.0",)), ("attrs", ("1.0", "2.0"))):
                project = add_project(uow, name)
                for version in versions:
                    metadata = CoreMetadata(classifiers=("A",))
                    uow.releases.add(project.id, Version(version), metadata, clock.now())
            uow.commit()
        _delete(index, "flask")
        with index.open_unit_of_work(OPERATOR) as uow:
            project = uow.projects.get(NormalizedName("attrs"))
            uow.releases.delete(uow.releases.get(project, Version("1.0")))
            uow.commit()
        with index.open_snapshot() as snapshot:
            found = snapshot.releases.with_classifiers(["A"], 10)
            assert [(each.project, str(each.version)) for each in found] == [("attrs", "2.0")]

    def test_the_names_of_the_files_of_a_deleted_project_stay_used(self, index: IndexPorts) -> None:
        publish(index, "flask-1.0.tar.gz")
        _delete(index, "flask")
        create_project(index, "flask")
        with index.open_snapshot() as snapshot:
            assert snapshot.files.was_ever_used("flask-1.0.tar.gz")
        with index.open_unit_of_work(OPERATOR) as uow, pytest.raises(FilenamePreviouslyUsed):
            add_file(uow, "flask-1.0.tar.gz")

    def test_a_deleted_name_is_free_for_another_project_with_a_greater_serial(
        self, index: IndexPorts
    ) -> None:
        before = publish(index, "flask-1.0.tar.gz")
        _delete(index, "flask")
        with index.open_snapshot() as snapshot:
            assert snapshot.journal.last_serial() == 4
        again = create_project(index, "Flask")
        with index.open_snapshot() as snapshot:
            assert snapshot.projects.get(_FLASK).serial == 5
            assert list(snapshot.releases.of(again.id)) == []
        assert again.id != before.project_id

    def test_a_deletion_that_is_not_committed_never_was(self, index: IndexPorts) -> None:
        file = publish(index, "flask-1.0.tar.gz")
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.projects.delete(uow.projects.get(_FLASK))
            assert uow.projects.find(_FLASK) is None
        with index.open_snapshot() as snapshot:
            assert snapshot.files.get(file.filename) == file

    def test_the_segment_moves_when_a_project_in_it_disappears(self, index: IndexPorts) -> None:
        create_project(index, "attrs")
        create_project(index, "flask")
        with index.open_snapshot() as snapshot:
            number = _segment_of(snapshot, _FLASK)
        _delete(index, "flask")
        with index.open_snapshot() as snapshot:
            assert _listed(snapshot) == ["attrs"]
            assert _segment_serials(snapshot)[number] == 3

    def test_the_segment_moves_when_a_project_is_deleted_and_made_again_at_once(
        self, index: IndexPorts
    ) -> None:
        create_project(index, "flask")
        with index.open_snapshot() as snapshot:
            number = _segment_of(snapshot, _FLASK)
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.projects.delete(uow.projects.get(_FLASK))
            uow.record_event(ProjectDeleted(project=DisplayName("flask")))
            add_project(uow, "Flask")
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.projects.get(_FLASK).serial == 3
            assert _listed(snapshot) == ["flask"]
            assert _segment_serials(snapshot)[number] == 3

    def test_a_deleted_release_is_gone_with_its_files_whose_names_stay_used(self, index: IndexPorts) -> None:
        project = create_project(index, "flask")
        for filename in ("flask-1.0.tar.gz", "flask-1.0-py3-none-any.whl", "flask-2.0.tar.gz"):
            publish(index, filename)
        with index.open_unit_of_work(OPERATOR) as uow:
            release = uow.releases.get(project, Version("1.0"))
            uow.releases.delete(release)
            assert uow.releases.find(project.id, Version("1.0")) is None
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert [str(each.version) for each in snapshot.releases.of(project.id)] == ["2.0"]
            assert [each.filename for each in snapshot.files.of(project.id)] == ["flask-2.0.tar.gz"]
            assert list(snapshot.files.of_release(release.id)) == []
            assert snapshot.files.was_ever_used("flask-1.0.tar.gz")

    def test_a_deleted_version_can_be_released_again(self, index: IndexPorts, clock: FixedClock) -> None:
        project = create_project(index, "flask")
        publish(index, "flask-1.0.tar.gz")
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.releases.delete(uow.releases.get(project, Version("1.0")))
            again = uow.releases.add(project.id, Version("1.0.0"), _ANOTHER, clock.now())
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert list(snapshot.releases.of(project.id)) == [again]
            assert snapshot.releases.metadata_of(again.id) == _ANOTHER
            assert list(snapshot.files.of_release(again.id)) == []


def _delete(index: IndexPorts, name: str) -> None:
    with index.open_unit_of_work(OPERATOR) as uow:
        uow.projects.delete(uow.projects.get(NormalizedName(name)))
        uow.record_event(ProjectDeleted(project=DisplayName(name)))
        uow.commit()


def _segment_of(snapshot: Snapshot, name: NormalizedName) -> int:
    (number,) = (
        segment.number
        for segment in snapshot.projects.segments()
        if name in {each.name for each in snapshot.projects.in_segment(segment.number)}
    )
    return number


def _segment_serials(snapshot: Snapshot) -> dict[int, int]:
    return {each.number: each.serial for each in snapshot.projects.segments()}


def _listed(snapshot: Snapshot) -> list[str]:
    return [
        listed.name
        for segment in snapshot.projects.segments()
        for listed in snapshot.projects.in_segment(segment.number)
    ]
