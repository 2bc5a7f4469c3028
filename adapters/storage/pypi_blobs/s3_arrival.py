"""One upload that is arriving, on its way into a bucket."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol
from weakref import finalize

import msgspec

from pypi_blobs.hashing import SideBySideHasher
from pypi_blobs.range_reader import open_ranges
from pypi_core.errors import StagedContentNotFound, Unavailable
from pypi_core.ports.blobs import Arrival, StagedContent

_PART_NAME: Final = re.compile(r"(?P<start>\d{15})-(?P<size>\d+)-[0-9a-f]{16}\Z")


class Part(msgspec.Struct, frozen=True):
    """A run of bytes of an upload that is an object of its own, under a name that is used once."""

    start: int
    size: int
    name: str

    @property
    def end(self) -> int:
        """Where the next part begins."""
        return self.start + self.size


def parse_part(name: str) -> Part | None:
    """Return the part of this name; ``None`` for what is not one."""
    match = _PART_NAME.match(name)
    return match and Part(int(match["start"]), int(match["size"]), name)


@contextmanager
def _room_required() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable(
                "The server has no room left for temporary files: set TMPDIR to a folder with more room."
            ) from error
        raise


class Spool:
    """Bytes in a temporary file without a name; readers do not disturb the writer."""

    def __init__(self) -> None:
        self.size = 0
        with _room_required():
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        self.close = finalize(self, self._file.close)

    def append(self, chunk: bytes) -> None:
        """Write the next bytes."""
        rest = memoryview(chunk)
        with _room_required():
            while rest:
                rest = rest[self._file.write(rest) :]
        self.size += len(chunk)

    def read(self, start: int, length: int) -> bytes:
        """Return bytes from *start* on."""
        return os.pread(self._file.fileno(), length, start)

    def open(self) -> BinaryIO:
        """Open all of them for reading."""
        return open_ranges(self.read, self.size)

    def clear(self) -> None:
        """Forget all bytes."""
        self.size = 0
        self._file.seek(0)
        self._file.truncate()


class Progress:
    """
    What this process knows of the bytes of one upload.

    Attributes:
        parts: What of them is in the bucket.
        waiting: The bytes behind the last full part; a shorter part may hold the first of these.
        hasher: Has seen all bytes.
        size: How many bytes there are.
        touched: When the last ones arrived.
        is_broken: Whether some may have been hashed and lost.
    """

    def __init__(self, executor: Executor) -> None:
        self.parts: tuple[Part, ...] = ()
        self.waiting = Spool()
        self.hasher = SideBySideHasher(executor)
        self.size = 0
        self.touched = datetime.now(UTC)
        self.is_broken = False

    def take(self, chunk: bytes) -> None:
        """Keep and hash the next bytes."""
        self.hasher.update(chunk)
        self.waiting.append(chunk)
        self.size += len(chunk)
        self.touched = datetime.now(UTC)

    @property
    def kept(self) -> int:
        """How many bytes are in the bucket."""
        return self.parts[-1].end if self.parts else 0


class _Room(Protocol):
    """What an arrival asks of the staging that it is in."""

    part_size: int

    def keep(self, identifier: str, progress: Progress) -> None: ...
    def finish(self, identifier: str, progress: Progress, *, resumable: bool) -> StagedContent: ...
    def forget(self, identifier: str) -> None: ...


class S3Arrival:
    """Append to one upload; what makes a full part is sent to the bucket if the upload is *resumable*."""

    def __init__(self, room: _Room, identifier: str, progress: Progress, *, resumable: bool) -> None:
        self._room = room
        self._identifier = identifier
        self._progress = progress
        self._resumable = resumable
        self._is_open = True
        self._was_resumed = False
        self._using = Lock()

    @property
    def identifier(self) -> str:
        return self._identifier

    @property
    def size(self) -> int:
        return self._progress.size

    def append(self, chunk: bytes) -> None:
        """
        Keep and hash *chunk*, see `Arrival.append`.

        Raises:
            StagedContentNotFound: The upload was finished, discarded or resumed by another sender.
            Unavailable: The store does not answer.
        """
        with self._using:
            self._require_open()
            try:
                while chunk:
                    room = (
                        self._room.part_size - self._progress.waiting.size if self._resumable else len(chunk)
                    )
                    self._progress.take(chunk[:room])
                    chunk = chunk[room:]
                    if self._resumable and self._progress.waiting.size == self._room.part_size:
                        self._room.keep(self._identifier, self._progress)
            except BaseException:
                self._is_open = False  # what was hashed and what is kept may differ now
                self._progress.is_broken = True
                raise

    def keep(self) -> None:
        with self._using:
            if self._is_open and self._resumable:
                self._room.keep(self._identifier, self._progress)

    def finish(self) -> StagedContent:
        """
        Let the bytes be adopted, see `Arrival.finish`.

        Raises:
            StagedContentNotFound: The upload was finished, discarded, swept or resumed by another sender.
            Unavailable: The store does not answer.
        """
        with self._using:
            self._require_open()
            staged = self._room.finish(self._identifier, self._progress, resumable=self._resumable)
            self._is_open = False
            return staged

    def discard(self) -> None:
        with self._using:
            self._is_open = False
        if not self._was_resumed:
            self._room.forget(self._identifier)

    def cut_off(self) -> None:
        """Append no more, because another sender continues from here, or the bytes were forgotten."""
        with self._using:
            self._was_resumed = True
            self._is_open = False

    def _require_open(self) -> None:
        if not self._is_open:
            raise StagedContentNotFound(self._identifier)


if TYPE_CHECKING:
    _: type[Arrival] = S3Arrival
