"""Documentation: what rows must do."""

from __future__ import annotations

import pytest
from msgspec.structs import asdict, replace

from pypi_contracts.suites.rows import (
    FIRST,
    SECOND,
    Database,
    IndexPorts,
    RowsContract,
    add_index,
    add_project,
    add_release,
)
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.blob_keys import documentation_key, documentation_page_key
from pypi_core.domain.documentation import (
    DocumentationId,
    DocumentationPage,
    DocumentationSet,
    DocumentationState,
)
from pypi_core.domain.entities import Project, Release, Yank
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.documentation import NewDocumentation
from pypi_memory.environment import FixedClock

_FLASK = NormalizedName("flask")
_PAGE = DocumentationPage("index.html", "ab" * 32, 12)
_OTHER = DocumentationPage("guide/start.html", "cd" * 32, 5 * 1024**3)


class DocumentationContract(RowsContract):
    """The documentation of an index, readable and writable."""

    def test_a_set_is_read_as_it_was_added_and_waits_to_be_unpacked(self, index: IndexPorts) -> None:
        given = _new("1")
        [release] = _releases(index, "1.0")
        added = _add(index, release, given)
        with index.open_snapshot() as snapshot:
            assert list(snapshot.documentation.of(release.project_id)) == [added]
            assert list(snapshot.documentation.of_release(release.id)) == [added]
            assert list(snapshot.documentation.documented(release.project_id)) == []
        assert asdict(given).items() <= asdict(added).items()
        assert (added.release_id, added.project_id) == (release.id, release.project_id)
        assert (str(added.version), added.state) == ("1.0", DocumentationState.UNPACKING)

    def test_sets_are_ordered_by_version_then_by_age(self, index: IndexPorts) -> None:
        ten, nine = _releases(index, "1.10", "1.9")
        first = _make_ready(index, _add(index, ten, _new("1")))
        second, third = _add(index, nine, _new("2")), _add(index, ten, _new("3"))
        with index.open_snapshot() as snapshot:
            found = snapshot.documentation
            assert [each.id for each in found.of(ten.project_id)] == [second.id, first.id, third.id]
            assert [each.id for each in found.of_release(ten.id)] == [first.id, third.id]

    def test_a_set_that_waits_is_replaced_by_a_later_one(self, index: IndexPorts) -> None:
        [release] = _releases(index, "1.0")
        first = _add(index, release, _new("1"))
        _put(index, first, _PAGE)
        second = _add(index, release, _new("2"))
        with index.open_snapshot() as snapshot:
            assert list(snapshot.documentation.of_release(release.id)) == [second]
            assert snapshot.documentation.page(first.id, _PAGE.path) is None
        assert first.id != second.id

    def test_pages_are_found_by_their_paths(self, index: IndexPorts) -> None:
        [release] = _releases(index, "1.0")
        documentation = _add(index, release, _new("1"))
        assert _put(index, documentation, _PAGE, _OTHER)
        with index.open_snapshot() as snapshot:
            found = snapshot.documentation
            assert found.page(documentation.id, _OTHER.path) == _OTHER
            assert found.page(documentation.id, "guide") is None
            assert found.page(DocumentationId(documentation.id + 1), _OTHER.path) is None
            assert set(found.paths_among(documentation.id, [_PAGE.path, "nowhere"])) == {_PAGE.path}
            assert set(found.paths_among(documentation.id, [])) == set()

    def test_five_hundred_paths_are_looked_for_at_once(self, index: IndexPorts) -> None:
        [release] = _releases(index, "1.0")
        documentation = _add(index, release, _new("1"))
        pages = [DocumentationPage(f"{number:03}.html", "ab" * 32, number) for number in range(500)]
        _put(index, documentation, *pages[:499])
        with index.open_snapshot() as snapshot:
            known = snapshot.documentation.paths_among(documentation.id, [each.path for each in pages])
        assert set(known) == {each.path for each in pages[:499]}

    def test_pages_that_are_there_stay(self, index: IndexPorts) -> None:
        [release] = _releases(index, "1.0")
        documentation = _add(index, release, _new("1"))
        _put(index, documentation, _PAGE)
        assert _put(index, documentation, _PAGE, _OTHER)
        assert _put(index, documentation)
        with index.open_snapshot() as snapshot:
            assert snapshot.documentation.page(documentation.id, _PAGE.path) == _PAGE

    def test_pages_are_not_added_to_deleted_documentation(self, index: IndexPorts) -> None:
        [release] = _releases(index, "1.0")
        documentation = _add(index, release, _new("1"))
        _delete(index, release)
        assert not _put(index, documentation, _PAGE)
        again = _add(index, release, _new("1"))
        with index.open_snapshot() as snapshot:
            assert snapshot.documentation.page(documentation.id, _PAGE.path) is None
            assert snapshot.documentation.page(again.id, _PAGE.path) is None

    def test_a_set_takes_the_place_of_the_one_shown(self, index: IndexPorts) -> None:
        [release] = _releases(index, "1.0")
        first, second = (_add(index, release, _new("1")), None)
        _put(index, first, _PAGE)
        _make_ready(index, first)
        second = _add(index, release, _new("2"))
        _put(index, second, _OTHER)
        with index.open_snapshot() as before:
            assert [each.state for each in before.documentation.of_release(release.id)] == [
                DocumentationState.READY,
                DocumentationState.UNPACKING,
            ]
            assert before.documentation.page(first.id, _PAGE.path) == _PAGE
            _make_ready(index, second)
            # What one moment showed is read to its end.
            assert before.documentation.page(first.id, _PAGE.path) == _PAGE
        with index.open_snapshot() as after:
            [shown] = after.documentation.of_release(release.id)
            assert shown == replace(second, state=DocumentationState.READY)
            assert after.documentation.page(first.id, _PAGE.path) is None
            assert after.documentation.page(second.id, _OTHER.path) == _OTHER

    def test_marking_ready_twice_or_after_deletion_changes_nothing(self, index: IndexPorts) -> None:
        [release] = _releases(index, "1.0")
        documentation = _add(index, release, _new("1"))
        _put(index, documentation, _PAGE)
        for _time in range(2):
            _make_ready(index, documentation)
        _make_ready(index, replace(documentation, id=DocumentationId(documentation.id + 1)))
        with index.open_snapshot() as snapshot:
            assert snapshot.documentation.page(documentation.id, _PAGE.path) == _PAGE

    def test_the_releases_that_show_documentation_are_known(self, index: IndexPorts) -> None:
        ten, nine, bare = _releases(index, "1.10", "1.9", "2.0")
        for each in (ten, nine):
            _make_ready(index, _add(index, each, _new(str(each.version))))
        _add(index, bare, _new("waits"))
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.releases.update(replace(nine, yank=Yank("broken")))
            uow.commit()
        with index.open_snapshot() as snapshot:
            found = snapshot.documentation.documented(ten.project_id)
        assert list(found) == [replace(nine, yank=Yank("broken")), ten]

    @pytest.mark.parametrize("whole", [False, True])
    def test_documentation_goes_with_its_release_and_project(self, index: IndexPorts, whole: bool) -> None:
        release, other = _releases(index, "1.0", "2.0")
        documentation = _add(index, release, _new("1"))
        _put(index, documentation, _PAGE)
        kept = _add(index, other, _new("2"))
        with index.open_unit_of_work(OPERATOR) as uow:
            if whole:
                uow.projects.delete(uow.projects.get(_FLASK))
            else:
                uow.releases.delete(release)
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert list(snapshot.documentation.of(release.project_id)) == ([] if whole else [kept])
            assert snapshot.documentation.page(documentation.id, _PAGE.path) is None

    def test_blobs_of_documentation_are_referenced(self, database: Database) -> None:
        first, second = add_index(database, FIRST), add_index(database, SECOND)
        for index, key in ((first, "1"), (second, "2")):
            [release] = _releases(index, "1.0")
            _put(index, _add(index, release, _new(key)), _PAGE)
        zips = [documentation_key(_new(key).blake2_256) for key in ("1", "2", "3")]
        page, unknown = documentation_page_key(_PAGE.blake2_256), documentation_page_key("ef" * 32)
        # One digest under two kinds is two objects.
        strangers = [documentation_key(_PAGE.blake2_256), documentation_page_key(zips[0].blake2_256)]
        with database.open_site_snapshot() as snapshot:
            among = snapshot.references.among([*zips, page, unknown, *strangers])
            found = list(snapshot.references.documentation())
            first_row = found[0].row
            assert [each.row > first_row for each in found] == [False, False, True, True]
            assert list(snapshot.references.documentation(first_row)) == found[2:]
        assert among == dict.fromkeys([*zips[:2], page])
        assert {each.size for each in found} == {_new("1").size, _PAGE.size}
        assert sorted([(each.index, each.what, each.key) for each in found], key=repr) == sorted(
            [
                (FIRST, "flask 1.0", zips[0]),
                (FIRST, "flask 1.0 index.html", page),
                (SECOND, "flask 1.0", zips[1]),
                (SECOND, "flask 1.0 index.html", page),
            ],
            key=repr,
        )

    def test_all_pages_are_gone_through(self, database: Database) -> None:
        index = add_index(database, FIRST)
        [release] = _releases(index, "1.0")
        documentation = _add(index, release, _new("1"))
        pages = [DocumentationPage(f"{number}.html", f"{number:064x}", 1) for number in range(1100)]
        _put(index, documentation, *pages)
        with database.open_site_snapshot() as snapshot:
            keys = [each.key for each in snapshot.references.documentation()]
        assert len(keys) == len(set(keys)) == 1101


