"""What a server needs, looked at for those who watch over it."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from pypi_app.settings import LocalBlobs, Settings, SqliteSearch
from pypi_core.domain.blob_keys import BlobKey, BlobKind
from pypi_core.errors import PackageIndexError
from pypi_core.ports.blobs import BlobStore
from pypi_core.ports.environment import Clock
from pypi_core.ports.outbox import Outbox, OutboxStanding
from pypi_core.ports.periodic_work import PeriodicWork
from pypi_core.ports.search import SearchEngine
from pypi_http_api.traffic import Sample
from pypi_http_api.watching import Shortcoming
from pypi_sql import SqlDatabase

_logger = logging.getLogger(__name__)

# With less than this nothing useful can be written.
_FULL = 1024 * 1024
_MEBIBYTE = 1024 * 1024
_KEPT_SECONDS = 1.0
_COUNTED_SECONDS = 5.0
_PROBE = BlobKey(BlobKind.DISTRIBUTION, "0" * 64)


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    part: str
    sentence: str
    stops_serving: bool = False
    since: datetime | None = None


class Watch:
    """
    Looks at the database, the stored files, the search, the disks, and at what workers have left undone.

    A look costs a few short queries, and is shared by all who ask within a second.  What cannot be read or
    installed without stops serving; what only keeps work waiting does not, since taking servers
    away from readers would mend nothing.
    """

    def __init__(
        self,
        settings: Settings,
        database: SqlDatabase,
        blobs: BlobStore,
        search: SearchEngine,
        outbox: Outbox,
        periodic_work: PeriodicWork,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._database = database
        self._blobs = blobs
        self._search = search
        self._outbox = outbox
        self._periodic_work = periodic_work
        self._clock = clock
        self._known_since: dict[str, datetime] = {}
        self._looking = threading.Lock()
        self._looked = float("-inf")
        self._missing: Sequence[Shortcoming] = ()
        self._began = clock.now()
        self._counted = float("-inf")
        self._standing: OutboxStanding | None = None

    def look(self) -> Sequence[Shortcoming]:
        """Return what is missing, and since when that is known."""
        with self._looking:
            if time.monotonic() - self._looked >= _KEPT_SECONDS:
                now = self._clock.now()
                found = list(self._shortcomings())
                parts = {each.part for each in found}
                self._log_changes(found)
                self._known_since = {each: self._known_since.get(each, now) for each in sorted(parts)}
                self._missing = [
                    Shortcoming(
                        part=each.part,
                        sentence=each.sentence,
                        since=each.since or self._known_since[each.part],
                        stops_serving=each.stops_serving,
                    )
                    for each in sorted(found, key=lambda each: not each.stops_serving)
                ]
                self._looked = time.monotonic()
            return self._missing

    def samples(self) -> Mapping[Sample, float]:
        """Return what is missing and what waits for workers, for ``/metrics``."""
        # A store that hangs holds a look up: its numbers are wanted then most of all.
        missing = self._missing if self._looking.locked() else self.look()
        found: dict[Sample, float] = {("pypi_missing", each.part): 1 for each in missing}
        if (standing := self._standing) is not None:
            for state in ("waiting", "claimed", "buried"):
                found["pypi_outbox_tasks", state] = getattr(standing, state)
            found["pypi_outbox_age_seconds",] = _seconds(self._clock.now(), standing.oldest)
        return found

    def samples_of_process(self) -> Mapping[Sample, float]:
        """Return what this process alone has open."""
        in_use, idle = self._database.connections_open()
        return {("pypi_database_connections", "in use"): in_use, ("pypi_database_connections", "idle"): idle}

    def _log_changes(self, found: Sequence[_Found]) -> None:
        for each in found:
            if each.part not in self._known_since:
                _logger.warning("missing: %s", each.sentence, extra={"part": each.part})
        for part in self._known_since.keys() - {each.part for each in found}:
            _logger.info("the %s is well again", part, extra={"part": part})

    def _shortcomings(self) -> Iterator[_Found]:
        database = self._of_database()
        if database is not None:
            yield database
        else:
            yield from self._of_workers()
        yield from self._of_blobs()
        yield from self._of_search()
        yield from self._of_disks()

    def _of_database(self) -> _Found | None:
        try:
            if self._database.is_behind():
                sentence = "The database belongs to an earlier version: run `pypi-server migrate`."
                return _Found(part="database", sentence=sentence, stops_serving=True)
        except PackageIndexError as error:
            return _Found(part="database", sentence=str(error), stops_serving=True)
        try:
            self._database.require_open()
        except PackageIndexError as error:
            # It can be read until the servers use the other one.
            return _Found(part="database", sentence=str(error))
        return None

    def _of_workers(self) -> Iterator[_Found]:
        health, now = self._settings.health, self._clock.now()
        try:
            # Counting takes as long as there is work: this is not done for every look.
            if time.monotonic() - self._counted >= _COUNTED_SECONDS:
                self._standing, self._counted = self._outbox.standing(now), time.monotonic()
            states = self._periodic_work.states()
        except PackageIndexError:
            self._standing = None
            return
        oldest = self._standing.oldest if self._standing else None
        if _seconds(now, oldest) > health.outbox_seconds:
            yield _Found(
                part="outbox",
                sentence="Work that uploads left has waited for long: see `pypi-server outbox list`.",
                since=oldest,
            )
        # Something is due every minute, and done by one of all workers.
        due = [each.due for each in states if each.lease_until is None or each.lease_until <= now]
        overdue = min(due) if due else (now if states else self._began)
        if _seconds(now, overdue) > health.worker_seconds:
            yield _Found(
                part="worker",
                sentence="No worker is at work: start one with `pypi-server work`, or look at its log.",
                since=overdue,
            )

    def _of_blobs(self) -> Iterator[_Found]:
        try:
            self._blobs.find(_PROBE)
        except (PackageIndexError, OSError) as error:
            sentence = (
                str(error)
                if isinstance(error, PackageIndexError)
                else f"Stored files cannot be read: {error}."
            )
            yield _Found(part="blobs", sentence=sentence, stops_serving=True)
            return
        for name, store in self._settings.stores.items():
            if isinstance(store, LocalBlobs) and not (folder := self._settings.folder_of(store)).is_dir():
                sentence = f"There is no folder {folder}: mount or restore it, or set {name}.folder."
                yield _Found(part="blobs", sentence=sentence, stops_serving=True)

    def _of_search(self) -> Iterator[_Found]:
        try:
            self._search.is_empty()
        except PackageIndexError as error:
            yield _Found(part="search", sentence=str(error))

    def _of_disks(self) -> Iterator[_Found]:
        worst: tuple[int, Path] | None = None
        for folder in self._folders():
            try:
                free = shutil.disk_usage(folder).free
            except OSError:
                continue  # It is said of the part that needs the folder.
            if worst is None or free < worst[0]:
                worst = free, folder
        if worst is None:
            return
        free, folder = worst
        if free < _FULL:
            yield _Found(
                part="disk",
                sentence=f"The disk of {folder} is full: free some space, so that files can be uploaded.",
            )
        elif free < self._settings.health.disk_free:
            yield _Found(
                part="disk",
                sentence=f"The disk of {folder} has only {free // _MEBIBYTE} MiB left (health.disk_free).",
            )

    def _folders(self) -> Iterator[Path]:
        if isinstance(self._settings.blobs, LocalBlobs):
            yield self._settings.folder_of(self._settings.blobs)
        if isinstance(self._settings.search, SqliteSearch):
            yield self._settings.search_file.parent
        if self._database.file is not None:
            yield self._database.file.parent


def _seconds(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def process_samples() -> Mapping[Sample, float]:
    """Return what this process takes."""
    times = os.times()
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        pages = 0
    return {
        ("pypi_processes",): 1,
        ("pypi_cpu_seconds_total",): times.user + times.system,
        ("pypi_memory_bytes",): pages * os.sysconf("SC_PAGE_SIZE"),
    }
