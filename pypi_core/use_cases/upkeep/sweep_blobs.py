"""Free what nobody points at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import timedelta
from itertools import islice

import msgspec

from pypi_core.ports.accounts import OpenSiteSnapshot
from pypi_core.ports.blobs import BlobStore, Staging, StoredBlob
from pypi_core.ports.environment import Clock

_BATCH = 500


class SweepOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep freed; *size* in bytes is that of the stored objects."""

    objects: int
    size: int
    staged: int


class SweepBlobs:
    """
    Delete stored objects that no index lists, and uploads that were abandoned.

    Only what was last put longer ago than the grace period goes, so that bytes whose row
    is about to be committed stay; each object is looked at again just before it goes.  What
    arrived for a live upload session stays until that is swept itself.
    May run beside uploads of the same bytes, and twice at once.
    """

    def __init__(
        self,
        open_snapshot: OpenSiteSnapshot,
        blobs: BlobStore,
        staging: Staging,
        clock: Clock,
    ) -> None:
        self._open_snapshot = open_snapshot
        self._blobs = blobs
        self._staging = staging
        self._clock = clock

    def __call__(self, grace: timedelta = timedelta(days=1)) -> SweepOutcome:
        """Sweep everything older than *grace*."""
        limit = self._clock.now() - grace
        objects = size = 0
        for batch in _batches(each for each in self._blobs.all() if each.last_put < limit):
            with self._open_snapshot() as snapshot:
                referenced = snapshot.references.among([each.key for each in batch])
            for each in batch:
                if each.key not in referenced and self._blobs.delete(each.key, unless_put_since=limit):
                    objects, size = objects + 1, size + each.size
        return SweepOutcome(objects=objects, size=size, staged=self._staging.sweep(limit, self._in_use))

    def _in_use(self, identifiers: Sequence[str]) -> Set[str]:
        with self._open_snapshot() as snapshot:
            return snapshot.references.staged_among(identifiers)


def _batches(blobs: Iterable[StoredBlob]) -> Iterator[list[StoredBlob]]:
    waiting = iter(blobs)
    while batch := list(islice(waiting, _BATCH)):
        yield batch
