"""The contract of `pypi_core.ports.condemned_blobs`, and of `UnitOfWork.claim_blobs`."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from pypi_contracts.suites.rows import Database, IndexPorts, RowsContract, add_file, add_project
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.blob_keys import BlobKey, distribution_key, documentation_key
from pypi_core.domain.digests import digests_of
from pypi_core.errors import ConcurrentChange
from pypi_memory.environment import FixedClock

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_ONE = distribution_key(digests_of(b"one"))
# Other bytes, of another kind, under the same digest: keys are compared whole.
_SHADOW = documentation_key(_ONE.blake2_256)
_MANY = [distribution_key(digests_of(bytes([number]))) for number in range(20)]


class CondemnedBlobsContract(RowsContract):
    """Objects on their way out, and how a unit of work saves them."""

    def test_an_object_is_deleted_a_grace_period_after_it_was_condemned(
        self, database: Database, clock: FixedClock
    ) -> None:
        condemned, now = database.condemned_blobs, clock.now()
        condemned.condemn([_ONE, _SHADOW], now)

        assert list(condemned.begin_deleting(now - _HOUR, now - _DAY, now, 10)) == []
        assert set(condemned.begin_deleting(now, now - _DAY, now, 10)) == {_ONE, _SHADOW}
        assert list(condemned.begin_deleting(now, now - _DAY, now, 10)) == []

    def test_an_object_condemned_twice_keeps_its_first_moment(
        self, database: Database, clock: FixedClock
    ) -> None:
        condemned, now = database.condemned_blobs, clock.now()
        condemned.condemn([_ONE], now)
        condemned.condemn([_ONE], now + _DAY)

        assert list(condemned.begin_deleting(now, now - _DAY, now, 10)) == [_ONE]

    def test_an_object_that_a_row_points_at_is_forgotten_instead(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        condemned, now = database.condemned_blobs, clock.now()
        with index.open_unit_of_work(OPERATOR) as uow:
            add_project(uow, "flask")
            file = add_file(uow, "flask-1.0.tar.gz")
            uow.commit()
        key = distribution_key(file.digests)
        condemned.condemn([key, _ONE], now)

        assert list(condemned.begin_deleting(now, now - _DAY, now, 10)) == [_ONE]
        _claim(index, [key], now)

    def test_a_batch_has_no_more_objects_than_asked_for(self, database: Database, clock: FixedClock) -> None:
        condemned, now = database.condemned_blobs, clock.now()
        condemned.condemn(_MANY, now)

        batches = [condemned.begin_deleting(now, now - _DAY, now, 8) for _ in range(4)]

        assert [len(each) for each in batches] == [8, 8, 4, 0]
        assert {key for batch in batches for key in batch} == set(_MANY)

    def test_sweeps_at_once_are_given_different_objects(self, database: Database, clock: FixedClock) -> None:
        condemned, now = database.condemned_blobs, clock.now()
        condemned.condemn(_MANY, now)

        with ThreadPoolExecutor(4) as pool:
            tasks = [pool.submit(condemned.begin_deleting, now, now - _DAY, now, 3) for _ in range(4)]
            given = [key for each in tasks for key in each.result()]

        assert len(given) == len(set(given))

    def test_a_deletion_that_did_not_end_is_begun_again(self, database: Database, clock: FixedClock) -> None:
        condemned, now = database.condemned_blobs, clock.now()
        condemned.condemn([_ONE], now)
        condemned.begin_deleting(now, now - _DAY, now, 10)

        assert list(condemned.begin_deleting(now, now, now + _DAY, 10)) == [_ONE]

    def test_an_object_deleted_once_is_condemned_again(self, database: Database, clock: FixedClock) -> None:
        condemned, now = database.condemned_blobs, clock.now()
        self._delete(database, [_ONE], now)
        condemned.condemn([_ONE], now + _DAY)

        assert list(condemned.begin_deleting(now, now, now, 10)) == []
        assert list(condemned.begin_deleting(now + _DAY, now, now + _DAY, 10)) == [_ONE]

    def test_a_claim_saves_a_condemned_object(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        condemned, now = database.condemned_blobs, clock.now()
        condemned.condemn([_ONE, _SHADOW], now)
        _claim(index, [_ONE], now)

        assert list(condemned.begin_deleting(now, now - _DAY, now, 10)) == [_SHADOW]

    def test_a_claim_that_is_rolled_back_saves_nothing(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        condemned, now = database.condemned_blobs, clock.now()
        condemned.condemn([_ONE], now)
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.claim_blobs([_ONE], now)

        assert list(condemned.begin_deleting(now, now - _DAY, now, 10)) == [_ONE]

    def test_a_claim_of_an_object_that_is_being_deleted_is_refused(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        condemned, now = database.condemned_blobs, clock.now()
        condemned.condemn([_ONE], now)
        condemned.begin_deleting(now, now - _DAY, now, 10)

        with pytest.raises(ConcurrentChange):
            _claim(index, [*_MANY, _ONE], now + _DAY)
        _claim(index, [*_MANY, _SHADOW], now)

    def test_a_claim_of_bytes_put_before_their_deletion_is_refused(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        now = clock.now()
        self._delete(database, [_ONE], now)

        with pytest.raises(ConcurrentChange):
            _claim(index, [_ONE], now - _HOUR)
        _claim(index, [_ONE], now + _HOUR)

    def test_a_deletion_is_forgotten_after_a_while(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        now = clock.now()
        self._delete(database, [_ONE], now)

        database.condemned_blobs.forget(now)
        with pytest.raises(ConcurrentChange):
            _claim(index, [_ONE], now - _HOUR)
        database.condemned_blobs.forget(now + _HOUR)
        _claim(index, [_ONE], now - _HOUR)

    @staticmethod
    def _delete(database: Database, keys: Sequence[BlobKey], now: datetime) -> None:
        condemned = database.condemned_blobs
        condemned.condemn(keys, now)
        condemned.finish_deleting(condemned.begin_deleting(now, now - _DAY, now, 10), now)


def _claim(index: IndexPorts, keys: Sequence[BlobKey], put: datetime) -> None:
    with index.open_unit_of_work(OPERATOR) as uow:
        uow.claim_blobs(keys, put)
        uow.commit()
