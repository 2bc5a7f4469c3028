"""Copy all that rows point at into another store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice

import msgspec

from pypi_core.domain.blob_keys import BlobKey
from pypi_core.errors import BlobNotFound
from pypi_core.ports.accounts import OpenSiteSnapshot
from pypi_core.ports.blobs import BlobStore, Store, StoredBlob
from pypi_core.use_cases.upkeep.transfer import MapAll, transfer

_BATCH = 500


class CopyState(StrEnum):
    """What became of a stored object: only what is *damaged* is left to do."""

    COPIED = "copied"
    PRESENT = "present"
    UNLISTED = "unlisted"
    DAMAGED = "damaged"


class CopiedBlob(msgspec.Struct, frozen=True):
    """A stored object of *size* bytes, and what became of it."""

    key: BlobKey
    size: int
    state: CopyState


class _Item(msgspec.Struct, frozen=True):
    """An object, and what is known of it: what became of it already, or else the SHA-256 that a row says."""

    blob: StoredBlob
    state: CopyState | None
    sha256: str | None = None


@dataclass(frozen=True, eq=False)
class CopyBlobs:
    """
    Copy the objects of *blobs* that rows point at into *target*, each checked by its digest on the way.

    What *target* has already is told by its listing: an object of the same size is not copied again,
    so that a run goes on where another one ended.  What no row points at is left out; it may belong to
    an upload that is under way, for which a later run looks.  May run beside uploads, deletions and
    sweeps, and twice at once.  Bounded memory, however large the index.
    """

    open_snapshot: OpenSiteSnapshot
    blobs: BlobStore
    target: Store

    def __call__(self, *, map_all: MapAll = map) -> Iterator[CopiedBlob]:
        compared = _compared(self.blobs.all(), self.target.blobs.all())
        return map_all(self._done, chain.from_iterable(map(self._known, _batches(compared))))

    def _known(self, batch: list[tuple[StoredBlob, bool]]) -> Iterator[_Item]:
        with self.open_snapshot() as snapshot:
            listed = snapshot.references.among([each.key for each, is_present in batch if not is_present])
        for each, is_present in batch:
            if is_present:
                yield _Item(each, CopyState.PRESENT)
            elif each.key not in listed:
                yield _Item(each, CopyState.UNLISTED)
            else:
                yield _Item(each, None, listed[each.key])

    def _done(self, item: _Item) -> CopiedBlob:
        return CopiedBlob(item.blob.key, item.blob.size, item.state or self._copied(item))

    def _copied(self, item: _Item) -> CopyState:
        key = item.blob.key
        # It may have got there after the listing had passed: then nothing would ever be left.
        if (found := self.target.blobs.find(key)) and found.size == item.blob.size:
            return CopyState.PRESENT
        try:
            is_whole = transfer(key, item.sha256, self.blobs, self.target)
        except BlobNotFound:
            # Deleted and swept after it was listed, unless a row still points at it.
            with self.open_snapshot() as snapshot:
                is_lost = key in snapshot.references.among([key])
            return CopyState.DAMAGED if is_lost else CopyState.UNLISTED
        return CopyState.COPIED if is_whole else CopyState.DAMAGED


def _compared(
    source: Iterator[StoredBlob], target: Iterator[StoredBlob]
) -> Iterator[tuple[StoredBlob, bool]]:
    """Go through two listings side by side; say of each object of *source* whether *target* has it."""
    other = next(target, None)
    for each in source:
        while other is not None and other.key < each.key:
            other = next(target, None)
        yield each, other is not None and (other.key, other.size) == (each.key, each.size)


def _batches(compared: Iterable[tuple[StoredBlob, bool]]) -> Iterator[list[tuple[StoredBlob, bool]]]:
    waiting = iter(compared)
    while batch := list(islice(waiting, _BATCH)):
        yield batch
