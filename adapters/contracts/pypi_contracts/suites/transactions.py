"""Units of work and snapshots: what rows must do."""

from __future__ import annotations

import pytest

from pypi_contracts.permits import BY_OPERATOR
from pypi_contracts.suites.rows import (
    FIRST,
    Database,
    IndexPorts,
    RowsContract,
    add_file,
    add_index,
    add_project,
    create_project,
    publish,
)
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import IndexName, IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import IndexNotFound

_FLASK = NormalizedName("flask")
_START = Serial(0)


class TransactionsContract(RowsContract):
    """Units of work and snapshots of one index."""

    def test_an_index_that_is_not_there_cannot_be_opened(self, database: Database) -> None:
        with pytest.raises(IndexNotFound), database.index(IndexName("nowhere")).open_snapshot():
            pass
        with pytest.raises(IndexNotFound), database.index(IndexName("nowhere")).open_unit_of_work(OPERATOR):
            pass

    def test_the_index_is_known_by_name_and_settings(self, database: Database) -> None:
        settings = IndexSettings(title="Für uns", largest_file=7)
        index = add_index(database, FIRST, settings)
        with index.open_snapshot() as snapshot:
            assert (snapshot.record.name, snapshot.record.settings) == (FIRST, settings)
        with index.open_unit_of_work(OPERATOR) as uow:
            assert (uow.record.name, uow.record.settings) == (FIRST, settings)

    def test_a_transaction_sees_its_own_changes(self, index: IndexPorts) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            file = add_file(uow, "flask-1.0.tar.gz")
            project = uow.projects.get(_FLASK)
            assert uow.files.find("flask-1.0.tar.gz") == file
            assert uow.files.was_ever_used("flask-1.0.tar.gz")
            assert [each.id for each in uow.releases.of(project.id)] == [file.release_id]

    def test_a_transaction_sees_what_was_committed_before_it_began(self, index: IndexPorts) -> None:
        publish(index, "flask-1.0.tar.gz")
        with index.open_unit_of_work(OPERATOR) as uow:
            assert uow.projects.get(_FLASK).serial == uow.journal.last_serial() == 3

    def test_leaving_without_commit_changes_nothing(self, database: Database, index: IndexPorts) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            add_file(uow, "flask-1.0.tar.gz")
        with index.open_snapshot() as snapshot:
            assert snapshot.projects.find(_FLASK) is None
            assert snapshot.projects.count() == 0
            assert snapshot.files.find("flask-1.0.tar.gz") is None
            assert snapshot.journal.last_serial() == 0
            assert list(snapshot.journal.since(_START, 10)) == []
        assert database.outbox.waiting() == 0

    def test_an_error_in_the_block_rolls_back_and_goes_on(self, index: IndexPorts) -> None:
        def fail() -> None:
            with index.open_unit_of_work(OPERATOR) as uow:
                add_project(uow, "flask")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        with index.open_snapshot() as snapshot:
            assert snapshot.projects.find(_FLASK) is None
        assert create_project(index, "flask").name == "flask"

    def test_a_refused_addition_does_not_end_the_transaction(self, index: IndexPorts) -> None:
        publish(index, "flask-1.0.tar.gz")
        with index.open_unit_of_work(OPERATOR) as uow:
            with pytest.raises(Exception, match="already"):
                add_file(uow, "flask-1.0.tar.gz", b"other bytes")
            add_file(uow, "flask-2.0.tar.gz")
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.files.find("flask-2.0.tar.gz") is not None

    def test_a_read_after_the_commit_has_its_serial(self, index: IndexPorts) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            add_project(uow, "flask")
            serial = uow.commit()
            assert uow.projects.get(_FLASK).serial == serial

    def test_a_snapshot_neither_sees_nor_awaits_a_running_transaction(self, index: IndexPorts) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            add_project(uow, "flask")
            with index.open_snapshot() as snapshot:
                assert snapshot.projects.find(_FLASK) is None
            uow.commit()

    def test_a_snapshot_stays_as_it_was_when_it_was_opened(self, index: IndexPorts) -> None:
        publish(index, "flask-1.0.tar.gz")
        with index.open_snapshot() as snapshot:
            project = snapshot.projects.get(_FLASK)
            publish(index, "flask-2.0.tar.gz")
            publish(index, "attrs-1.0.tar.gz")
            assert snapshot.projects.get(_FLASK) == project
            assert snapshot.projects.count() == 1
            assert len(snapshot.releases.of(project.id)) == 1
            assert [each.filename for each in snapshot.files.of(project.id)] == ["flask-1.0.tar.gz"]
            assert snapshot.files.find("flask-2.0.tar.gz") is None
            assert snapshot.journal.last_serial() == len(snapshot.journal.since(_START, 100)) == 3

    def test_a_snapshot_is_as_of_its_opening_even_when_read_later(self, index: IndexPorts) -> None:
        publish(index, "flask-1.0.tar.gz")
        with index.open_snapshot() as snapshot:
            publish(index, "flask-2.0.tar.gz")
            assert snapshot.journal.last_serial() == 3
            assert snapshot.files.find("flask-2.0.tar.gz") is None

    def test_settings_reach_the_next_snapshot_and_leave_the_open_one(
        self, database: Database, index: IndexPorts
    ) -> None:
        with index.open_snapshot() as snapshot:
            before = snapshot.record
            with database.open_site_unit_of_work(BY_OPERATOR) as uow:
                changed = uow.indexes.update(FIRST, IndexSettings(title="Changed"))
                uow.commit()
            assert snapshot.record == before
        with index.open_snapshot() as snapshot:
            assert snapshot.record == changed != before
