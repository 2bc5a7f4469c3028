"""The contract of `pypi_core.ports.download_counts`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from pypi_contracts.suites.rows import FIRST, SECOND, Database, IndexPorts, RowsContract, add_index, publish
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.downloads import ClientTrait, DownloadClient, DownloadCount, Span
from pypi_core.domain.entities import File, ProjectId
from pypi_core.domain.indexes import IndexName
from pypi_core.ports.download_counts import DownloadBatches, DownloadCounts

_DAY = timedelta(days=1)
_MONDAY = date(2024, 2, 26)
_PIP = DownloadClient("pip", "3.12", "Linux")
_UV = DownloadClient("uv", "3.13", "macOS")


class DownloadCountsContract(RowsContract):
    """
    All that an adapter of the counts of downloads must do.

    Subclass it with the fixture ``database`` of `RowsContract`.
    """

    @pytest.fixture
    def batches(self, database: Database) -> DownloadBatches:
        """Return the batches of the database."""
        return database.download_batches

    @pytest.fixture
    def counts(self, index: IndexPorts) -> DownloadCounts:
        """Return the counts of the index."""
        return index.download_counts

    def test_batches_are_added_up(
        self, index: IndexPorts, batches: DownloadBatches, counts: DownloadCounts
    ) -> None:
        file = publish(index, "flask-1.0.tar.gz")
        batches.put([_count(file, 2), _count(file, 1, client=_UV)])
        batches.put([_count(file, 4, _MONDAY + _DAY)])
        assert counts.total(file.project_id) == 0

        assert [batches.add_up() for _ in range(3)] == [2, 1, 0]

        project = file.project_id
        assert counts.total(project) == 7
        assert counts.of_days(project, _MONDAY) == {_MONDAY: 3, _MONDAY + _DAY: 4}
        assert list(counts.of_clients(project, ClientTrait.INSTALLER, _MONDAY).items()) == [
            ("pip", 6),
            ("uv", 1),
        ]
        assert counts.of_clients(project, ClientTrait.PYTHON, _MONDAY) == {"3.12": 6, "3.13": 1}
        assert counts.of_clients(project, ClientTrait.SYSTEM, _MONDAY + _DAY) == {"Linux": 4}

    def test_versions_and_files_are_counted_on_their_own(
        self, index: IndexPorts, batches: DownloadBatches, counts: DownloadCounts
    ) -> None:
        sdist, wheel = (publish(index, f"flask-1.0{end}") for end in (".tar.gz", "-py3-none-any.whl"))
        newer = publish(index, "flask-2.0.tar.gz")
        batches.put([_count(sdist, 1), _count(wheel, 2), _count(newer, 9), _count(newer, 5, _MONDAY + _DAY)])
        batches.add_up()
        assert list(counts.of_versions(sdist.project_id, _MONDAY).items()) == [("2.0", 14), ("1.0", 3)]
        # The last day is left out.
        assert counts.of_files(sdist.project_id, _MONDAY + _DAY) == {
            sdist.filename: 1,
            wheel.filename: 2,
            newer.filename: 9,
        }

    def test_an_index_counts_for_itself(
        self, database: Database, index: IndexPorts, batches: DownloadBatches
    ) -> None:
        other = add_index(database, SECOND)
        here, there = publish(index, "flask-1.0.tar.gz"), publish(other, "flask-1.0.tar.gz")
        batches.put([_count(here, 1), _count(there, 2, index=SECOND)])
        batches.add_up()
        assert index.download_counts.total(here.project_id) == 1
        assert other.download_counts.total(there.project_id) == 2
        assert list(index.download_counts.most_downloaded(10)) == [("flask", 1)]
        assert list(other.download_counts.most_downloaded(10)) == [("flask", 2)]

    def test_a_file_of_another_index_counts_there(
        self, database: Database, index: IndexPorts, batches: DownloadBatches
    ) -> None:
        """The root serves the files of all indexes."""
        other = add_index(database, SECOND)
        file = publish(other, "flask-1.0.tar.gz")
        batches.put([_count(file, 3, index=FIRST)])
        batches.add_up()
        assert other.download_counts.total(file.project_id) == 3

    def test_what_no_index_lists_is_dropped(
        self, index: IndexPorts, batches: DownloadBatches, counts: DownloadCounts
    ) -> None:
        file = publish(index, "flask-1.0.tar.gz")
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.files.delete(file)
            uow.commit()
        batches.put([_count(file, 3)])
        assert batches.add_up() == 1
        assert counts.total(file.project_id) == 0
        assert batches.add_up() == 0

    def test_counts_of_a_deleted_file_stay(
        self, index: IndexPorts, batches: DownloadBatches, counts: DownloadCounts
    ) -> None:
        file = publish(index, "flask-1.0.tar.gz")
        batches.put([_count(file, 3)])
        batches.add_up()
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.files.delete(file)
            uow.commit()
        assert counts.total(file.project_id) == 3

    def test_projects_are_listed_by_downloads(
        self, index: IndexPorts, batches: DownloadBatches, counts: DownloadCounts
    ) -> None:
        files = {name: publish(index, f"{name}-1.0.tar.gz") for name in "abc"}
        batches.put([_count(files["a"], 1), _count(files["b"], 3), _count(files["c"], 1)])
        batches.add_up()
        assert list(counts.most_downloaded(10)) == [("b", 3), ("a", 1), ("c", 1)]
        assert list(counts.most_downloaded(1)) == [("b", 3)]

    def test_old_counts_are_forgotten_and_the_total_stays(
        self, index: IndexPorts, batches: DownloadBatches, counts: DownloadCounts
    ) -> None:
        file = publish(index, "flask-1.0.tar.gz")
        batches.put([_count(file, 1), _count(file, 2, _MONDAY + _DAY)])
        batches.add_up()
        assert batches.forget(Span.DAY, _MONDAY + _DAY) > 0
        assert batches.forget(Span.DAY, _MONDAY + _DAY) == 0
        assert counts.of_days(file.project_id, _MONDAY) == {_MONDAY + _DAY: 2}
        assert counts.of_versions(file.project_id, _MONDAY) == {"1.0": 2}
        assert counts.total(file.project_id) == 3
        assert batches.forget(Span.MONTH, _MONDAY.replace(day=2)) > 0

    def test_what_was_never_downloaded_has_no_counts(self, index: IndexPorts, counts: DownloadCounts) -> None:
        project = publish(index, "flask-1.0.tar.gz").project_id
        for each in (project, ProjectId(999)):
            assert counts.total(each) == 0
            assert counts.of_days(each, date.min) == {}
            assert counts.of_files(each, _MONDAY) == {}
        assert list(counts.most_downloaded(10)) == []

    def test_workers_add_each_batch_up_once(
        self, index: IndexPorts, batches: DownloadBatches, counts: DownloadCounts
    ) -> None:
        file = publish(index, "flask-1.0.tar.gz")
        for _ in range(40):
            batches.put([_count(file, 1), _count(file, 1, client=_UV)])
        start = threading.Barrier(4)

        def work(_number: int) -> None:
            start.wait()
            # One that another worker has at this moment is passed over.
            for _ in range(40):
                batches.add_up()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        while batches.add_up():
            pass
        assert counts.total(file.project_id) == 80


def _count(
    file: File,
    count: int,
    day: date = _MONDAY,
    *,
    client: DownloadClient = _PIP,
    index: IndexName = FIRST,
) -> DownloadCount:
    return DownloadCount(index=index, blake2_256=file.digests.blake2_256, day=day, client=client, count=count)
