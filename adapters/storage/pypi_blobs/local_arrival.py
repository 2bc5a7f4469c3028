"""One upload that is arriving in a file."""

from __future__ import annotations

import fcntl
import os
from concurrent.futures import Executor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from weakref import finalize

from pypi_blobs.hashing import SideBySideHasher
from pypi_blobs.local_layout import needing_room, sync_folder, write_all
from pypi_core.errors import ConcurrentChange, StagedContentNotFound
from pypi_core.ports.blobs import Arrival, StagedContent

_BLOCK = 1024 * 1024


class Progress:
    """
    What is known of the bytes of one staged file, for who goes on with them in this process.

    Attributes:
        size: How many bytes *hasher* has seen, all of which are in the file; else negative.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self.restart()

    def restart(self) -> None:
        """Know nothing of any bytes."""
        self.size = 0
        self.hasher = SideBySideHasher(self._executor)

    def hash(self, chunk: bytes) -> None:
        """Take in the next bytes; they count when they are `written`."""
        self.size = -1
        self.hasher.update(chunk)

    def written(self, size: int) -> None:
        """Note that the file has *size* bytes, all of which were hashed."""
        self.size = size


class LocalArrival:
    """
    Append to one staged file, hashing what passes.

    The file is locked while this is open, so that no other process appends to it.

    Raises:
        ConcurrentChange: Another process appends to the file.
    """

    def __init__(
        self,
        *,
        identifier: str,
        descriptor: int,
        arriving: Path,
        arrived: Path,
        progress: Progress,
        is_resumable: bool,
    ) -> None:
        # Closes the file when the caller goes away without finishing, as a broken connection does.
        self._close = finalize(self, os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._close()
            raise ConcurrentChange from error
        self._identifier = identifier
        self._descriptor = descriptor
        self._arriving = arriving
        self._arrived = arrived
        self._size = 0
        self._progress = progress
        self._is_resumable = is_resumable
        self._was_resumed = False
        self._using = Lock()

    @property
    def identifier(self) -> str:
        return self._identifier

    @property
    def size(self) -> int:
        return self._size

    def append(self, chunk: bytes) -> None:
        """
        Write and hash *chunk*, see `Arrival.append`.

        Raises:
            StagedContentNotFound: The upload was finished, discarded or resumed by another sender.
            Unavailable: The disk is full.
        """
        with self._using:
            self._require_open()
            self._progress.hash(chunk)
            try:
                write_all(self._descriptor, chunk)
            except BaseException:
                self._close()  # what the file holds and what was hashed differ now
                raise
            self._size += len(chunk)
            self._progress.written(self._size)

    def keep(self) -> None:
        """Do nothing: what was appended is in the file."""

    @needing_room()
    def finish(self) -> StagedContent:
        """
        Make the bytes durable if they are resumable, see `Arrival.finish`; else adopting them does.

        Raises:
            StagedContentNotFound: The upload was finished, discarded, swept or resumed by another sender.
            Unavailable: The disk is full.
        """
        with self._using:
            self._require_open()
            digests = self._progress.hasher.digests()
            try:
                # The name first: the journal of most file systems then takes both with one sync.
                os.rename(self._arriving, self._arrived)
                if self._is_resumable:
                    os.fsync(self._descriptor)
            except FileNotFoundError as error:
                raise StagedContentNotFound(self._identifier) from error
            finally:
                self._close()
            if self._is_resumable:
                sync_folder(self._arrived.parent)
            return StagedContent(identifier=self._identifier, size=self._size, digests=digests)

    def discard(self) -> None:
        with self._using:
            self._close()
            if not self._was_resumed:
                self._arriving.unlink(missing_ok=True)
                self._arrived.unlink(missing_ok=True)

    def cut_off(self) -> None:
        """Append no more, because another sender continues from here."""
        with self._using:
            self._was_resumed = True
            self._close()

    def read_again(self) -> None:
        """
        Count the bytes that arrived before, and hash them unless that is known still.

        Raises:
            StagedContentNotFound: Another sender continues from here already.
        """
        with self._using:
            self._require_open()
            if self._progress.size == os.fstat(self._descriptor).st_size:
                self._size = self._progress.size
                return
            self._progress.restart()
            while block := os.pread(self._descriptor, _BLOCK, self._size):
                self._progress.hash(block)
                self._size += len(block)
            self._progress.written(self._size)

    def _require_open(self) -> None:
        if not self._close.alive:
            raise StagedContentNotFound(self._identifier)


if TYPE_CHECKING:
    _: type[Arrival] = LocalArrival
