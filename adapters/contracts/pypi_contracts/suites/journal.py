"""The journal: what rows must do."""

from __future__ import annotations

from datetime import timedelta

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
    create_project,
)
from pypi_core.domain.accounts import OPERATOR, Actor, Proof
from pypi_core.domain.entities import Change, Serial
from pypi_core.domain.events import FileDeleted, ProjectCreated
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_memory.environment import FixedClock

_START = Serial(0)


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
