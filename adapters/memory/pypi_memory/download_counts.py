"""Counts of downloads in memory."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from pypi_core.domain.downloads import ClientTrait, DownloadCount, Span
from pypi_core.domain.entities import File, ProjectId, Release
from pypi_core.domain.indexes import IndexName
from pypi_memory.rows import Storage

if TYPE_CHECKING:
    from pypi_core.ports.download_counts import DownloadBatches, DownloadCounts


class _Key(NamedTuple):
    """What is counted: a file, or a value of what clients are."""

    project: ProjectId
    span: Span
    start: date
    trait: ClientTrait | None
    value: str
    version: str = ""


class InMemoryDownloadBatches:
    """Batches on their way, and the counts of all indexes."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._lock = threading.Lock()
        self._waiting: deque[Sequence[DownloadCount]] = deque()
        self.counted: Counter[_Key] = Counter()

    def put(self, counts: Sequence[DownloadCount]) -> None:
        self._waiting.append(tuple(counts))

    def add_up(self) -> int:
        with self._lock:
            if not self._waiting:
                return 0
            batch = self._waiting.popleft()
            for each in batch:
                self._add(each)
            return len(batch)

    def forget(self, span: Span, before: date) -> int:
        with self._lock:
            old = [key for key in self.counted if key.span is span and key.start < before]
            for key in old:
                del self.counted[key]
            return len(old)

    def _add(self, count: DownloadCount) -> None:
        found = self._listed(count)
        if found is None:
            return
        file, release = found
        for span in Span:
            when = (file.project_id, span, span.start(count.day))
            self.counted[_Key(*when, None, file.filename, str(release.version))] += count.count
            for trait in ClientTrait:
                self.counted[_Key(*when, trait, trait.of(count.client))] += count.count

    def _listed(self, count: DownloadCount) -> tuple[File, Release] | None:
        rows = self._storage.committed.indexes
        first = [each for name, each in rows.items() if name == count.index]
        for index in (*first, *rows.values()):
            for file in index.files.values():
                if file.digests.blake2_256 == count.blake2_256:
                    return file, index.releases[file.release_id]
        return None


class InMemoryDownloadCounts:
    """The counts of one index."""

    def __init__(self, storage: Storage, batches: InMemoryDownloadBatches, name: IndexName) -> None:
        self._storage = storage
        self._batches = batches
        self._name = name

    def of_clients(self, project: ProjectId, trait: ClientTrait, since: date) -> Mapping[str, int]:
        return self._sums(
            project, lambda key: key.value if _is_day(key, since) and key.trait is trait else None
        )

    def of_days(self, project: ProjectId, since: date) -> Mapping[date, int]:
        counted = self._batches.counted
        return {
            key.start: counted[key]
            for key in sorted(counted, key=lambda key: key.start)
            if key.project == project and key.trait is ClientTrait.ALL and _is_day(key, since)
        }

    def of_versions(self, project: ProjectId, since: date) -> Mapping[str, int]:
        return self._sums(
            project, lambda key: key.version if _is_day(key, since) and key.trait is None else None
        )

    def of_files(self, project: ProjectId, before: date) -> Mapping[str, int]:
        found: Counter[str] = Counter()
        for key, count in self._batches.counted.items():
            if key.project == project and key.trait is None:
                if key.span is Span.TOTAL:
                    found[key.value] += count
                elif _is_day(key, before):
                    found[key.value] -= count
        return found

    def total(self, project: ProjectId) -> int:
        return self._batches.counted[_total(project)]

    def most_downloaded(self, limit: int) -> Sequence[tuple[str, int]]:
        counted = self._batches.counted
        there = [
            each
            for each in self._storage.committed.index(self._name).projects.values()
            if _total(each.id) in counted
        ]
        there.sort(key=lambda each: (-counted[_total(each.id)], each.name))
        return [(each.display_name, counted[_total(each.id)]) for each in there[:limit]]

    def _sums(self, project: ProjectId, value_of: Callable[[_Key], str | None]) -> Mapping[str, int]:
        found: Counter[str] = Counter()
        for key, count in self._batches.counted.items():
            if key.project == project and (value := value_of(key)) is not None:
                found[value] += count
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def _is_day(key: _Key, since: date) -> bool:
    return key.span is Span.DAY and key.start >= since


def _total(project: ProjectId) -> _Key:
    return _Key(project, Span.TOTAL, date.min, ClientTrait.ALL, "")


if TYPE_CHECKING:
    _: tuple[type[DownloadBatches], type[DownloadCounts]] = (
        InMemoryDownloadBatches,
        InMemoryDownloadCounts,
    )
