"""Two stores as one, while stored objects move from the second to the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import TYPE_CHECKING, BinaryIO

from pypi_core.domain.blob_keys import BlobKey
from pypi_core.errors import BlobNotFound, StagedContentNotFound
from pypi_core.ports.blobs import Arrival, BlobLocation, BlobStore, InUse, StagedContent, Staging, StoredBlob


class FallbackBlobStore:
    """
    Keep objects in *first*, and read from *fallback* what *first* has not got.

    Deleting deletes from both, so that a sweep frees an object wherever it is.
    """

    def __init__(self, first: BlobStore, fallback: BlobStore) -> None:
        self._first = first
        self._fallback = fallback

    @property
    def origins(self) -> Sequence[str]:
        return tuple(dict.fromkeys((*self._first.origins, *self._fallback.origins)))

    def put(self, key: BlobKey, content: bytes) -> None:
        self._first.put(key, content)

    def open(self, key: BlobKey) -> BinaryIO:
        try:
            return self._first.open(key)
        except BlobNotFound:
            return self._fallback.open(key)

    def locate(self, key: BlobKey, filename: str) -> BlobLocation:
        try:
            return self._first.locate(key, filename)
        except BlobNotFound:
            return self._fallback.locate(key, filename)

    def find(self, key: BlobKey) -> StoredBlob | None:
        return self._first.find(key) or self._fallback.find(key)

    def all(self) -> Iterator[StoredBlob]:
        """Go through both listings side by side; what both stores have is as the first has it."""
        both = merge(self._first.all(), self._fallback.all(), key=lambda each: each.key)
        for _, same in groupby(both, key=lambda each: each.key):
            yield next(same)

    def delete(self, key: BlobKey) -> None:
        self._fallback.delete(key)
        self._first.delete(key)


class FallbackStaging:
    """
    Stage uploads in *first*, and go on in *fallback* with those that were begun there.

    They are adopted where they are: the store that belongs to *fallback* is read, too.
    """

    def __init__(self, first: Staging, fallback: Staging) -> None:
        self._first = first
        self._fallback = fallback

    def begin(self, *, resumable: bool = True) -> Arrival:
        return self._first.begin(resumable=resumable)

    def resume(self, identifier: str) -> Arrival:
        try:
            return self._first.resume(identifier)
        except StagedContentNotFound:
            return self._fallback.resume(identifier)

    def size_of(self, identifier: str) -> int | None:
        size = self._first.size_of(identifier)
        return self._fallback.size_of(identifier) if size is None else size

    def recover(self, identifier: str) -> StagedContent:
        try:
            return self._first.recover(identifier)
        except StagedContentNotFound:
            return self._fallback.recover(identifier)

    def open(self, staged: StagedContent) -> BinaryIO:
        try:
            return self._first.open(staged)
        except StagedContentNotFound:
            return self._fallback.open(staged)

    def adopt(self, staged: StagedContent, key: BlobKey) -> None:
        try:
            self._first.adopt(staged, key)
        except StagedContentNotFound:
            self._fallback.adopt(staged, key)

    def discard(self, staged: StagedContent) -> None:
        self.forget(staged.identifier)

    def forget(self, identifier: str) -> None:
        self._first.forget(identifier)
        self._fallback.forget(identifier)

    def sweep(self, older_than: datetime, in_use: InUse | None = None) -> int:
        return self._first.sweep(older_than, in_use) + self._fallback.sweep(older_than, in_use)


if TYPE_CHECKING:
    _blobs: type[BlobStore] = FallbackBlobStore
    _staging: type[Staging] = FallbackStaging
