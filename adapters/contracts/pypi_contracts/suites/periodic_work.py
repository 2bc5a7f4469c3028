"""The contract of `pypi_core.ports.periodic_work`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from pypi_contracts.suites.rows import Database, RowsContract
from pypi_core.ports.periodic_work import PeriodicWork, PeriodicWorkKind, PeriodicWorkState, Turn
from pypi_memory.environment import FixedClock

_SWEEP, _COUNT = PeriodicWorkKind.SWEEP_BLOBS, PeriodicWorkKind.COUNT_SIZES
_LEASE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


class PeriodicWorkContract(RowsContract):
    """
    All that an adapter of periodic work must do.

    Subclass it with the fixture ``database`` of `RowsContract`.
    """

    @pytest.fixture
    def work(self, database: Database) -> PeriodicWork:
        """Return the periodic work of the database."""
        return database.periodic_work

    def test_work_that_is_due_is_claimed_by_one(self, work: PeriodicWork, clock: FixedClock) -> None:
        assert _claim(work, clock) is not None
        assert _claim(work, clock) is None

    def test_each_kind_is_claimed_on_its_own(self, work: PeriodicWork, clock: FixedClock) -> None:
        assert _claim(work, clock, _SWEEP) is not None
        assert _claim(work, clock, _COUNT) is not None

    def test_work_is_first_due_when_the_first_caller_says(
        self, work: PeriodicWork, clock: FixedClock
    ) -> None:
        first = clock.now() + _HOUR
        assert _claim(work, clock, first_due=first) is None
        clock.advance(_HOUR - timedelta(microseconds=1))
        # A second caller does not put it off.
        assert _claim(work, clock, first_due=first + _HOUR) is None
        clock.advance(timedelta(microseconds=1))
        assert _claim(work, clock, first_due=first + _HOUR) is not None

    def test_work_that_ended_is_claimed_again_when_it_is_due(
        self, work: PeriodicWork, clock: FixedClock
    ) -> None:
        turn = _claimed(work, clock)
        work.end(turn, clock.now(), clock.now() + _HOUR, "")
        clock.advance(_HOUR - timedelta(microseconds=1))
        assert _claim(work, clock) is None
        clock.advance(timedelta(microseconds=1))
        assert _claimed(work, clock) != turn

    def test_work_of_a_dead_worker_is_claimed_when_its_lease_expires(
        self, work: PeriodicWork, clock: FixedClock
    ) -> None:
        _claimed(work, clock)
        clock.advance(_LEASE - timedelta(microseconds=1))
        assert _claim(work, clock) is None
        clock.advance(timedelta(microseconds=1))
        assert _claim(work, clock) is not None

    def test_a_lease_is_extended(self, work: PeriodicWork, clock: FixedClock) -> None:
        turn = _claimed(work, clock)
        clock.advance(_LEASE / 2)
        assert work.extend(turn, clock.now() + _LEASE)
        clock.advance(_LEASE / 2)
        assert _claim(work, clock) is None
        clock.advance(_LEASE / 2)
        assert _claim(work, clock) is not None

    def test_a_worker_that_lost_its_lease_cannot_extend_or_end_the_work(
        self, work: PeriodicWork, clock: FixedClock
    ) -> None:
        late = _claimed(work, clock)
        clock.advance(_LEASE)
        present = _claimed(work, clock)
        assert not work.extend(late, clock.now() + 10 * _LEASE)
        work.end(late, clock.now(), clock.now() + _HOUR, "too late")
        assert _state(work).error == ""
        work.end(present, clock.now(), clock.now() + _HOUR, "")
        assert not work.extend(present, clock.now() + 10 * _LEASE)
        assert _state(work).lease_until is None

    def test_the_state_tells_of_the_last_turn(self, work: PeriodicWork, clock: FixedClock) -> None:
        assert list(work.states()) == []
        began = clock.now()
        turn = _claimed(work, clock)
        assert _state(work) == _expected(due=began, lease_until=began + _LEASE, began=began)
        ended = clock.advance(_LEASE / 2)
        work.end(turn, ended, ended + _HOUR, "OSError: ü")
        failed = _expected(due=ended + _HOUR, began=began, ended=ended, error="OSError: ü")
        assert _state(work) == failed
        again = clock.advance(_HOUR)
        work.end(_claimed(work, clock), again, again + _HOUR, "")
        assert _state(work) == _expected(due=again + _HOUR, began=again, ended=again)

    def test_of_many_workers_one_gets_the_work(self, work: PeriodicWork, clock: FixedClock) -> None:
        start = threading.Barrier(4)

        def claim(_number: int) -> Turn | None:
            start.wait()
            return _claim(work, clock)

        with ThreadPoolExecutor(4) as pool:
            assert sum(each is not None for each in pool.map(claim, range(4))) == 1


def _claim(
    work: PeriodicWork,
    clock: FixedClock,
    kind: PeriodicWorkKind = _SWEEP,
    first_due: datetime | None = None,
) -> Turn | None:
    return work.claim(kind, clock.now(), clock.now() + _LEASE, first_due or clock.now())


def _claimed(work: PeriodicWork, clock: FixedClock) -> Turn:
    turn = _claim(work, clock)
    assert turn is not None
    return turn


def _state(work: PeriodicWork) -> PeriodicWorkState:
    [state] = work.states()
    return state


def _expected(
    *,
    due: datetime,
    lease_until: datetime | None = None,
    began: datetime | None = None,
    ended: datetime | None = None,
    error: str = "",
) -> PeriodicWorkState:
    return PeriodicWorkState(
        kind=_SWEEP, due=due, lease_until=lease_until, began=began, ended=ended, error=error
    )
