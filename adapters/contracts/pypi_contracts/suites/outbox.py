"""The contract of `pypi_core.ports.outbox`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from pypi_contracts.suites.rows import (
    FIRST,
    SECOND,
    Database,
    IndexPorts,
    RowsContract,
    add_index,
    until_it_passes,
)
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.events import ProjectCreated
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.reactions import FOLLOWS_EVERY_CHANGE, Reaction
from pypi_core.ports.outbox import KeptTask, Outbox, OutboxStanding, Task, TaskState
from pypi_memory.environment import FixedClock

_LEASE = timedelta(minutes=5)
_KINDS = len(FOLLOWS_EVERY_CHANGE)
_REACTIONS = {Reaction(kind, NormalizedName("flask")) for kind in FOLLOWS_EVERY_CHANGE}


class OutboxContract(RowsContract):
    """
    All that an adapter of the outbox must do.

    Subclass it with the fixture ``database`` of `RowsContract`.  Each change of a project
    makes one task of each kind of reaction.
    """

    @pytest.fixture
    def outbox(self, database: Database) -> Outbox:
        """Return the outbox of the database."""
        return database.outbox

    def test_a_commit_leaves_the_reactions_to_its_events(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        tasks = _claim(outbox, clock)
        assert {each.reaction for each in tasks} == _REACTIONS
        assert {(each.index, each.attempts) for each in tasks} == {(FIRST, 1)}
        assert len({each.id for each in tasks}) == _KINDS

    def test_a_transaction_that_is_not_committed_leaves_none(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.record_event(ProjectCreated(project=DisplayName("flask")))
        assert outbox.waiting() == 0
        assert list(_claim(outbox, clock)) == []

    def test_a_reaction_that_waits_is_not_written_twice(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index, "Flask", "flask")
        _change(index)
        assert outbox.waiting() == _KINDS
        assert len(_claim(outbox, clock)) == _KINDS

    def test_each_index_and_each_project_has_reactions_of_its_own(
        self, database: Database, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index, "flask", "attrs")
        _change(add_index(database, SECOND))
        subjects = {(each.index, each.reaction.subject) for each in _claim(outbox, clock)}
        assert subjects == {(FIRST, "flask"), (FIRST, "attrs"), (SECOND, "flask")}

    def test_a_claimed_task_is_not_claimed_again_until_its_lease_expires(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        first = _claim(outbox, clock)
        clock.advance(_LEASE - timedelta(microseconds=1))
        assert list(_claim(outbox, clock)) == []
        clock.advance(timedelta(microseconds=1))
        again = _claim(outbox, clock)
        assert {each.id for each in again} == {each.id for each in first}
        assert {each.attempts for each in again} == {2}

    def test_at_most_the_requested_number_is_claimed(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index, *"abcde")
        claimed: list[Task] = []
        while tasks := _claim(outbox, clock, limit=3):
            assert len(tasks) <= 3
            claimed += tasks
        assert len({each.id for each in claimed}) == len(claimed) == 5 * _KINDS

    def test_a_finished_task_is_gone(self, index: IndexPorts, outbox: Outbox, clock: FixedClock) -> None:
        _change(index)
        for task in _claim(outbox, clock):
            assert outbox.done(task)
            assert not outbox.done(task)
        clock.advance(10 * _LEASE)
        assert outbox.waiting() == 0
        assert list(_claim(outbox, clock)) == []

    def test_a_claimed_task_still_counts_as_waiting(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        _claim(outbox, clock)
        assert outbox.waiting() == _KINDS

    def test_a_wake_up_while_a_task_is_claimed_is_not_lost(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        claimed = _claim(outbox, clock)
        _change(index)
        for task in claimed:
            outbox.done(task)
        woken = _claim(outbox, clock)
        assert {each.reaction for each in woken} == _REACTIONS
        assert {each.id for each in woken}.isdisjoint(each.id for each in claimed)

    def test_a_failed_task_comes_back_when_it_is_due(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        for task in _claim(outbox, clock):
            outbox.retry(task, clock.now() + timedelta(seconds=30), "ValueError: ü")
        clock.advance(timedelta(seconds=29))
        assert list(_claim(outbox, clock)) == []
        clock.advance(timedelta(seconds=1))
        assert {each.attempts for each in _claim(outbox, clock)} == {2}

    def test_an_attempt_need_not_count(self, index: IndexPorts, outbox: Outbox, clock: FixedClock) -> None:
        _change(index)
        for task in _claim(outbox, clock):
            outbox.retry(task, clock.now(), "Unavailable: later", attempts=0)
        assert {each.attempts for each in _claim(outbox, clock)} == {1}

    def test_a_failed_task_and_one_made_meanwhile_become_one(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        claimed = _claim(outbox, clock)
        _change(index)
        for task in claimed:
            outbox.retry(task, clock.now() + timedelta(hours=1), "ValueError")
        assert outbox.waiting() == _KINDS
        assert {each.reaction for each in _claim(outbox, clock)} == _REACTIONS

    def test_a_commit_makes_a_task_that_waits_for_its_retry_due_at_once(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        for task in _claim(outbox, clock):
            outbox.retry(task, clock.now() + timedelta(hours=1), "ValueError")
        _change(index)
        assert outbox.waiting() == _KINDS
        assert {each.reaction for each in _claim(outbox, clock)} == _REACTIONS

    def test_a_worker_that_lost_its_lease_cannot_finish_delay_or_bury_the_task(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        late = _claim(outbox, clock)
        clock.advance(_LEASE)
        present = _claim(outbox, clock)
        for task in late:
            outbox.retry(task, clock.now(), "too late")
            outbox.bury(task, "too late")
            assert not outbox.extend(task, clock.now() + 10 * _LEASE)
            assert not outbox.done(task)
        assert outbox.waiting() == _KINDS
        assert _buried(outbox, clock) == []
        assert list(_claim(outbox, clock)) == []
        for task in present:
            outbox.done(task)
        assert outbox.waiting() == 0

    def test_a_buried_task_is_shown_and_not_claimed_again(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        tasks = _claim(outbox, clock)
        for task in tasks:
            outbox.bury(task, "ValueError: hopeless")
        clock.advance(10 * _LEASE)
        assert sorted(_buried(outbox, clock), key=repr) == sorted(tasks, key=repr)
        assert outbox.waiting() == 0
        assert list(_claim(outbox, clock)) == []

    def test_a_buried_task_does_not_keep_a_new_one_out(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        for task in _claim(outbox, clock):
            outbox.bury(task, "ValueError: hopeless")
        _change(index)
        assert {each.reaction for each in _claim(outbox, clock)} == _REACTIONS
        assert len(_buried(outbox, clock)) == _KINDS

    def test_a_task_made_while_an_equal_one_is_claimed_waits_for_its_end(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        claimed = _claim(outbox, clock)
        _change(index)
        assert list(_claim(outbox, clock)) == []
        clock.advance(_LEASE)
        # The worker died: what it had comes first.
        again = _claim(outbox, clock)
        assert {each.id for each in again} == {each.id for each in claimed}
        for task in again:
            outbox.bury(task, "ValueError: hopeless")
        assert {each.attempts for each in _claim(outbox, clock)} == {1}

    def test_a_lease_is_extended(self, index: IndexPorts, outbox: Outbox, clock: FixedClock) -> None:
        _change(index)
        tasks = _claim(outbox, clock)
        clock.advance(_LEASE / 2)
        assert all(outbox.extend(each, clock.now() + _LEASE) for each in tasks)
        clock.advance(_LEASE / 2)
        assert list(_claim(outbox, clock)) == []
        clock.advance(_LEASE / 2)
        assert {each.attempts for each in _claim(outbox, clock)} == {2}

    def test_a_reaction_can_be_put_without_a_commit(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        for task in _claim(outbox, clock):
            outbox.put(FIRST, task.reaction, clock.now())
            outbox.put(FIRST, task.reaction, clock.now())
            outbox.done(task)
        assert {each.reaction for each in _claim(outbox, clock)} == _REACTIONS

    def test_tasks_tell_of_their_state(self, index: IndexPorts, outbox: Outbox, clock: FixedClock) -> None:
        began = clock.now()
        _change(index, *"abc")
        (buried, delayed, claimed, *_others) = outbox.claim(4, began, began + _LEASE)
        later = clock.advance()
        outbox.bury(buried, "ValueError: ü")
        outbox.retry(delayed, later + _LEASE, "OSError: no")
        found = {each.task.id: each for each in outbox.tasks(later)}
        assert found[buried.id] == KeptTask(
            task=buried,
            state=TaskState.BURIED,
            since=began,
            due=None,
            lease_until=None,
            error="ValueError: ü",
        )
        assert found[delayed.id] == KeptTask(
            task=delayed,
            state=TaskState.WAITING,
            since=began,
            due=later + _LEASE,
            lease_until=None,
            error="OSError: no",
        )
        assert found[claimed.id] == KeptTask(
            task=claimed,
            state=TaskState.CLAIMED,
            since=began,
            due=None,
            lease_until=began + _LEASE,
            error="",
        )
        expired = {each.task.id: each for each in outbox.tasks(later + 2 * _LEASE)}
        assert (expired[claimed.id].state, expired[claimed.id].lease_until) == (TaskState.WAITING, None)

    def test_tasks_are_counted_by_their_state(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        assert outbox.standing(clock.now()) == OutboxStanding(waiting=0, claimed=0, buried=0, oldest=None)
        began = clock.now()
        _change(index, "a")
        [first] = outbox.claim(1, began, began + _LEASE)
        clock.advance()
        _change(index, "b")
        expected = OutboxStanding(waiting=2 * _KINDS - 1, claimed=1, buried=0, oldest=began)
        assert outbox.standing(clock.now()) == expected
        outbox.bury(first, "ValueError")
        assert outbox.standing(clock.now()).buried == 1

    def test_tasks_are_listed_by_id_a_page_at_a_time(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index, *"abcde")
        everything = [each.task.id for each in outbox.tasks(clock.now())]
        assert everything == sorted(everything)
        assert len(everything) == 5 * _KINDS
        first = [each.task.id for each in outbox.tasks(clock.now(), limit=3)]
        rest = [each.task.id for each in outbox.tasks(clock.now(), after=first[-1])]
        assert first + rest == everything

    def test_tasks_of_one_state_are_listed(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index, "a")
        [claimed] = outbox.claim(1, clock.now(), clock.now() + _LEASE)
        listed = {state: [each.task.id for each in outbox.tasks(clock.now(), state)] for state in TaskState}
        assert listed[TaskState.CLAIMED] == [claimed.id]
        assert claimed.id not in listed[TaskState.WAITING]
        assert len(listed[TaskState.WAITING]) == _KINDS - 1
        assert listed[TaskState.BURIED] == []

    def test_a_buried_task_is_renewed(self, index: IndexPorts, outbox: Outbox, clock: FixedClock) -> None:
        _change(index)
        for task in _claim(outbox, clock):
            outbox.bury(task, "ValueError")
            assert outbox.renew(task.id, clock.now())
            assert not outbox.renew(task.id, clock.now())
        assert _buried(outbox, clock) == []
        renewed = _claim(outbox, clock)
        assert {each.reaction for each in renewed} == _REACTIONS
        assert {each.attempts for each in renewed} == {1}

    def test_a_renewed_task_and_one_that_waits_become_one(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        buried = _claim(outbox, clock)
        for task in buried:
            outbox.bury(task, "ValueError")
        _change(index)
        for task in buried:
            assert outbox.renew(task.id, clock.now())
        assert outbox.waiting() == _KINDS

    def test_a_task_that_waits_for_its_retry_is_renewed(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        for task in _claim(outbox, clock):
            outbox.retry(task, clock.now() + 10 * _LEASE, "ValueError")
            assert outbox.renew(task.id, clock.now())
        assert {each.attempts for each in _claim(outbox, clock)} == {1}

    def test_a_dropped_task_is_gone(self, index: IndexPorts, outbox: Outbox, clock: FixedClock) -> None:
        _change(index)
        for task in _claim(outbox, clock):
            outbox.bury(task, "ValueError")
            assert outbox.drop(task.id, clock.now())
            assert not outbox.drop(task.id, clock.now())
        assert list(outbox.tasks(clock.now())) == []

    def test_a_task_that_a_worker_has_is_neither_renewed_nor_dropped(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index)
        tasks = _claim(outbox, clock)
        for task in tasks:
            assert not outbox.renew(task.id, clock.now())
            assert not outbox.drop(task.id, clock.now())
        clock.advance(_LEASE)
        assert all(outbox.drop(each.id, clock.now()) for each in tasks)

    def test_many_workers_never_claim_the_same_task(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        _change(index, *(f"p{number}" for number in range(30)))
        start = threading.Barrier(4)

        def work(_number: int) -> list[int]:
            start.wait()
            claimed: list[int] = []
            while tasks := _claim(outbox, clock, limit=7):
                claimed += [each.id for each in tasks]
            return claimed

        with ThreadPoolExecutor(4) as pool:
            claimed = [task_id for each in pool.map(work, range(4)) for task_id in each]
        assert len(claimed) == len(set(claimed)) == 30 * _KINDS

    def test_no_wake_up_is_lost_while_workers_and_writers_run(
        self, index: IndexPorts, outbox: Outbox, clock: FixedClock
    ) -> None:
        finished = threading.Event()

        def work() -> int:
            """Remember the newest serial at the time of each reaction, as a renderer would."""
            seen = 0
            while True:
                was_finished = finished.is_set()
                tasks = _claim(outbox, clock)
                for task in tasks:
                    with index.open_snapshot() as snapshot:
                        seen = max(seen, snapshot.journal.last_serial())
                    outbox.done(task)
                if was_finished and not tasks:
                    return seen

        def write() -> None:
            for _ in range(8):
                _change(index)

        with ThreadPoolExecutor(5) as pool:
            working = pool.submit(work)
            try:
                writers = [pool.submit(write) for _ in range(4)]
                for each in writers:
                    each.result()
            finally:
                finished.set()
            assert working.result() == 32


def _change(index: IndexPorts, *projects: str) -> None:
    """Commit one event for each of *projects*, without an argument for flask."""

    def commit() -> None:
        with index.open_unit_of_work(OPERATOR) as uow:
            for name in projects or ("flask",):
                uow.record_event(ProjectCreated(project=DisplayName(name)))
            uow.commit()

    until_it_passes(commit)


def _buried(outbox: Outbox, clock: FixedClock) -> list[Task]:
    return [each.task for each in outbox.tasks(clock.now(), TaskState.BURIED)]


def _claim(outbox: Outbox, clock: FixedClock, limit: int = 100) -> Sequence[Task]:
    return outbox.claim(limit, clock.now(), clock.now() + _LEASE)
