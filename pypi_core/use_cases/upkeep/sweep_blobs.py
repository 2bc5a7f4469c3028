"""Free what no row points at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import msgspec

from pypi_core.ports.accounts import OpenSiteSnapshot
from pypi_core.ports.blobs import BlobStore, Staging, StoredBlob
from pypi_core.ports.condemned_blobs import CondemnedBlobs
from pypi_core.ports.environment import Clock

_BATCH = 500
_STUCK = timedelta(days=1)
"""After so long a sweep that began to delete an object and did not finish is taken to be dead."""
_REMEMBERED = timedelta(days=1)
"""No upload takes longer from storing its bytes to listing them."""


class SweepOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep freed; *size* in bytes is that of the stored objects."""

    objects: int
    size: int
    staged: int


@dataclass(frozen=True, eq=False)
class SweepBlobs:
    """
    Delete stored objects that no index lists, and uploads that were abandoned.

    An object that was last put longer ago than the grace period, and that no row points at, is
    condemned; the sweep that runs a grace period later deletes it, unless an upload of the same
    bytes saved it in between (`UnitOfWork.claim_blobs`).  So the grace period has to be longer than
    any transaction.  What arrived for a live upload session stays until that is swept itself.
    May run beside uploads of the same bytes, and twice at once.
    """

    open_snapshot: OpenSiteSnapshot
    blobs: BlobStore
    staging: Staging
    condemned: CondemnedBlobs
    clock: Clock

    def __call__(self, grace: timedelta = timedelta(days=1)) -> SweepOutcome:
        now = self.clock.now()
        limit = now - grace
        self._condemn(limit, now)
        objects = size = 0
        while keys := self.condemned.begin_deleting(limit, now - _STUCK, self.clock.now(), _BATCH):
            for key in keys:
                if found := self.blobs.find(key):
                    objects, size = objects + 1, size + found.size
                self.blobs.delete(key)
            self.condemned.finish_deleting(keys, self.clock.now())
        self.condemned.forget(now - _REMEMBERED)
        return SweepOutcome(objects=objects, size=size, staged=self.staging.sweep(limit, self._in_use))

    def _condemn(self, limit: datetime, now: datetime) -> None:
        for batch in _batches(each for each in self.blobs.all() if each.last_put < limit):
            keys = [each.key for each in batch]
            with self.open_snapshot() as snapshot:
                referenced = snapshot.references.among(keys)
            self.condemned.condemn([each for each in keys if each not in referenced], now)

    def _in_use(self, identifiers: Sequence[str]) -> Set[str]:
        with self.open_snapshot() as snapshot:
            return snapshot.references.staged_among(identifiers)


def _batches(blobs: Iterable[StoredBlob]) -> Iterator[list[StoredBlob]]:
    waiting = iter(blobs)
    while batch := list(islice(waiting, _BATCH)):
        yield batch
