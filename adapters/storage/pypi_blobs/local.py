"""Stored objects as files in a folder."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pypi_blobs.local_layout import LocalLayout, create_file, needing_room, write_all
from pypi_core.domain.blob_keys import BlobKey, BlobKind, parse_blob_path
from pypi_core.errors import BlobNotFound
from pypi_core.ports.blobs import BlobLocation, BlobStore, LocalFile, StoredBlob

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class LocalBlobStore:
    """
    Keep objects below *root*, readable by the server's own user alone.

    An object's age is its file's modification time.  Put a `LocalStaging` on the same
    root, so that adopting an upload is a rename.
    """

    def __init__(self, root: Path | str) -> None:
        self._layout = LocalLayout(root)

    @property
    def origins(self) -> Sequence[str]:
        """Return none: the server sends what is in a folder."""
        return ()

    @needing_room()
    def put(self, key: BlobKey, content: bytes) -> None:
        while True:
            file = self._layout.staging / f"{secrets.token_hex(16)}.put"
            try:
                self._write(file, content)
                return self._layout.install(file, key)
            except FileNotFoundError:
                # A sweep of all that is unfinished took the file away: write it again.
                continue
            except BaseException:
                file.unlink(missing_ok=True)
                raise

    def open(self, key: BlobKey) -> BinaryIO:
        try:
            return self._layout.path_of(key).open("rb")
        except FileNotFoundError as error:
            raise BlobNotFound(key.path) from error

    def locate(self, key: BlobKey, filename: str) -> BlobLocation:
        if self.find(key) is None:
            raise BlobNotFound(key.path)
        return LocalFile(str(self._layout.path_of(key)))

    def find(self, key: BlobKey) -> StoredBlob | None:
        try:
            return _stored(key, self._layout.path_of(key).stat())
        except FileNotFoundError:
            return None

    def all(self) -> Iterator[StoredBlob]:
        """Walk through the folders; what is not an object is skipped."""
        for kind in sorted(BlobKind):
            for entry in _files_below(self._layout.root / kind):
                key = parse_blob_path(Path(entry.path).relative_to(self._layout.root).as_posix())
                if key and (found := self.find(key)):
                    yield found

    def delete(self, key: BlobKey) -> None:
        # A server of the last release may sweep beside this one, and looks at the age of objects.
        with self._layout.locked(exclusively=True):
            # No sync: an object that a crash brings back is rubbish, which the next sweep finds.
            self._layout.path_of(key).unlink(missing_ok=True)

    def _write(self, file: Path, content: bytes) -> None:
        descriptor = create_file(file)
        try:
            write_all(descriptor, content)
        finally:
            os.close(descriptor)


def _stored(key: BlobKey, status: os.stat_result) -> StoredBlob | None:
    if not stat.S_ISREG(status.st_mode):
        return None
    # In integers: a float of seconds would round a put into the past.
    last_put = _EPOCH + status.st_mtime_ns // 1000 * _MICROSECOND
    return StoredBlob(key=key, size=status.st_size, last_put=last_put)


def _files_below(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """Go through files in the order of their paths, one folder of many at a time."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda each: each.name)
    except FileNotFoundError:
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _files_below(entry.path)
        elif entry.is_file(follow_symlinks=False):
            yield entry


if TYPE_CHECKING:
    _: type[BlobStore] = LocalBlobStore
