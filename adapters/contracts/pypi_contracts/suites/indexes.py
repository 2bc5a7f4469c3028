"""The list of indexes and what their rows point at: what rows must do."""

from __future__ import annotations

import pytest

from pypi_contracts.permits import BY_OPERATOR
from pypi_contracts.suites.rows import FIRST, SECOND, Database, RowsContract, add_index, publish
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.blob_keys import BlobKind, core_metadata_key, distribution_key
from pypi_core.domain.digests import digests_of
from pypi_core.domain.indexes import IndexName, IndexSettings, NewProjects, Reading
from pypi_core.errors import IndexAlreadyExists, IndexNotFound


class IndexRowsContract(RowsContract):
    """The indexes of a server and what they point at."""

    def test_an_index_is_read_as_it_was_added(self, database: Database) -> None:
        settings = IndexSettings(
            title="Für uns",
            reading=Reading.PRIVATE,
            new_projects=NewProjects.ADMINISTRATORS,
            largest_file=5 * 1024**4,
        )
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            added = uow.indexes.add(FIRST, settings)
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            assert snapshot.indexes.get(FIRST) == snapshot.indexes.find(FIRST) == added
        assert (added.name, added.settings) == (FIRST, settings)

    def test_an_index_that_is_not_there_is_not_found(self, database: Database) -> None:
        with database.open_site_snapshot() as snapshot:
            assert snapshot.indexes.find(FIRST) is None
            with pytest.raises(IndexNotFound):
                snapshot.indexes.get(FIRST)
        with database.open_site_unit_of_work(BY_OPERATOR) as uow, pytest.raises(IndexNotFound):
            uow.indexes.update(FIRST, IndexSettings())

    def test_the_name_of_an_index_is_taken_once(self, database: Database) -> None:
        add_index(database, FIRST)
        with database.open_site_unit_of_work(BY_OPERATOR) as uow, pytest.raises(IndexAlreadyExists) as caught:
            uow.indexes.add(FIRST, IndexSettings())
        assert caught.value.name == FIRST

    def test_indexes_are_listed_by_name(self, database: Database) -> None:
        for name in ("b", "c", "a"):
            add_index(database, IndexName(name))
        with database.open_site_snapshot() as snapshot:
            assert [each.name for each in snapshot.indexes.all()] == ["a", "b", "c"]

    def test_each_change_of_settings_has_a_version_of_its_own(self, database: Database) -> None:
        add_index(database, FIRST)
        add_index(database, SECOND)
        with database.open_site_snapshot() as snapshot:
            records = [snapshot.indexes.get(FIRST)]
        for title in ("one", "two", "one"):
            with database.open_site_unit_of_work(BY_OPERATOR) as uow:
                records.append(uow.indexes.update(FIRST, IndexSettings(title=title)))
                uow.commit()
        versions = [each.settings_version for each in records]
        assert versions == sorted(set(versions))
        with database.open_site_snapshot() as snapshot:
            assert snapshot.indexes.get(FIRST) == records[-1]
            assert snapshot.indexes.get(FIRST).settings == IndexSettings(title="one")
            assert snapshot.indexes.get(SECOND).settings == IndexSettings()

    def test_changing_the_settings_keeps_what_the_index_holds(self, database: Database) -> None:
        file = publish(add_index(database, FIRST), "flask-1.0.tar.gz")
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.indexes.update(FIRST, IndexSettings(title="Changed"))
            uow.commit()
        with database.index(FIRST).open_snapshot() as snapshot:
            assert snapshot.files.get("flask-1.0.tar.gz") == file

    def test_a_file_is_listed_by_the_indexes_that_have_it_with_that_content(self, database: Database) -> None:
        names = [IndexName(name) for name in ("c", "a", "b", "d")]
        for name, content in zip(names, (b"same", b"same", b"other", b"same"), strict=True):
            publish(add_index(database, name), "flask-1.0.tar.gz", content)
        with database.index(IndexName("d")).open_unit_of_work(OPERATOR) as uow:
            uow.files.delete(uow.files.get("flask-1.0.tar.gz"))
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            listing = snapshot.references.indexes_listing
            assert list(listing("flask-1.0.tar.gz", digests_of(b"same").blake2_256)) == ["a", "c"]
            assert list(listing("flask-2.0.tar.gz", digests_of(b"same").blake2_256)) == []
            assert list(listing("flask-1.0.tar.gz", digests_of(b"never seen").blake2_256)) == []

    def test_everything_that_rows_point_at_is_gone_through(self, database: Database) -> None:
        sdist = publish(add_index(database, FIRST), "flask-1.0.tar.gz").digests
        publish(add_index(database, SECOND), "flask-1.0.tar.gz")
        wheel = publish(database.index(SECOND), "flask-1.0-py3-none-any.whl").digests
        with database.open_site_snapshot() as snapshot:
            found = list(snapshot.references.all())
        assert all((each.size is None) == (each.key.kind is BlobKind.CORE_METADATA) for each in found)
        assert sorted([(each.index, each.what, each.key, each.sha256) for each in found], key=repr) == sorted(
            [
                (FIRST, "flask-1.0.tar.gz", distribution_key(sdist), sdist.sha256),
                (SECOND, "flask-1.0.tar.gz", distribution_key(sdist), sdist.sha256),
                (SECOND, "flask-1.0-py3-none-any.whl", distribution_key(wheel), wheel.sha256),
                (SECOND, "flask-1.0-py3-none-any.whl", core_metadata_key(wheel), "5a" * 32),
            ],
            key=repr,
        )

    def test_references_are_gone_through_from_a_row_on(self, database: Database) -> None:
        for name in (FIRST, SECOND):
            index = add_index(database, name)
            for version in ("1.0", "2.0"):
                publish(index, f"flask-{version}-py3-none-any.whl")
        with database.open_site_snapshot() as snapshot:
            found = list(snapshot.references.all())
            rows = [each.row for each in found]
            assert rows == sorted(rows)
            assert len(set(rows)) == 4
            for row in set(rows):
                behind = [each for each in found if each.row > row]
                assert list(snapshot.references.all(row)) == behind

    def test_referenced_keys_are_distinguished_from_others(self, database: Database) -> None:
        sdist = publish(add_index(database, FIRST), "flask-1.0.tar.gz").digests
        wheel = publish(add_index(database, SECOND), "flask-1.0-py3-none-any.whl").digests
        keys = [key(each) for each in (sdist, wheel) for key in (distribution_key, core_metadata_key)]
        unknown = [distribution_key(digests_of(b"%d" % number)) for number in range(1500)]
        with database.open_site_snapshot() as snapshot:
            assert snapshot.references.among(keys + unknown) == {
                distribution_key(sdist): None,
                distribution_key(wheel): None,
                core_metadata_key(wheel): "5a" * 32,
            }
            assert set(snapshot.references.among([])) == set()

    def test_content_is_pointed_at_as_long_as_one_index_lists_it(self, database: Database) -> None:
        key = distribution_key(publish(add_index(database, FIRST), "flask-1.0.tar.gz").digests)
        publish(add_index(database, SECOND), "flask-1.0.tar.gz")
        pointed_at = []
        for name in (FIRST, SECOND):
            with database.index(name).open_unit_of_work(OPERATOR) as uow:
                uow.files.delete(uow.files.get("flask-1.0.tar.gz"))
                uow.commit()
            with database.open_site_snapshot() as snapshot:
                pointed_at.append(key in snapshot.references.among([key]))
        assert pointed_at == [True, False]
