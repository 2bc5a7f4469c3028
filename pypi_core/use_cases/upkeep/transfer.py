"""Copy a stored object from one store into another, if its bytes are what they should be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from pypi_core.domain.blob_keys import BlobKey, BlobKind
from pypi_core.domain.digests import Digests
from pypi_core.ports.blobs import BlobStore, Store

CHUNK = 1024 * 1024
"""How many bytes of a stored object are read at a time."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class MapAll(Protocol):
    """Calls a function with each item, as `map` does; perhaps with several at a time."""

    def __call__(self, function: Callable[[Item], Result], items: Iterable[Item], /) -> Iterator[Result]:
        """Yield what *function* returns, in the order of *items*, which are asked for bit by bit."""
        ...


def transfer(key: BlobKey, sha256: str | None, source: BlobStore, target: Store) -> bool:
    """
    Copy the object under *key*; return whether its bytes are those that it should have.

    Others are not stored.  *sha256* is what a row says of them.

    Raises:
        BlobNotFound: *source* has no such object.
    """
    with source.open(key) as content:
        arrival = target.staging.begin(resumable=False)
        try:
            while chunk := content.read(CHUNK):
                arrival.append(chunk)
            staged = arrival.finish()
            if not are_of(key, sha256, staged.digests):
                return False
            target.staging.adopt(staged, key)
            return True
        finally:
            arrival.discard()


def are_of(key: BlobKey, sha256: str | None, digests: Digests) -> bool:
    """Return whether *digests* are those of the object under *key*, of which a row may say the SHA-256."""
    # Core metadata alone is filed under the digest of something else.
    is_filed_under_its_own = key.kind is not BlobKind.CORE_METADATA
    if is_filed_under_its_own and digests.blake2_256 != key.blake2_256:
        return False
    return sha256 in (digests.sha256, None)
