"""Files: what rows must do."""

from __future__ import annotations

import pytest
from msgspec.structs import asdict, replace
from packaging.version import Version

from pypi_contracts.suites.rows import (
    FIRST,
    SECOND,
    Database,
    IndexPorts,
    RowsContract,
    add_file,
    add_index,
    add_project,
    add_release,
    new_file,
    publish,
)
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.digests import digests_of
from pypi_core.domain.entities import Yank
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import FileAlreadyExists, FilenamePreviouslyUsed, FileNotFound

_SDIST = "flask-1.0.tar.gz"
_WHEEL = "flask-1.0-py3-none-any.whl"
_FLASK = NormalizedName("flask")


class FilesContract(RowsContract):
    """The files of an index, readable and writable."""

    @pytest.mark.parametrize("filename", [_SDIST, _WHEEL])
    def test_a_file_is_read_as_it_was_added(self, index: IndexPorts, filename: str) -> None:
        given = new_file(filename)
        with index.open_unit_of_work(OPERATOR) as uow:
            release = add_release(uow, add_project(uow, "flask"), "1.0")
            added = uow.files.add(release, given)
            uow.commit()
        with index.open_snapshot() as snapshot:
            file = snapshot.files.get(filename)
            assert snapshot.files.find(filename) == file == added
        assert asdict(given).items() <= asdict(file).items()
        assert (file.release_id, file.project_id) == (release.id, release.project_id)
        assert (str(file.version), file.yank) == ("1.0", None)

    def test_optional_values_stay_absent(self, index: IndexPorts) -> None:
        bare = replace(
            new_file(_WHEEL), requires_python=None, metadata_sha256=None, comment="", sboms=(), modules=()
        )
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.files.add(add_release(uow, add_project(uow, "flask"), "1.0"), bare)
            uow.commit()
        with index.open_snapshot() as snapshot:
            file = snapshot.files.get(_WHEEL)
        assert (file.requires_python, file.metadata_sha256, file.comment) == (None, None, "")
        assert (file.sboms, file.modules) == ((), ())

    def test_sizes_are_added_up(self, index: IndexPorts) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            for name, size in (("flask", 10), ("django", 30), ("click", 10)):
                release = add_release(uow, add_project(uow, name), "1.0")
                for ending in ("1.0.tar.gz", "1.0-py3-none-any.whl"):
                    uow.files.add(release, replace(new_file(f"{name}-{ending}"), size=size))
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.files.size_of_all() == 100
            assert snapshot.files.count() == 6
            assert [(each.project, each.size) for each in snapshot.files.largest_projects(2)] == [
                ("django", 60),
                ("click", 20),
            ]

    def test_an_empty_project_has_size_zero(self, index: IndexPorts) -> None:
        with index.open_snapshot() as snapshot:
            assert (snapshot.files.size_of_all(), list(snapshot.files.largest_projects(5))) == (0, [])

    def test_the_largest_file_there_may_be_keeps_its_size(self, index: IndexPorts) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            release = add_release(uow, add_project(uow, "flask"), "1.0")
            uow.files.add(release, replace(new_file(_WHEEL), size=5 * 1024**4))
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.files.get(_WHEEL).size == 5 * 1024**4

    def test_the_files_of_a_project_have_a_size_together(self, index: IndexPorts) -> None:
        flask, other = publish(index, _SDIST, b"four"), publish(index, "other-1.0.tar.gz", b"elsewhere")
        publish(index, _WHEEL, b"sixsix")
        with index.open_unit_of_work(OPERATOR) as uow:
            empty = add_project(uow, "empty")
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.files.total_size(flask.project_id) == 10
            assert snapshot.files.total_size(other.project_id) == 9
            assert snapshot.files.total_size(empty.id) == 0

    def test_a_file_that_is_not_there_is_not_found(self, index: IndexPorts) -> None:
        publish(index, _SDIST)
        with index.open_snapshot() as snapshot:
            assert snapshot.files.find(_WHEEL) is None
            assert not snapshot.files.was_ever_used(_WHEEL)
            with pytest.raises(FileNotFound) as caught:
                snapshot.files.get(_WHEEL)
        assert caught.value.filename == _WHEEL

    def test_a_file_is_found_by_its_content(self, index: IndexPorts) -> None:
        file = publish(index, _SDIST, b"bytes")
        with index.open_snapshot() as snapshot:
            assert snapshot.files.find_by_content(digests_of(b"bytes").sha256) == file
            assert snapshot.files.find_by_content(digests_of(b"other bytes").sha256) is None

    def test_a_name_is_listed_once(self, index: IndexPorts) -> None:
        publish(index, _SDIST, b"bytes")
        with index.open_unit_of_work(OPERATOR) as uow, pytest.raises(FileAlreadyExists) as caught:
            add_file(uow, _SDIST, b"other bytes")
        assert caught.value.existing == _SDIST

    def test_a_content_is_listed_once(self, index: IndexPorts) -> None:
        publish(index, _SDIST, b"bytes")
        with index.open_unit_of_work(OPERATOR) as uow, pytest.raises(FileAlreadyExists) as caught:
            add_file(uow, "other-2.0.tar.gz", b"bytes")
        assert (caught.value.filename, caught.value.existing) == ("other-2.0.tar.gz", _SDIST)

    def test_a_deleted_file_is_gone_and_its_name_never_used_again(self, index: IndexPorts) -> None:
        file = publish(index, _SDIST, b"bytes")
        _delete(index, _SDIST)
        with index.open_snapshot() as snapshot:
            assert snapshot.files.find(_SDIST) is None
            assert snapshot.files.find_by_content(file.digests.sha256) is None
            assert list(snapshot.files.of(file.project_id)) == []
            assert list(snapshot.files.of_release(file.release_id)) == []
            assert snapshot.files.was_ever_used(_SDIST)
        for content in (b"bytes", b"other bytes"):
            with index.open_unit_of_work(OPERATOR) as uow, pytest.raises(FilenamePreviouslyUsed) as caught:
                add_file(uow, _SDIST, content)
            assert caught.value.filename == _SDIST

    def test_the_content_of_a_deleted_file_may_come_back_under_another_name(self, index: IndexPorts) -> None:
        publish(index, _SDIST, b"bytes")
        _delete(index, _SDIST)
        again = publish(index, "flask-1.1.tar.gz", b"bytes")
        with index.open_snapshot() as snapshot:
            assert snapshot.files.find_by_content(digests_of(b"bytes").sha256) == again

    def test_a_name_is_used_while_the_file_is_there(self, index: IndexPorts) -> None:
        publish(index, _SDIST)
        with index.open_snapshot() as snapshot:
            assert snapshot.files.was_ever_used(_SDIST)

    def test_a_name_of_a_rolled_back_file_stays_free(self, index: IndexPorts) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            add_file(uow, _SDIST)
        with index.open_snapshot() as snapshot:
            assert not snapshot.files.was_ever_used(_SDIST)
        assert publish(index, _SDIST).filename == _SDIST

    @pytest.mark.parametrize("yank", [Yank(), Yank("broken"), None])
    def test_the_yank_of_a_file_is_kept_and_taken_back(self, index: IndexPorts, yank: Yank | None) -> None:
        file, other = publish(index, _SDIST), publish(index, _WHEEL)
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.files.update(replace(file, yank=Yank("at first")))
            uow.files.update(replace(file, yank=yank))
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.files.get(_SDIST) == replace(file, yank=yank)
            assert snapshot.files.get(_WHEEL) == other

    def test_files_are_ordered_by_version_then_name(self, index: IndexPorts) -> None:
        ordered = [
            "flask-1.9-py3-none-any.whl",
            "flask-1.9.tar.gz",
            "flask-1.10rc1.tar.gz",
            "flask-1.10-py2-none-any.whl",
            "flask-1.10-py3-none-any.whl",
            "flask-1.10.tar.gz",
        ]
        for filename in (*sorted(ordered, reverse=True), "attrs-1.0.tar.gz"):
            publish(index, filename)
        with index.open_snapshot() as snapshot:
            project = snapshot.projects.get(_FLASK)
            release = snapshot.releases.get(project, Version("1.10"))
            assert [each.filename for each in snapshot.files.of(project.id)] == ordered
            assert [each.filename for each in snapshot.files.of_release(release.id)] == ordered[3:]

    def test_two_indexes_list_the_same_file_apart(self, database: Database) -> None:
        first, second = add_index(database, FIRST), add_index(database, SECOND)
        publish(first, _SDIST, b"bytes")
        with second.open_snapshot() as snapshot:
            assert snapshot.files.find(_SDIST) is None
            assert snapshot.files.find_by_content(digests_of(b"bytes").sha256) is None
            assert not snapshot.files.was_ever_used(_SDIST)
        publish(second, _SDIST, b"bytes")
        _delete(first, _SDIST)
        with second.open_snapshot() as snapshot:
            assert snapshot.files.get(_SDIST).digests == digests_of(b"bytes")


def _delete(index: IndexPorts, filename: str) -> None:
    with index.open_unit_of_work(OPERATOR) as uow:
        uow.files.delete(uow.files.get(filename))
        uow.commit()