def _new(content: str) -> NewDocumentation:
    return NewDocumentation(
        size=3 * 1024**3,
        sha256=content.encode().hex().rjust(64, "a"),
        blake2_256=content.encode().hex().rjust(64, "b"),
        uploaded=FixedClock().now(),
    )


def _releases(index: IndexPorts, *versions: str) -> list[Release]:
    with index.open_unit_of_work(OPERATOR) as uow:
        project: Project = add_project(uow, _FLASK)
        releases = [add_release(uow, project, version) for version in versions]
        uow.commit()
    return releases


def _add(index: IndexPorts, release: Release, documentation: NewDocumentation) -> DocumentationSet:
    with index.open_unit_of_work(OPERATOR) as uow:
        added = uow.documentation.add(release, documentation)
        uow.commit()
    return added


def _put(index: IndexPorts, documentation: DocumentationSet, *pages: DocumentationPage) -> bool:
    with index.open_unit_of_work(OPERATOR) as uow:
        is_there = uow.documentation.put_pages(documentation.id, pages)
        uow.commit()
    return is_there


def _make_ready(index: IndexPorts, documentation: DocumentationSet) -> DocumentationSet:
    with index.open_unit_of_work(OPERATOR) as uow:
        uow.documentation.make_ready(documentation.id)
        uow.commit()
    return documentation


def _delete(index: IndexPorts, release: Release) -> None:
    with index.open_unit_of_work(OPERATOR) as uow:
        uow.documentation.delete_of(release.id)
        uow.commit()
