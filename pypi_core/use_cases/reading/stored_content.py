"""Compare stored bytes with what their row says, before they are served."""

from __future__ import annotations

import hashlib

from pypi_core.domain.blob_keys import BlobKey
from pypi_core.errors import BlobNotFound, StoredContentDamaged
from pypi_core.ports.blobs import BlobStore


def require_size(blobs: BlobStore, key: BlobKey, what: str, size: int) -> None:
    """
    Refuse to serve an object that is not there, or not *size* bytes long; *what* names it.

    Raises:
        StoredContentDamaged: The disk lost bytes.
    """
    found = blobs.find(key)
    if found is None:
        raise StoredContentDamaged(key.path, what, "is missing")
    if found.size != size:
        raise StoredContentDamaged(key.path, what, f"has {found.size} bytes in place of {size}")


def require_digest(blobs: BlobStore, key: BlobKey, what: str, sha256: str) -> None:
    """
    Refuse to serve an object that is not there, or has another SHA-256; it is read for that.

    Raises:
        StoredContentDamaged: The disk lost bytes.
    """
    try:
        with blobs.open(key) as content:
            actual = hashlib.sha256(content.read()).hexdigest()
    except BlobNotFound:
        raise StoredContentDamaged(key.path, what, "is missing") from None
    if actual != sha256:
        raise StoredContentDamaged(key.path, what, "has changed")
