"""Find rows without bytes, and bytes that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from itertools import chain

import msgspec

from pypi_core.domain.blob_keys import BlobKey
from pypi_core.domain.digests import Hasher
from pypi_core.domain.indexes import IndexName
from pypi_core.errors import BlobNotFound
from pypi_core.ports.accounts import OpenSiteSnapshot, Reference, References
from pypi_core.ports.blobs import Store
from pypi_core.use_cases.upkeep.transfer import CHUNK, MapAll, are_of, transfer

_BATCH = 500


class DamageKind(StrEnum):
    """What can be wrong with a stored object."""

    MISSING = "missing"
    CHANGED = "changed"


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """
    A listed file, or part of documentation, whose bytes are not what was published.

    *store* is where; *repaired* says that they are again.
    """

    index: IndexName
    filename: str
    key: BlobKey
    kind: DamageKind
    store: str
    repaired: bool = False


class CheckIntegrity:
    """
    Compare every listed file, its core metadata and all documentation with the stored bytes.

    A quick check looks whether the objects are there and as long as they should be; of core
    metadata no row says how long they are.  A thorough one reads all of them and computes their
    digests.  Of several stores each is checked, and an object is missing if none of them has it.
    *repair* replaces changed bytes by those of another store, if they are good there.
    Bounded memory, however large the index, and no transaction stays open while bytes are read.
    """

    def __init__(self, open_snapshot: OpenSiteSnapshot, stores: Sequence[Store]) -> None:
        self._open_snapshot = open_snapshot
        self._stores = stores

    def __call__(
        self, *, thorough: bool = False, repair: bool = False, map_all: MapAll = map
    ) -> Iterator[Damage]:
        damage = partial(self._damage, thorough=thorough, repair=repair)
        listed = chain(
            self._listed(lambda references, after: references.all(after)),
            self._listed(lambda references, after: references.documentation(after)),
        )
        return chain.from_iterable(map_all(damage, listed))

    def _listed(self, rows_after: Callable[[References, int], Iterator[Reference]]) -> Iterator[Reference]:
        last = 0
        while batch := self._batch(rows_after, last):
            yield from batch
            last = batch[-1].row

    def _batch(
        self, rows_after: Callable[[References, int], Iterator[Reference]], last: int
    ) -> Sequence[Reference]:
        batch: list[Reference] = []
        with self._open_snapshot() as snapshot:
            for each in rows_after(snapshot.references, last):
                if len(batch) >= _BATCH and each.row != batch[-1].row:
                    break
                batch.append(each)
        return batch

    def _damage(self, reference: Reference, *, thorough: bool, repair: bool) -> Sequence[Damage]:
        found = {each.name: _look(each, reference, thorough=thorough) for each in self._stores}
        if all(kind is DamageKind.MISSING for kind in found.values()):
            missing = _described(reference, self._stores[0], DamageKind.MISSING)
            return [missing] if self._is_listed(reference) else []
        return [
            _described(reference, each, DamageKind.CHANGED, repaired=repair and self._repair(reference, each))
            for each in self._stores
            if found[each.name] is DamageKind.CHANGED
        ]

    def _is_listed(self, reference: Reference) -> bool:
        """Return whether a row still points there: it may have been deleted and swept in between."""
        with self._open_snapshot() as snapshot:
            return reference.key in snapshot.references.among([reference.key])

    def _repair(self, reference: Reference, damaged: Store) -> bool:
        return any(
            _transferred(reference, each, damaged) for each in self._stores if each.name != damaged.name
        )


def _described(reference: Reference, store: Store, kind: DamageKind, *, repaired: bool = False) -> Damage:
    return Damage(
        index=reference.index,
        filename=reference.what,
        key=reference.key,
        kind=kind,
        store=store.name,
        repaired=repaired,
    )


def _look(store: Store, reference: Reference, *, thorough: bool) -> DamageKind | None:
    found = store.blobs.find(reference.key)
    if found is None:
        return DamageKind.MISSING
    if reference.size not in (found.size, None):
        return DamageKind.CHANGED
    if not thorough:
        return None
    hasher = Hasher()
    try:
        with store.blobs.open(reference.key) as content:
            while chunk := content.read(CHUNK):
                hasher.update(chunk)
    except BlobNotFound:
        return DamageKind.MISSING
    is_whole = are_of(reference.key, reference.sha256, hasher.digests())
    return None if is_whole else DamageKind.CHANGED


def _transferred(reference: Reference, source: Store, target: Store) -> bool:
    try:
        return transfer(reference.key, reference.sha256, source.blobs, target)
    except BlobNotFound:
        return False
