"""Releases: what rows must do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace
from packaging.version import Version

from pypi_contracts.suites.rows import (
    FIRST,
    SECOND,
    Database,
    IndexPorts,
    RowsContract,
    add_index,
    add_project,
    add_release,
    create_project,
    publish,
)
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import NamedRelease, ProjectStatus, Status, Yank
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import DisplayName, NormalizedName, normalize
from pypi_core.errors import ConcurrentChange, ReleaseNotFound
from pypi_memory.environment import FixedClock

_METADATA = CoreMetadata(
    metadata_version="2.4",
    summary="Größe: 1 µm",
    description="# Title\n\r\nText with 'quotes', <tags> and 🐍.\n" * 50,
    description_content_type="text/markdown; charset=UTF-8",
    keywords=("a", "b"),
    classifiers=("Programming Language :: Python",),
    project_urls={"Homepage": "https://index.example/", "A, B": ""},
    requires_python=">=3.11",
    requires_dist=('a>=1; extra == "x"', "b"),
    provides_extra=("x",),
)


class ReleasesContract(RowsContract):
    """The releases of an index, readable and writable."""

    def test_a_release_is_read_as_it_was_added(self, index: IndexPorts, clock: FixedClock) -> None:
        project = create_project(index, "flask")
        with index.open_unit_of_work(OPERATOR) as uow:
            added = uow.releases.add(project.id, Version("1!2.0rc1+local.7"), _METADATA, clock.now())
            uow.commit()
        with index.open_snapshot() as snapshot:
            release = snapshot.releases.get(project, Version("1!2.0rc1+local.7"))
            assert release == added
            assert list(snapshot.releases.of(project.id)) == [release]
        assert (release.project_id, release.created) == (project.id, clock.now())
        assert (str(release.version), release.yank) == ("1!2.0rc1+local.7", None)

    def test_the_newest_come_first(self, index: IndexPorts, clock: FixedClock) -> None:
        one, other = create_project(index, "one"), create_project(index, "other")
        with index.open_unit_of_work(OPERATOR) as uow:
            for number, project in enumerate((one, other, one, other)):
                created = clock.now() + timedelta(minutes=number)
                uow.releases.add(project.id, Version(f"{number}"), CoreMetadata(), created)
            uow.commit()
        with index.open_snapshot() as snapshot:
            newest = snapshot.releases.newest(3)
            assert [(each.project.name, str(each.release.version)) for each in newest] == [
                ("other", "3"),
                ("one", "2"),
                ("other", "1"),
            ]
            assert [each.name for each in snapshot.projects.newest(1)] == ["other"]
            assert newest[1].project == snapshot.projects.get(one.name)
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.projects.update(replace(other, status=ProjectStatus(Status.QUARANTINED)))
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert [str(each.release.version) for each in snapshot.releases.newest(3)] == ["2", "0"]
            assert [each.name for each in snapshot.projects.newest(3)] == ["one"]

    def test_replacing_metadata_replaces_its_search_entries(
        self, index: IndexPorts, clock: FixedClock
    ) -> None:
        project = create_project(index, "flask")
        described = CoreMetadata(summary="new", classifiers=("Topic :: Other", "Topic :: Third"))
        with index.open_unit_of_work(OPERATOR) as uow:
            release = uow.releases.add(project.id, Version("1.0"), _METADATA, clock.now())
            uow.commit()
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.releases.set_metadata(release, described)
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.releases.metadata_of(release.id) == described
            assert list(snapshot.releases.with_classifiers(_METADATA.classifiers, 10)) == []
            [found] = snapshot.releases.with_classifiers(described.classifiers, 10)
        assert found == NamedRelease(project=project.display_name, version=Version("1.0"))

    def test_the_metadata_of_a_release_come_back_whole(self, index: IndexPorts, clock: FixedClock) -> None:
        project = create_project(index, "flask")
        with index.open_unit_of_work(OPERATOR) as uow:
            release = uow.releases.add(project.id, Version("1.0"), _METADATA, clock.now())
            bare = uow.releases.add(project.id, Version("2.0"), CoreMetadata(), clock.now())
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.releases.metadata_of(release.id) == _METADATA
            assert snapshot.releases.metadata_of(bare.id) == CoreMetadata()

    @pytest.mark.parametrize("spelling", ["1.0.0", "1", "1.0", "v1.0", "01.0"])
    def test_a_release_is_found_by_any_spelling_and_keeps_its_own(
        self, index: IndexPorts, spelling: str
    ) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            project = add_project(uow, "flask")
            added = add_release(uow, project, "1.0")
            add_release(uow, project, "10.0")
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.releases.find(project.id, Version(spelling)) == added
            assert str(snapshot.releases.get(project, Version(spelling)).version) == "1.0"

    def test_a_release_that_is_not_there_is_not_found(self, index: IndexPorts) -> None:
        project = create_project(index, "flask")
        publish(index, "attrs-1.0.tar.gz")
        with index.open_snapshot() as snapshot:
            assert snapshot.releases.find(project.id, Version("1.0")) is None
            with pytest.raises(ReleaseNotFound) as caught:
                snapshot.releases.get(project, Version("1.0"))
        assert (caught.value.name, caught.value.version) == ("flask", "1.0")

    def test_a_version_is_released_once_whatever_its_spelling(
        self, index: IndexPorts, clock: FixedClock
    ) -> None:
        project = create_project(index, "flask")
        publish(index, "flask-1.0.tar.gz")
        with index.open_unit_of_work(OPERATOR) as uow, pytest.raises(ConcurrentChange):
            uow.releases.add(project.id, Version("1.0.0"), _METADATA, clock.now())

    def test_releases_are_ordered_by_version(self, index: IndexPorts) -> None:
        ordered = ["0.9", "1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1.9", "1.10", "1!0.1"]
        with index.open_unit_of_work(OPERATOR) as uow:
            project = add_project(uow, "flask")
            for version in sorted(ordered):
                add_release(uow, project, version)
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert [str(each.version) for each in snapshot.releases.of(project.id)] == ordered

    @pytest.mark.parametrize("yank", [Yank(), Yank("broken on “Tuesdays”"), None])
    def test_a_yank_is_kept_and_taken_back(self, index: IndexPorts, yank: Yank | None) -> None:
        project = create_project(index, "flask")
        publish(index, "flask-1.0.tar.gz")
        publish(index, "flask-2.0.tar.gz")
        with index.open_unit_of_work(OPERATOR) as uow:
            release = uow.releases.get(project, Version("1.0"))
            uow.releases.update(replace(release, yank=Yank("at first")))
            uow.releases.update(replace(release, yank=yank))
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.releases.get(project, Version("1.0")) == replace(release, yank=yank)
            assert snapshot.releases.get(project, Version("2.0")).yank is None

    def test_releases_are_found_by_all_of_some_classifiers(
        self, index: IndexPorts, clock: FixedClock
    ) -> None:
        carried = {
            ("Flask", "1.9"): ("A", "B"),
            ("Flask", "1.10"): ("B", "A", "C"),
            ("Flask", "2.0"): ("B",),
            ("attrs", "1.0"): ("A", "B", "B"),
            ("bare", "1.0"): (),
        }
        _release_with(index, carried, clock)
        with index.open_snapshot() as snapshot:
            found = snapshot.releases.with_classifiers
            assert _shown(found(["A", "B", "A"], 10)) == ["attrs 1.0", "Flask 1.9", "Flask 1.10"]
            assert _shown(found(["C"], 10)) == ["Flask 1.10"]
            assert _shown(found(["C", "unheard of"], 10)) == []
            assert _shown(found([], 10)) == []
            assert len(found(["B"], 2)) == 2

    def test_a_classifier_of_any_length_does_no_harm(self, index: IndexPorts, clock: FixedClock) -> None:
        _release_with(index, {("flask", "1.0"): ("x" * 10_000, "Größe :: 🐍")}, clock)
        with index.open_snapshot() as snapshot:
            assert _shown(snapshot.releases.with_classifiers(["Größe :: 🐍"], 10)) == ["flask 1.0"]

    def test_classifiers_find_releases_of_the_index_without_quarantined_projects(
        self, database: Database, clock: FixedClock
    ) -> None:
        first, second = add_index(database, FIRST), add_index(database, SECOND)
        _release_with(first, {("flask", "1.0"): ("A",), ("bad", "1.0"): ("A",)}, clock)
        _release_with(second, {("attrs", "1.0"): ("A",)}, clock)
        _quarantine(first, "bad")
        with first.open_snapshot() as snapshot:
            assert _shown(snapshot.releases.with_classifiers(["A"], 10)) == ["flask 1.0"]

    def test_releases_since_a_moment_come_newest_first(self, database: Database, clock: FixedClock) -> None:
        first, second = add_index(database, FIRST), add_index(database, SECOND)
        start = clock.now()
        for index, name, version in (
            (first, "flask", "2.0"),
            (first, "bad", "1.0"),
            (second, "attrs", "1.0"),
            (first, "Flask", "1.0"),
        ):
            clock.advance(timedelta(seconds=1))
            _release_with(index, {(name, version): ()}, clock)
        _quarantine(first, "bad")
        with first.open_snapshot() as snapshot:
            since = snapshot.releases.created_since
            assert _shown(since(start, 10)) == ["flask 1.0", "flask 2.0"]
            assert _shown(since(start, 1)) == ["flask 1.0"]
            assert _shown(since(start + timedelta(seconds=1), 10)) == ["flask 1.0"]
            assert _shown(since(clock.now(), 10)) == []

    def test_the_releases_of_two_projects_and_two_indexes_are_apart(self, database: Database) -> None:
        first, second = add_index(database, FIRST), add_index(database, SECOND)
        for index, filename in (
            (first, "flask-1.0.tar.gz"),
            (first, "attrs-2.0.tar.gz"),
            (second, "flask-3.0.tar.gz"),
        ):
            publish(index, filename)
        found = {}
        for index in (first, second):
            with index.open_snapshot() as snapshot:
                for segment in snapshot.projects.segments():
                    for listed in snapshot.projects.in_segment(segment.number):
                        project = snapshot.projects.get(listed.name)
                        versions = [str(each.version) for each in snapshot.releases.of(project.id)]
                        found[index is first, listed.name] = versions
        assert found == {(True, "flask"): ["1.0"], (True, "attrs"): ["2.0"], (False, "flask"): ["3.0"]}


def _release_with(
    index: IndexPorts, carried: Mapping[tuple[str, str], Sequence[str]], clock: FixedClock
) -> None:
    with index.open_unit_of_work(OPERATOR) as uow:
        for (name, version), classifiers in carried.items():
            project = uow.projects.find(normalize(DisplayName(name))) or add_project(uow, name)
            metadata = CoreMetadata(classifiers=tuple(classifiers))
            uow.releases.add(project.id, Version(version), metadata, clock.now())
        uow.commit()


def _quarantine(index: IndexPorts, name: str) -> None:
    with index.open_unit_of_work(OPERATOR) as uow:
        project = uow.projects.get(NormalizedName(name))
        uow.projects.update(replace(project, status=ProjectStatus(Status.QUARANTINED)))
        uow.commit()


def _shown(found: Iterable[NamedRelease]) -> list[str]:
    return [f"{each.project} {each.version}" for each in found]
