"""Stored objects and staged uploads in memory."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from pypi_core.domain.blob_keys import BlobKey
from pypi_core.domain.digests import digests_of
from pypi_core.errors import BlobNotFound, StagedContentNotFound
from pypi_core.ports.blobs import (
    Arrival,
    BlobLocation,
    BlobStore,
    InUse,
    RemoteUrl,
    StagedContent,
    Staging,
    StoredBlob,
)
from pypi_core.ports.environment import Clock, Randomness


class InMemoryBlobs:
    """Objects in a dictionary; *clock* tells their age."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._objects: dict[BlobKey, tuple[bytes, datetime]] = {}

    @property
    def origins(self) -> Sequence[str]:
        """Return none."""
        return ()

    def put(self, key: BlobKey, content: bytes) -> None:
        """Store *content*."""
        with self._lock:
            self._objects[key] = (content, self._clock.now())

    def open(self, key: BlobKey) -> BinaryIO:
        """Open an object."""
        try:
            return io.BytesIO(self._objects[key][0])
        except KeyError as error:
            raise BlobNotFound(key.path) from error

    def locate(self, key: BlobKey, filename: str) -> BlobLocation:
        """Return a ``memory:`` URL: no server can send from here, and no client be sent here."""
        if key not in self._objects:
            raise BlobNotFound(key.path)
        return RemoteUrl(f"memory:{key.path}")

    def find(self, key: BlobKey) -> StoredBlob | None:
        """Look at an object."""
        if (stored := self._objects.get(key)) is None:
            return None
        content, last_put = stored
        return StoredBlob(key=key, size=len(content), last_put=last_put)

    def all(self) -> Iterator[StoredBlob]:
        """Go through the objects there are now."""
        for key in sorted(self._objects):
            if found := self.find(key):
                yield found

    def delete(self, key: BlobKey) -> None:
        with self._lock:
            self._objects.pop(key, None)


class InMemoryStaging:
    """Uploads in a dictionary, on their way into *blobs*."""

    def __init__(self, blobs: BlobStore, clock: Clock, randomness: Randomness) -> None:
        self._blobs = blobs
        self._clock = clock
        self._randomness = randomness
        self._lock = threading.Lock()
        self._arriving: dict[str, _InMemoryArrival] = {}
        self._arrived: dict[str, tuple[bytes, datetime]] = {}

    def begin(self, *, resumable: bool = True) -> Arrival:
        """Start an upload."""
        return self._arrival(self._randomness.bytes(16).hex(), b"")

    def resume(self, identifier: str) -> Arrival:
        """Go on with an upload."""
        with self._lock:
            earlier = self._arriving.pop(identifier, None)
        if earlier is None:
            raise StagedContentNotFound(identifier)
        return self._arrival(identifier, bytes(earlier.content))

    def size_of(self, identifier: str) -> int | None:
        """Return how many bytes an upload has."""
        with self._lock:
            if arriving := self._arriving.get(identifier):
                return arriving.size
            arrived = self._arrived.get(identifier)
        return None if arrived is None else len(arrived[0])

    def recover(self, identifier: str) -> StagedContent:
        """Say again what a finished upload is."""
        try:
            content, _ = self._arrived[identifier]
        except KeyError as error:
            raise StagedContentNotFound(identifier) from error
        return StagedContent(identifier=identifier, size=len(content), digests=digests_of(content))

    def open(self, staged: StagedContent) -> BinaryIO:
        """Open a finished upload."""
        try:
            return io.BytesIO(self._arrived[staged.identifier][0])
        except KeyError as error:
            raise StagedContentNotFound(staged.identifier) from error

    def adopt(self, staged: StagedContent, key: BlobKey) -> None:
        """Move a finished upload into the blob store."""
        with self._lock:
            content, _ = self._arrived.pop(staged.identifier, (None, None))
        if content is None:
            raise StagedContentNotFound(staged.identifier)
        self._blobs.put(key, content)

    def discard(self, staged: StagedContent) -> None:
        """Forget a finished upload."""
        self._arrived.pop(staged.identifier, None)

    def forget(self, identifier: str) -> None:
        """Forget an upload, finished or not."""
        with self._lock:
            self._arriving.pop(identifier, None)
            self._arrived.pop(identifier, None)

    def sweep(self, older_than: datetime, in_use: InUse | None = None) -> int:
        """Forget what was abandoned."""
        with self._lock:
            touched = {each.identifier: each.touched for each in self._arriving.values()}
            touched |= {name: moment for name, (_, moment) in self._arrived.items()}
        old = [name for name, moment in touched.items() if moment < older_than]
        abandoned = set(old).difference(in_use(old) if in_use else ())
        for name in abandoned:
            self.forget(name)
        return len(abandoned)

    def holds(self, arrival: _InMemoryArrival) -> bool:
        """Return whether *arrival* may still be appended to."""
        return self._arriving.get(arrival.identifier) is arrival

    def take(self, arrival: _InMemoryArrival, now: datetime) -> StagedContent:
        """Count *arrival* among the finished."""
        content = bytes(arrival.content)
        with self._lock:
            if not self.holds(arrival):
                raise StagedContentNotFound(arrival.identifier)
            del self._arriving[arrival.identifier]
            self._arrived[arrival.identifier] = (content, now)
        return StagedContent(identifier=arrival.identifier, size=len(content), digests=digests_of(content))

    def drop(self, arrival: _InMemoryArrival) -> None:
        """Forget *arrival* unless somebody else goes on with it."""
        with self._lock:
            if self.holds(arrival):
                del self._arriving[arrival.identifier]

    def _arrival(self, identifier: str, content: bytes) -> Arrival:
        arrival = _InMemoryArrival(self, self._clock, identifier, content)
        self._arriving[identifier] = arrival
        return arrival


class _InMemoryArrival:
    def __init__(self, staging: InMemoryStaging, clock: Clock, identifier: str, content: bytes) -> None:
        self._staging = staging
        self._clock = clock
        self._identifier = identifier
        self._finished: StagedContent | None = None
        self.content = bytearray(content)
        self.touched = clock.now()

    @property
    def identifier(self) -> str:
        return self._identifier

    @property
    def size(self) -> int:
        return len(self.content)

    def append(self, chunk: bytes) -> None:
        if not self._staging.holds(self):
            raise StagedContentNotFound(self._identifier)
        self.content += chunk
        self.touched = self._clock.now()

    def keep(self) -> None:
        """Do nothing: there is one process."""

    def finish(self) -> StagedContent:
        self._finished = self._staging.take(self, self._clock.now())
        return self._finished

    def discard(self) -> None:
        if self._finished:
            self._staging.discard(self._finished)
        else:
            self._staging.drop(self)


if TYPE_CHECKING:
    _blobs: type[BlobStore] = InMemoryBlobs
    _staging: type[Staging] = InMemoryStaging
    _arrival: type[Arrival] = _InMemoryArrival
