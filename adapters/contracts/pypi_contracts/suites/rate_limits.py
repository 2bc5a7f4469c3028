"""The contract of `pypi_core.ports.rate_limits`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from pypi_contracts.suites.rows import Database, IndexPorts, RowsContract, add_project
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.rate_limits import RateLimit
from pypi_core.ports.rate_limits import RateCounts
from pypi_memory.environment import FixedClock

_THREADS = 10
LIMIT = RateLimit(name="uploads", quota=3, window=60, refusal="Wait {wait}.")
OTHER = RateLimit(name="new-projects", quota=1, window=60, refusal="Wait {wait}.")


class RateLimiterContract(RowsContract):
    """
    All that an adapter of the counts must do.

    Subclass it with the fixture ``database`` of `RowsContract`.
    """

    def test_a_whole_quota_may_be_used_at_once_and_no_more(
        self, database: Database, clock: FixedClock
    ) -> None:
        now, counts = clock.now(), database.rate_limiter

        assert [counts.take(LIMIT, "ann", now).remaining for _ in range(3)] == [2, 1, 0]
        refused = counts.take(LIMIT, "ann", now)
        assert (refused.is_over, refused.remaining, refused.wait) == (True, 0, 20)

    def test_the_last_that_is_permitted_is_not_over(self, database: Database, clock: FixedClock) -> None:
        now, counts = clock.now(), database.rate_limiter

        assert [counts.take(LIMIT, "ann", now).is_over for _ in range(4)] == [False, False, False, True]
        assert counts.look(LIMIT, "ann", now).is_over

    def test_looking_does_not_count(self, database: Database, clock: FixedClock) -> None:
        now, counts = clock.now(), database.rate_limiter

        assert {counts.look(LIMIT, "ann", now).remaining for _ in range(5)} == {3}
        counts.take(LIMIT, "ann", now)
        assert {counts.look(LIMIT, "ann", now).remaining for _ in range(5)} == {2}

    def test_a_refused_use_is_not_counted(self, database: Database, clock: FixedClock) -> None:
        counts = database.rate_limiter
        for _ in range(10):
            counts.take(LIMIT, "ann", clock.now())

        now = clock.advance(timedelta(seconds=20))

        assert not counts.take(LIMIT, "ann", now).is_over
        assert counts.take(LIMIT, "ann", now).is_over

    def test_the_quota_comes_back_evenly(self, database: Database, clock: FixedClock) -> None:
        counts = database.rate_limiter
        for _ in range(3):
            counts.take(LIMIT, "ann", clock.now())

        assert counts.look(LIMIT, "ann", clock.advance(timedelta(seconds=19, milliseconds=999))).is_over
        assert counts.look(LIMIT, "ann", clock.advance(timedelta(milliseconds=1))).remaining == 1
        assert counts.look(LIMIT, "ann", clock.advance(timedelta(days=1))).remaining == 3

    def test_subjects_and_limits_do_not_share_a_count(self, database: Database, clock: FixedClock) -> None:
        now, counts = clock.now(), database.rate_limiter
        for _ in range(3):
            counts.take(LIMIT, "ann", now)

        assert not counts.take(LIMIT, "bob", now).is_over
        assert not counts.take(OTHER, "ann", now).is_over
        assert counts.take(OTHER, "ann", now).is_over

    def test_concurrent_uses_do_not_exceed_the_quota(self, database: Database, clock: FixedClock) -> None:
        start = threading.Barrier(_THREADS)

        def take(_: int) -> bool:
            start.wait()
            return database.rate_limiter.take(LIMIT, "ann", clock.now()).is_over

        with ThreadPoolExecutor(_THREADS) as pool:
            assert sorted(pool.map(take, range(_THREADS))) == [False] * 3 + [True] * (_THREADS - 3)

    def test_a_use_is_counted_when_its_unit_of_work_commits(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        now = clock.now()
        with index.open_unit_of_work(OPERATOR) as uow:
            assert _take(uow.rate_counts, clock) == [2, 1, 0, 0]
        assert database.rate_limiter.look(LIMIT, "ann", now).remaining == 3

        with index.open_unit_of_work(OPERATOR) as uow:
            add_project(uow, "flask")
            uow.rate_counts.take(LIMIT, "ann", now)
            uow.commit()
        assert database.rate_limiter.look(LIMIT, "ann", now).remaining == 2

    def test_only_expired_counts_are_forgotten(self, database: Database, clock: FixedClock) -> None:
        counts = database.rate_limiter
        counts.take(LIMIT, "ann", clock.now())
        clock.advance(timedelta(seconds=20))
        counts.take(LIMIT, "bob", clock.now())

        assert counts.forget(clock.now()) == 1
        assert counts.look(LIMIT, "bob", clock.now()).remaining == 2
        assert counts.forget(clock.now()) == 0

    def test_counting_is_not_a_visible_change(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        before = database.change_signal.generation()

        database.rate_limiter.take(LIMIT, "ann", clock.now())

        assert database.change_signal.generation() == before


def _take(counts: RateCounts, clock: FixedClock) -> list[int]:
    return [counts.take(LIMIT, "ann", clock.now()).remaining for _ in range(4)]
