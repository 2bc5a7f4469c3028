"""Where bytes are kept: staged while they arrive, then stored by content for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from datetime import datetime
from typing import BinaryIO, Protocol

import msgspec

from pypi_core.domain.blob_keys import BlobKey
from pypi_core.domain.digests import Digests


class StagedContent(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that have arrived whole and wait to be adopted or discarded; *size* in bytes."""

    identifier: str
    size: int
    digests: Digests


InUse = Callable[[Sequence[str]], Set[str]]
"""Returns those of some identifiers of staged bytes that are still needed."""


class Arrival(Protocol):
    """Bytes that are still arriving; not safe to use from two threads at once."""

    @property
    def identifier(self) -> str:
        """The name under which `Staging.resume` finds these bytes again."""
        ...

    @property
    def size(self) -> int:
        """How many bytes have arrived."""
        ...

    def append(self, chunk: bytes) -> None:
        """Take the next bytes and add them to the digests."""
        ...

    def keep(self) -> None:
        """
        Let the bytes survive this process, and be resumed in another one; more may be appended.

        Nothing happens when nothing can be appended, or to bytes that are not resumable.
        """
        ...

    def finish(self) -> StagedContent:
        """
        Return what the bytes are; nothing can be appended afterwards.

        They are durable from here on if they are resumable, else once they are adopted.
        """
        ...

    def discard(self) -> None:
        """Forget the bytes and free what they took; may be called twice, and after `finish`."""
        ...


class Staging(Protocol):
    """A waiting room for uploads: nothing in it is visible to a reader of the index."""

    def begin(self, *, resumable: bool = True) -> Arrival:
        """
        Start with no bytes under a new, unguessable identifier.

        Unless they are *resumable*, bytes are finished, opened and adopted by the process that received
        them, or are lost: an object store need not be sent what may be refused.
        """
        ...

    def resume(self, identifier: str) -> Arrival:
        """
        Continue where the bytes of an unfinished arrival ended; its digests cover them all.

        The previous sender is cut off: appending or finishing there raises
        `StagedContentNotFound`, discarding does nothing.

        Raises:
            StagedContentNotFound: There are no such bytes, or they were finished.
            ConcurrentChange: Another process is receiving them.
        """
        ...

    def size_of(self, identifier: str) -> int | None:
        """
        Return how many bytes have arrived, finished or not, ``None`` where there are none (any more).

        A sender is not disturbed by that.
        """
        ...

    def recover(self, identifier: str) -> StagedContent:
        """
        Return what finished bytes are, after a crash between `Arrival.finish` and noting it; reads them.

        Raises:
            StagedContentNotFound: There are no such bytes, or they were not finished.
        """
        ...

    def open(self, staged: StagedContent) -> BinaryIO:
        """
        Open finished bytes for reading, seekable; the caller closes.

        Raises:
            StagedContentNotFound: They were adopted, discarded or swept.
        """
        ...

    def adopt(self, staged: StagedContent, key: BlobKey) -> None:
        """
        Store finished bytes under *key*, durably, without sending them again.

        A folder renames a file; an object store completes or copies within itself, which may take
        as long as its size demands, so never adopt inside a transaction.  Bytes stored there already
        are the same; their age is renewed.

        Raises:
            StagedContentNotFound: They were adopted, discarded or swept.
        """
        ...

    def discard(self, staged: StagedContent) -> None:
        """Forget finished bytes; nothing happens when they are gone."""
        ...

    def forget(self, identifier: str) -> None:
        """Forget bytes, finished or not, even while they arrive; nothing happens when they are gone."""
        ...

    def sweep(self, older_than: datetime, in_use: InUse | None = None) -> int:
        """
        Forget all bytes, finished or not, last touched before *older_than*; return how many there were.

        *in_use* is asked, some identifiers at a time, which are to stay.
        """
        ...


class LocalFile(msgspec.Struct, frozen=True):
    """A stored object that the server can send from this path."""

    path: str


class Streamed(msgspec.Struct, frozen=True):
    """
    A stored object that the server reads and sends itself, *size* bytes long.

    *open* opens it, seekable, for the caller to close.
    """

    size: int
    open: Callable[[], BinaryIO]


class RemoteUrl(msgspec.Struct, frozen=True):
    """
    A stored object that a client can be sent to, for a short time; *head* is for HEAD if it differs.

    *etag* is what is answered there, quotes included; *content* sends the object all the same, which a
    store cannot do that knows no ``If-Range``.
    """

    url: str
    head: str | None = None
    etag: str | None = None
    content: Streamed | None = None

    @property
    def size(self) -> int | None:
        """How many bytes it has, where the store has told that already."""
        return None if self.content is None else self.content.size


BlobLocation = LocalFile | RemoteUrl | Streamed
"""How a stored object reaches a client: from a path, from elsewhere, or through the server."""


class StoredBlob(msgspec.Struct, frozen=True, kw_only=True):
    """What a store knows of an object: *size* in bytes, and when it was last put."""

    key: BlobKey
    size: int
    last_put: datetime


class BlobStore(Protocol):
    """
    Immutable objects under typed keys.

    A put is atomic and durable: a reader sees the whole object or none, and after the
    call returned a crash does not lose it.
    """

    @property
    def origins(self) -> Sequence[str]:
        """Return the scheme, host and port of all addresses that `locate` may send clients to."""
        ...

    def put(self, key: BlobKey, content: bytes) -> None:
        """Store small *content* under *key*; putting what is there renews its age."""
        ...

    def open(self, key: BlobKey) -> BinaryIO:
        """
        Open an object for reading, seekable; the caller closes.

        Raises:
            BlobNotFound: There is none under *key*.
        """
        ...

    def locate(self, key: BlobKey, filename: str) -> BlobLocation:
        """
        Return how the object reaches a client that is to save it under the name *filename*.

        Raises:
            BlobNotFound: There is none under *key*.
        """
        ...

    def find(self, key: BlobKey) -> StoredBlob | None:
        """Return what is known of the object under *key*, ``None`` where there is none."""
        ...

    def all(self) -> Iterator[StoredBlob]:
        """
        Go through all objects, in the order of their keys, in bounded memory.

        Concurrent changes may be missed.
        """
        ...

    def delete(self, key: BlobKey) -> None:
        """
        Delete the object under *key*, if there is one.

        How this and a put of the same object at the same time end is open: only the sweep deletes,
        and `pypi_core.ports.condemned_blobs` keeps it from what rows point at.
        """
        ...


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """
    A place where bytes are kept, with the staging through which they get there.

    *name* is what the operator calls it: the setting that describes it.
    """

    name: str
    blobs: BlobStore
    staging: Staging
