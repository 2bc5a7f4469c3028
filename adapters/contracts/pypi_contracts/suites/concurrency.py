"""Many threads on one database: what rows must do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from pypi_contracts.suites.rows import (
    FIRST,
    SECOND,
    Database,
    IndexPorts,
    RowsContract,
    add_file,
    add_index,
    add_project,
    create_project,
    until_it_passes,
)
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import ProjectStatus, Serial, Status
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.errors import ConcurrentChange, FileAlreadyExists, ProjectAlreadyExists
from pypi_memory.environment import FixedClock

_THREADS = 10
_COMMITS = 4
_COUNTER = NormalizedName("counter")
_T = TypeVar("_T")


class ConcurrencyContract(RowsContract):
    """Writers exclude each other; readers see whole transactions in the order of their serials."""

    def test_a_reader_meets_every_serial_once_and_in_order_while_ten_threads_commit(
        self, index: IndexPorts
    ) -> None:
        finished = threading.Event()

        def commit_some(number: int) -> list[Serial]:
            return [until_it_passes(partial(_publish, index, number, i)) for i in range(_COMMITS)]

        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(_follow, index, finished)
            try:
                returned = _at_once(commit_some)
            finally:
                finished.set()
        # One project, then for each commit a release and a file.
        total = _THREADS * (1 + 2 * _COMMITS)
        assert reading.result() == list(range(1, total + 1))
        serials = [serial for each in returned for serial in each]
        assert len(set(serials)) == _THREADS * _COMMITS
        assert max(serials) == total
        assert all(each == sorted(each) for each in returned)

    def test_a_serial_that_was_returned_can_be_read_at_once(self, index: IndexPorts) -> None:
        def commit_and_look(number: int) -> bool:
            serial = until_it_passes(lambda: _publish(index, number, 0))
            with index.open_snapshot() as snapshot:
                (change,) = snapshot.journal.since(Serial(serial - 1), 1)
                project = snapshot.projects.get(NormalizedName(f"p{number}"))
                return change.serial == project.serial == serial <= snapshot.journal.last_serial()

        assert _at_once(commit_and_look) == [True] * _THREADS

    def test_no_update_is_lost(self, index: IndexPorts) -> None:
        create_project(index, _COUNTER)

        def count_up() -> None:
            with index.open_unit_of_work(OPERATOR) as uow:
                project = uow.projects.get(_COUNTER)
                _let_others_run()
                counted = ProjectStatus(Status.ACTIVE, str(int(project.status.reason or 0) + 1))
                uow.projects.update(replace(project, status=counted))
                uow.commit()

        _at_once(lambda _number: [until_it_passes(count_up) for _ in range(_COMMITS)])
        with index.open_snapshot() as snapshot:
            assert snapshot.projects.get(_COUNTER).status.reason == str(_THREADS * _COMMITS)

    def test_of_parallel_first_creations_of_one_project_one_succeeds(
        self, index: IndexPorts, clock: FixedClock
    ) -> None:
        name = NormalizedName("flask")

        def create(number: int) -> str:
            try:
                with index.open_unit_of_work(OPERATOR) as uow:
                    uow.projects.add(name, DisplayName("flask"), clock.now())
                    _let_others_run()
                    uow.commit()
            except (ProjectAlreadyExists, ConcurrentChange):
                return "refused"
            return "created"

        outcomes = _at_once(create)
        assert sorted(outcomes) == ["created"] + ["refused"] * (_THREADS - 1)
        with index.open_snapshot() as snapshot:
            assert snapshot.projects.count() == 1

    def test_of_parallel_uploads_of_one_file_name_one_succeeds(self, index: IndexPorts) -> None:
        create_project(index, "flask")

        def upload(number: int) -> str:
            try:
                with index.open_unit_of_work(OPERATOR) as uow:
                    add_file(uow, "flask-1.0.tar.gz", f"bytes {number}".encode())
                    _let_others_run()
                    uow.commit()
            except (FileAlreadyExists, ConcurrentChange):
                return "refused"
            return "published"

        assert sorted(_at_once(upload)) == ["published"] + ["refused"] * (_THREADS - 1)
        with index.open_snapshot() as snapshot:
            project = snapshot.projects.get(NormalizedName("flask"))
            assert len(snapshot.files.of(project.id)) == len(snapshot.releases.of(project.id)) == 1
            assert snapshot.journal.last_serial() == 3

    def test_writers_of_two_indexes_do_not_disturb_each_other(self, database: Database) -> None:
        indexes = [add_index(database, FIRST), add_index(database, SECOND)]
        _at_once(lambda number: until_it_passes(lambda: _publish(indexes[number % 2], number, 0)))
        for index in indexes:
            with index.open_snapshot() as snapshot:
                serials = [each.serial for each in snapshot.journal.since(Serial(0), 100)]
                assert serials == list(range(1, 3 * _THREADS // 2 + 1))
                assert snapshot.projects.count() == _THREADS // 2


def _publish(index: IndexPorts, number: int, release: int) -> Serial:
    with index.open_unit_of_work(OPERATOR) as uow:
        if uow.projects.find(NormalizedName(f"p{number}")) is None:
            add_project(uow, f"p{number}")
        add_file(uow, f"p{number}-{release}.tar.gz")
        _let_others_run()
        return uow.commit()


def _follow(index: IndexPorts, finished: threading.Event) -> list[int]:
    """Read the journal as a mirror does, until it is finished and read to its end."""
    seen: list[int] = []
    while True:
        was_finished = finished.is_set()
        with index.open_snapshot() as snapshot:
            page = snapshot.journal.since(Serial(seen[-1] if seen else 0), 7)
        seen.extend(each.serial for each in page)
        if was_finished and not page:
            return seen


def _let_others_run() -> None:
    """Give the other threads a chance to do harm in the middle of a transaction."""
    time.sleep(0.001)


def _at_once(work: Callable[[int], _T]) -> list[_T]:
    """Do *work* in ten threads that start together."""
    start = threading.Barrier(_THREADS)

    def started(number: int) -> _T:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(started, range(_THREADS)))
