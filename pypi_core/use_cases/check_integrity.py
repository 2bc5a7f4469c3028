"""Find rows without bytes, and bytes that changed."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO

import msgspec

from pypi_core.domain.blob_keys import BlobKey, BlobKind
from pypi_core.domain.digests import Digests, Hasher
from pypi_core.domain.indexes import IndexName
from pypi_core.errors import BlobNotFound
from pypi_core.ports.accounts import OpenSiteSnapshot, References
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
    Hold every listed file, and all documentation, against the stored bytes.

    A quick check looks whether the objects are there, a thorough one reads all but
    core metadata back and computes their digests.  Bounded memory, however large the index.
    """

    def __init__(self, open_snapshot: OpenSiteSnapshot, blobs: BlobStore) -> None:
        self._open_snapshot = open_snapshot
        self._blobs = blobs

    def __call__(self, *, thorough: bool = False) -> Iterator[Damage]:
        """Go through all files and yield what is damaged."""
        with self._open_snapshot() as snapshot:
            for index, filename, key, digests in _everything(snapshot.references):
                if kind := self._damage(key, digests, thorough=thorough):
                    yield Damage(index=index, filename=filename, key=key, kind=kind)

    def _damage(self, key: BlobKey, digests: Digests | None, *, thorough: bool) -> DamageKind | None:
        # Core metadata alone are filed under the digest of something else.
        if not thorough or key.kind is BlobKind.CORE_METADATA:
            return None if self._blobs.find(key) else DamageKind.MISSING
        try:
            with self._blobs.open(key) as content:
                actual = _digests(content)
        except BlobNotFound:
            return DamageKind.MISSING
        is_whole = actual.blake2_256 == key.blake2_256 and digests in (actual, None)
        return None if is_whole else DamageKind.CHANGED


def _everything(references: References) -> Iterator[tuple[IndexName, str, BlobKey, Digests | None]]:
    yield from references.all()
    for index, what, key in references.documentation():
        yield index, what, key, None


def _digests(content: BinaryIO) -> Digests:
    hasher = Hasher()
    while chunk := content.read(_CHUNK):
        hasher.update(chunk)
    return hasher.digests()
