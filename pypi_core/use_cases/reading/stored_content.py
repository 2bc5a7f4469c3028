"""Compare stored bytes with what their row says, before they are served."""

from __future__ import annotations

import hashlib

from pypi_core.domain.blob_keys import BlobKey
from pypi_core.errors import BlobNotFound, StoredContentDamaged
from pypi_core.ports.blobs import BlobLocation, BlobStore, LocalFile


def require_size(blobs: BlobStore, key: BlobKey, what: str, size: int) -> None:
    """
    Refuse to serve an object that is not there, or not *size* bytes long; *what* names it.

    Raises:
        StoredContentDamaged: The disk lost bytes.
    """
    found = blobs.find(key)
    if found is None:
        raise StoredContentDamaged(key.path, what, "is missing")
    _compare(key, what, found.size, size)


def located(blobs: BlobStore, key: BlobKey, what: str, size: int) -> BlobLocation:
    """
    Return how an object of *size* bytes reaches a client that saves it under the name *what*.

    Raises:
        StoredContentDamaged: The disk lost bytes.
    """
    try:
        location = blobs.locate(key, what)
    except BlobNotFound:
        raise StoredContentDamaged(key.path, what, "is missing") from None
    told = None if isinstance(location, LocalFile) else location.size
    if told is None:
        require_size(blobs, key, what, size)
    else:
        _compare(key, what, told, size)
    return location


def _compare(key: BlobKey, what: str, found: int, size: int) -> None:
    if found != size:
        raise StoredContentDamaged(key.path, what, f"has {found} bytes in place of {size}")


def read_verified(blobs: BlobStore, key: BlobKey, what: str, sha256: str) -> bytes:
    """
    Return a small object, and refuse one that is not there, or has another SHA-256.

    Raises:
        StoredContentDamaged: The disk lost bytes.
    """
    try:
        with blobs.open(key) as content:
            found = content.read()
    except BlobNotFound:
        raise StoredContentDamaged(key.path, what, "is missing") from None
    if hashlib.sha256(found).hexdigest() != sha256:
        raise StoredContentDamaged(key.path, what, "has changed")
    return found
