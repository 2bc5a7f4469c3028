"""Stored objects in a bucket of any store that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from pypi_blobs.range_reader import WINDOW, open_ranges
from pypi_blobs.s3_bucket import S3Bucket, StoredObject
from pypi_blobs.s3_failures import ObjectNotFound
from pypi_core.domain.blob_keys import BlobKey, BlobKind, parse_blob_path
from pypi_core.errors import BlobNotFound
from pypi_core.ports.blobs import BlobLocation, BlobStore, RemoteUrl, StoredBlob, Streamed


class S3BlobStore:
    """
    Keep objects in *bucket*, each under the path of its key.

    An object's age is what the store says, in whole seconds.  Put an `S3Staging` on the same bucket.
    """

    def __init__(self, bucket: S3Bucket) -> None:
        self._bucket = bucket

    @property
    def origins(self) -> Sequence[str]:
        return (self._bucket.origin,) if self._bucket.redirects else ()

    def put(self, key: BlobKey, content: bytes) -> None:
        self._bucket.put(key.path, content)

    def open(self, key: BlobKey) -> BinaryIO:
        """Open an object; the first bytes are read at once, so that a small one takes one request."""
        try:
            begin, size = self._bucket.read(key.path, 0, WINDOW)
        except ObjectNotFound as error:
            raise BlobNotFound(key.path) from error
        return open_ranges(partial(self._read, key), size, begin)

    def locate(self, key: BlobKey, filename: str) -> BlobLocation:
        found = self._bucket.find(key.path)
        if found is None:
            raise BlobNotFound(key.path)
        content = Streamed(found.size, partial(open_ranges, partial(self._read, key), found.size))
        if self._bucket.redirects and key.kind is BlobKind.DISTRIBUTION:
            link = partial(self._bucket.link, key.path, filename)
            return RemoteUrl(link("GET"), head=link("HEAD"), etag=found.etag, content=content)
        return content

    def find(self, key: BlobKey) -> StoredBlob | None:
        found = self._bucket.find(key.path)
        return None if found is None else _blob(key, found)

    def all(self) -> Iterator[StoredBlob]:
        """Go through the listing, a page at a time; what is not an object of the index is skipped."""
        for kind in sorted(BlobKind):
            for each in self._bucket.list(f"{kind}/"):
                if key := parse_blob_path(each.path):
                    yield _blob(key, each)

    def delete(self, key: BlobKey) -> None:
        self._bucket.delete([key.path])

    def _read(self, key: BlobKey, start: int, length: int) -> bytes:
        try:
            return self._bucket.read(key.path, start, length)[0]
        except ObjectNotFound as error:
            raise BlobNotFound(key.path) from error


def _blob(key: BlobKey, found: StoredObject) -> StoredBlob:
    return StoredBlob(key=key, size=found.size, last_put=found.written)


if TYPE_CHECKING:
    _: type[BlobStore] = S3BlobStore
