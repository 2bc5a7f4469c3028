"""Units of work, snapshots and the journal: what rows must do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from packaging.version import Version

from pypi_contracts.permits import BY_OPERATOR
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
    create_project,
    publish,
)
from pypi_core.domain.accounts import OPERATOR, Actor, Proof
from pypi_core.domain.entities import Change, Serial
from pypi_core.domain.events import FileDeleted, ProjectCreated
from pypi_core.domain.indexes import IndexName, IndexSettings
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.errors import IndexNotFound
from pypi_memory.environment import FixedClock

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

    def test_what_is_read_after_the_commit_carries_its_serial(self, index: IndexPorts) -> None:
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


class JournalContract(RowsContract):
    """The journal of one index and its serials."""

    def test_an_empty_index_stands_at_serial_0(self, index: IndexPorts) -> None:
        with index.open_snapshot() as snapshot:
            assert snapshot.journal.last_serial() == 0
            assert list(snapshot.journal.since(_START, 10)) == []

    def test_each_event_is_one_entry_in_the_order_recorded(
        self, index: IndexPorts, clock: FixedClock
    ) -> None:
        ann = Actor(username="ann", proof=Proof.TOKEN)
        with index.open_unit_of_work(ann) as uow:
            add_file(uow, "My.App-1.0.tar.gz")
            serial = uow.commit()
        with index.open_snapshot() as snapshot:
            changes = list(snapshot.journal.since(_START, 10))
            assert snapshot.journal.last_serial() == serial == 3
        assert [(each.serial, each.version, each.action) for each in changes] == [
            (1, None, "create"),
            (2, "1.0", "new release"),
            (3, "1.0", "add source file My.App-1.0.tar.gz"),
        ]
        assert {(each.actor, each.moment) for each in changes} == {("ann", clock.now())}

    def test_entries_later_than_a_moment_come_in_their_order(
        self, index: IndexPorts, clock: FixedClock
    ) -> None:
        start = clock.now()
        for name in ("flask", "attrs", "numpy"):
            clock.advance(timedelta(seconds=1))
            with index.open_unit_of_work(OPERATOR) as uow:
                add_project(uow, name)
                add_release(uow, uow.projects.get(NormalizedName(name)), "1.0")
                uow.commit()
        with index.open_snapshot() as snapshot:
            later = snapshot.journal.later_than
            assert [each.serial for each in later(start, 10)] == [1, 2, 3, 4, 5, 6]
            assert [each.serial for each in later(start, 3)] == [1, 2, 3]
            assert list(later(start + timedelta(seconds=1), 10)) == list(
                snapshot.journal.since(Serial(2), 10)
            )
            assert list(later(clock.now(), 10)) == []

    def test_an_entry_keeps_the_spelling_of_its_event(self, index: IndexPorts, clock: FixedClock) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            add_project(uow, "My.App")
            uow.commit()
        clock.advance(timedelta(hours=1, microseconds=1))
        deleted = FileDeleted(project=DisplayName("My.App"), version=Version("1!1.0+x"), filename="a.whl")
        with index.open_unit_of_work(Actor(username="ann")) as uow:
            uow.record_event(deleted)
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert list(snapshot.journal.since(Serial(1), 10)) == [
                Change(
                    serial=Serial(2),
                    project=DisplayName("My.App"),
                    version="1!1.0+x",
                    action="remove file a.whl",
                    moment=clock.now(),
                    actor="ann",
                )
            ]

    def test_the_journal_is_paged_by_serial(self, index: IndexPorts) -> None:
        for name in ("a", "b", "c", "d", "e"):
            create_project(index, name)
        with index.open_snapshot() as snapshot:
            pages = [[each.serial for each in snapshot.journal.since(Serial(s), 2)] for s in (0, 2, 4, 5, 9)]
        assert pages == [[1, 2], [3, 4], [5], [], []]

    def test_a_commit_without_events_returns_the_newest_serial(self, index: IndexPorts) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            assert uow.commit() == 0
        create_project(index, "flask")
        with index.open_unit_of_work(OPERATOR) as uow:
            assert uow.commit() == 1
        with index.open_snapshot() as snapshot:
            assert snapshot.journal.last_serial() == 1

    def test_a_rolled_back_transaction_takes_no_serial(self, index: IndexPorts) -> None:
        create_project(index, "attrs")
        with index.open_unit_of_work(OPERATOR) as uow:
            add_project(uow, "lost")
        create_project(index, "flask")
        with index.open_snapshot() as snapshot:
            changes = [(each.serial, each.project) for each in snapshot.journal.since(_START, 10)]
        assert changes == [(1, "attrs"), (2, "flask")]

    def test_in_a_transaction_the_journal_is_as_before_it(self, index: IndexPorts) -> None:
        create_project(index, "attrs")
        with index.open_unit_of_work(OPERATOR) as uow:
            add_project(uow, "flask")
            assert uow.journal.last_serial() == 1
            assert [each.serial for each in uow.journal.since(_START, 10)] == [1]

    def test_each_project_has_the_serial_of_its_newest_entry(self, index: IndexPorts) -> None:
        create_project(index, "bystander")
        with index.open_unit_of_work(OPERATOR) as uow:
            add_file(uow, "flask-1.0.tar.gz")
            add_file(uow, "attrs-1.0.tar.gz")
            uow.record_event(ProjectCreated(project=DisplayName("FLASK")))
            assert uow.commit() == 8
        with index.open_snapshot() as snapshot:
            serials = [
                snapshot.projects.get(NormalizedName(name)).serial for name in ("bystander", "flask", "attrs")
            ]
        assert serials == [1, 8, 7]

    def test_each_index_has_serials_of_its_own(self, database: Database) -> None:
        first, second = add_index(database, FIRST), add_index(database, SECOND)
        for index, name in ((first, "a"), (second, "b"), (first, "c"), (second, "d"), (first, "e")):
            create_project(index, name)
        journals = []
        for index in (first, second):
            with index.open_snapshot() as snapshot:
                journals.append([(each.serial, each.project) for each in snapshot.journal.since(_START, 9)])
        assert journals == [[(1, "a"), (2, "c"), (3, "e")], [(1, "b"), (2, "d")]]
