"""Uploads on their way into a folder of objects."""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO
from weakref import WeakValueDictionary

from pypi_blobs.hashing import SideBySideHasher
from pypi_blobs.local_arrival import LocalArrival, Progress
from pypi_blobs.local_layout import LocalLayout, create_file, needing_room
from pypi_core.domain.blob_keys import BlobKey
from pypi_core.errors import StagedContentNotFound
from pypi_core.ports.blobs import Arrival, InUse, StagedContent, Staging
from pypi_core.ports.environment import Randomness

_IDENTIFIER = re.compile(r"[0-9a-f]{32}\Z")
_BLOCK = 1024 * 1024
_AT_A_TIME = 500
_MOST_REMEMBERED = 256


class LocalStaging:
    """
    Stage uploads below *root*, where a `LocalBlobStore` keeps its objects.

    An unfinished upload is ``<identifier>.arriving``, a finished one ``<identifier>.arrived``.
    Of two who append to the same upload in one process the later goes on and the earlier is cut off.
    """

    def __init__(self, root: Path | str, randomness: Randomness) -> None:
        self._layout = LocalLayout(root)
        self._randomness = randomness
        self._arrivals: WeakValueDictionary[str, LocalArrival] = WeakValueDictionary()
        self._progress: OrderedDict[str, Progress] = OrderedDict()
        self._remembering = Lock()
        # Its threads are started when the first large chunk arrives.
        self._executor = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="hashing")

    @needing_room()
    def begin(self, *, resumable: bool = True) -> Arrival:
        identifier = self._randomness.bytes(16).hex()
        return self._arrival(identifier, create_file(self._arriving(identifier)), resumable=resumable)

    def resume(self, identifier: str) -> Arrival:
        """Go on with an upload; what this process did not hash itself is read again, see `Staging.resume`."""
        if not _IDENTIFIER.match(identifier):
            raise StagedContentNotFound(identifier)
        if earlier := self._arrivals.get(identifier):
            earlier.cut_off()
        try:
            descriptor = os.open(self._arriving(identifier), os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise StagedContentNotFound(identifier) from error
        arrival = self._arrival(identifier, descriptor)
        arrival.read_again()
        return arrival

    def size_of(self, identifier: str) -> int | None:
        if not _IDENTIFIER.match(identifier):
            return None
        # In this order: an upload may be renamed between the two looks.
        for file in (self._arriving(identifier), self._arrived(identifier)):
            try:
                return file.stat().st_size
            except FileNotFoundError:
                continue
        return None

    def recover(self, identifier: str) -> StagedContent:
        size, hasher = 0, SideBySideHasher(self._executor)
        try:
            with self._arrived(identifier).open("rb") as stream:
                while block := stream.read(_BLOCK):
                    hasher.update(block)
                    size += len(block)
        except FileNotFoundError as error:
            raise StagedContentNotFound(identifier) from error
        return StagedContent(identifier=identifier, size=size, digests=hasher.digests())

    def open(self, staged: StagedContent) -> BinaryIO:
        try:
            return self._arrived(staged.identifier).open("rb")
        except FileNotFoundError as error:
            raise StagedContentNotFound(staged.identifier) from error

    @needing_room()
    def adopt(self, staged: StagedContent, key: BlobKey) -> None:
        """Rename a finished upload into its place, see `Staging.adopt`."""
        file = self._arrived(staged.identifier)
        try:
            # A crash while finishing may leave fewer bytes under the name than were counted.
            if file.stat().st_size != staged.size:
                raise StagedContentNotFound(staged.identifier)
            self._layout.install(file, key)
        except FileNotFoundError as error:
            raise StagedContentNotFound(staged.identifier) from error

    def discard(self, staged: StagedContent) -> None:
        self._arrived(staged.identifier).unlink(missing_ok=True)

    def forget(self, identifier: str) -> None:
        if _IDENTIFIER.match(identifier):
            self._arriving(identifier).unlink(missing_ok=True)
            self._arrived(identifier).unlink(missing_ok=True)

    def sweep(self, older_than: datetime, in_use: InUse | None = None) -> int:
        """Forget what was abandoned, with the leavings of crashed puts, see `Staging.sweep`."""
        forgotten = 0
        abandoned = self._touched_before(older_than)
        while files := list(islice(abandoned, _AT_A_TIME)):
            # What is not an upload has no owner: a put that continues starts again.
            kept = in_use([each.stem for each in files if _IDENTIFIER.match(each.stem)]) if in_use else ()
            for file in files:
                if file.stem in kept:
                    continue
                try:
                    file.unlink()
                    forgotten += 1
                except FileNotFoundError:
                    continue  # adopted, discarded or swept by another process meanwhile
        return forgotten

    def _touched_before(self, moment: datetime) -> Iterator[Path]:
        with os.scandir(self._layout.staging) as entries:
            for entry in entries:
                try:
                    touched = datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
                except FileNotFoundError:
                    continue
                if touched < moment:
                    yield Path(entry.path)

    def _arrival(self, identifier: str, descriptor: int, *, resumable: bool = True) -> LocalArrival:
        arrival = LocalArrival(
            identifier=identifier,
            descriptor=descriptor,
            arriving=self._arriving(identifier),
            arrived=self._layout.staging / f"{identifier}.arrived",
            progress=self._progress_of(identifier),
            is_resumable=resumable,
        )
        self._arrivals[identifier] = arrival
        return arrival

    def _progress_of(self, identifier: str) -> Progress:
        """Return what is known of an upload, so that one sent bit by bit is not read again each time."""
        with self._remembering:
            progress = self._progress.pop(identifier, None) or Progress(self._executor)
            self._progress[identifier] = progress
            if len(self._progress) > _MOST_REMEMBERED:
                self._progress.popitem(last=False)
        return progress

    def _arriving(self, identifier: str) -> Path:
        return self._layout.staging / f"{identifier}.arriving"

    def _arrived(self, identifier: str) -> Path:
        if not _IDENTIFIER.match(identifier):
            raise StagedContentNotFound(identifier)
        return self._layout.staging / f"{identifier}.arrived"


if TYPE_CHECKING:
    _: type[Staging] = LocalStaging
