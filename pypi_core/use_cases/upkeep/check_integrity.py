"""Find rows without bytes, and bytes that changed."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import chain
from typing import BinaryIO

import msgspec

from pypi_core.domain.blob_keys import BlobKey, BlobKind
from pypi_core.domain.digests import Hasher
from pypi_core.domain.indexes import IndexName
from pypi_core.errors import BlobNotFound
from pypi_core.ports.accounts import OpenSiteSnapshot, Reference
from pypi_core.ports.blobs import BlobStore

_CHUNK = 1024 * 1024


class DamageKind(StrEnum):
    """What can be wrong with a stored object."""

    MISSING = "missing"
    CHANGED = "changed"


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """A listed file, or part of documentation, whose bytes are not what was published."""

    index: IndexName
    filename: str
    key: BlobKey
    kind: DamageKind


class CheckIntegrity:
    """
    Compare every listed file, its core metadata and all documentation with the stored bytes.

    A quick check looks whether the objects are there and as long as they should be; of core
    metadata no row says how long they are.  A thorough one reads all of them and computes their
    digests.  Bounded memory, however large the index.
    """

    def __init__(self, open_snapshot: OpenSiteSnapshot, blobs: BlobStore) -> None:
        self._open_snapshot = open_snapshot
        self._blobs = blobs

    def __call__(self, *, thorough: bool = False) -> Iterator[Damage]:
        with self._open_snapshot() as snapshot:
            for each in chain(snapshot.references.all(), snapshot.references.documentation()):
                if kind := self._damage(each, thorough=thorough):
                    yield Damage(index=each.index, filename=each.what, key=each.key, kind=kind)

    def _damage(self, reference: Reference, *, thorough: bool) -> DamageKind | None:
        found = self._blobs.find(reference.key)
        if found is None:
            return DamageKind.MISSING
        if reference.size not in (found.size, None):
            return DamageKind.CHANGED
        if not thorough:
            return None
        try:
            with self._blobs.open(reference.key) as content:
                return None if _is_whole(content, reference) else DamageKind.CHANGED
        except BlobNotFound:
            return DamageKind.MISSING


def _is_whole(content: BinaryIO, reference: Reference) -> bool:
    hasher = Hasher()
    while chunk := content.read(_CHUNK):
        hasher.update(chunk)
    digests = hasher.digests()
    # Core metadata alone is filed under the digest of something else.
    is_filed_under_its_own = reference.key.kind is not BlobKind.CORE_METADATA
    if is_filed_under_its_own and digests.blake2_256 != reference.key.blake2_256:
        return False
    return reference.sha256 in (digests.sha256, None)
