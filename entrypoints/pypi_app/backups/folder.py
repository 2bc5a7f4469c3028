"""The folder of a backup."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pypi_app.backups.failures import BackupError
from pypi_app.backups.manifest import Manifest, read_manifest, write_manifest
from pypi_blobs.local import LocalBlobStore
from pypi_blobs.local_layout import sync_folder
from pypi_blobs.local_staging import LocalStaging
from pypi_core.ports.blobs import Store
from pypi_core.ports.environment import Randomness

_MANIFEST: Final = "manifest.json"
_LOCK: Final = "backup.lock"
_CHUNK: Final = 1024 * 1024


class BackupFolder:
    """
    Where everything of a backup lies.

    ``manifest.json`` is replaced last, in one step, so that there is always the last complete backup.
    ``blobs`` has the stored files of that one, and of one that is being made, each under the path of its key.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.blobs = self.path / "blobs"
        self.work = self.path / "work"
        self._manifest = self.path / _MANIFEST

    def manifest(self) -> Manifest:
        """
        Return what the last complete backup consists of.

        Raises:
            BackupError: There is none, or the manifest is damaged.
        """
        return read_manifest(self._manifest)

    def rows(self, backup: str) -> Path:
        """Return the file with the rows of a backup: an SQLite database."""
        return self.path / f"rows-{backup}.sqlite"

    def settings(self, backup: str) -> Path:
        """Return the file that shows the settings of the server when the backup was made."""
        return self.path / f"settings-{backup}.toml"

    def store(self, randomness: Randomness) -> Store:
        """Return the store with the bytes."""
        return Store(
            name=str(self.blobs),
            blobs=LocalBlobStore(self.blobs),
            staging=LocalStaging(self.blobs, randomness),
        )

    @contextmanager
    def written(self) -> Iterator[None]:
        """
        Make the folder, for its owner alone, and keep others from writing there meanwhile.

        What an interrupted backup left is deleted, but for the bytes, which the next one uses.

        Raises:
            BackupError: It has something else, another backup is being written, or it cannot be used.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self.path / _LOCK
            if not lock.exists() and any(self.path.iterdir()):
                raise BackupError(
                    f"{self.path} is not empty and not the folder of a backup: name an empty folder, or a "
                    "new one."
                )
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise unusable(self.path, error) from error
        with _held(descriptor, fcntl.LOCK_EX, self.path):
            shutil.rmtree(self.work, ignore_errors=True)
            self.work.mkdir(mode=0o700)
            yield
            shutil.rmtree(self.work, ignore_errors=True)

    @contextmanager
    def read(self) -> Iterator[None]:
        """Let nobody write there meanwhile; the folder itself may be read-only."""
        try:
            descriptor = os.open(self.path / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            # A copy need not have it.
            yield
            return
        with _held(descriptor, fcntl.LOCK_SH, self.path):
            yield

    def complete(self, manifest: Manifest) -> None:
        """Let *manifest*, all of whose files are written, be that of the last backup; durably."""
        file = self.work / _MANIFEST
        write_durably(file, write_manifest(manifest))
        sync_folder(self.path)
        file.replace(self._manifest)
        sync_folder(self.path)
        for pattern, kept in (("rows-*", self.rows(manifest.id)), ("settings-*", self.settings(manifest.id))):
            for each in self.path.glob(pattern):
                if each != kept:
                    each.unlink()


def write_durably(file: Path, content: bytes) -> None:
    """Write a file, for its owner alone, that survives a crash."""
    file.touch(mode=0o600)
    with file.open("wb") as writing:
        writing.write(content)
        writing.flush()
        os.fsync(writing.fileno())


def digest_of(file: Path, copy: Path | None = None) -> str:
    """Return the SHA-256 of *file*, which is durable afterwards; into *copy* go the same bytes."""
    digest = hashlib.sha256()
    with file.open("rb") as content, Path(copy or os.devnull).open("wb") as target:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
        if copy is None:
            os.fsync(content.fileno())
    return digest.hexdigest()


def unusable(path: Path, error: OSError) -> BackupError:
    """Return what to raise where the folder cannot be read or written."""
    return BackupError(
        f"The folder {path} cannot be used: {error.strerror}. Check its permissions and the room on its disk."
    )


@contextmanager
def _held(descriptor: int, how: int, path: Path) -> Iterator[None]:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise BackupError(
            f"Another pypi-server is at work in {path}: wait until it is done, then try again."
        ) from error
    try:
        yield
    finally:
        os.close(descriptor)
