"""Uploads on their way into a folder of objects."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from weakref import WeakValueDictionary

from pypi_blobs.local_arrival import LocalArrival
from pypi_blobs.local_layout import LocalLayout, create_file
from pypi_core.domain.blob_keys import BlobKey
from pypi_core.errors import StagedContentNotFound
from pypi_core.ports.blobs import Arrival, StagedContent, Staging
from pypi_core.ports.environment import Randomness

_IDENTIFIER = re.compile(r"[0-9a-f]{32}\Z")


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
        # Its threads are started when the first large chunk arrives.
        self._executor = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="hashing")

    def begin(self) -> Arrival:
        """Start an upload, see `Staging.begin`."""
        identifier = self._randomness.bytes(16).hex()
        return self._arrival(identifier, create_file(self._arriving(identifier)))

    def resume(self, identifier: str) -> Arrival:
        """Go on with an upload; its bytes are read again for their digests, see `Staging.resume`."""
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

    def open(self, staged: StagedContent) -> BinaryIO:
        """Open a finished upload, see `Staging.open`."""
        try:
            return self._arrived(staged).open("rb")
        except FileNotFoundError as error:
            raise StagedContentNotFound(staged.identifier) from error

    def adopt(self, staged: StagedContent, key: BlobKey) -> None:
        """Rename a finished upload into its place, see `Staging.adopt`."""
        file = self._arrived(staged)
        try:
            # A crash while finishing may leave fewer bytes under the name than were counted.
            if file.stat().st_size != staged.size:
                raise StagedContentNotFound(staged.identifier)
            self._layout.install(file, key)
        except FileNotFoundError as error:
            raise StagedContentNotFound(staged.identifier) from error

    def discard(self, staged: StagedContent) -> None:
        """Forget a finished upload, see `Staging.discard`."""
        self._arrived(staged).unlink(missing_ok=True)

    def sweep(self, older_than: datetime) -> int:
        """Forget what was abandoned, with the leavings of crashed puts, see `Staging.sweep`."""
        forgotten = 0
        with os.scandir(self._layout.staging) as entries:
            for entry in entries:
                try:
                    touched = datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
                    if touched < older_than:
                        os.unlink(entry.path)
                        forgotten += 1
                except FileNotFoundError:
                    continue  # adopted, discarded or swept by somebody else meanwhile
        return forgotten

    def _arrival(self, identifier: str, descriptor: int) -> LocalArrival:
        arrival = LocalArrival(
            identifier=identifier,
            descriptor=descriptor,
            arriving=self._arriving(identifier),
            arrived=self._layout.staging / f"{identifier}.arrived",
            executor=self._executor,
        )
        self._arrivals[identifier] = arrival
        return arrival

    def _arriving(self, identifier: str) -> Path:
        return self._layout.staging / f"{identifier}.arriving"

    def _arrived(self, staged: StagedContent) -> Path:
        if not _IDENTIFIER.match(staged.identifier):
            raise StagedContentNotFound(staged.identifier)
        return self._layout.staging / f"{staged.identifier}.arrived"


if TYPE_CHECKING:
    _: type[Staging] = LocalStaging
