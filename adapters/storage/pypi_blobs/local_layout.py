"""The folder that a local blob store and its staging share, and how a file gets into its place for good."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pypi_core.domain.blob_keys import BlobKey, parse_blob_path
from pypi_core.errors import Unavailable

_STAGING = "staging"
_LOCK = "lock"
# What all index contents hold is for the server alone: it may be a private index.
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_MOST_REMEMBERED = 10_000


class LocalLayout:
    """
    Know where everything lies below *root*, and move files into place.

    Stored objects lie at the path of their key, all that is unfinished in one folder
    beside them: on the same file system, so that finishing is a rename.  Several
    processes may use one root at once.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).absolute()
        self.staging = self.root / _STAGING
        self.root.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        self.staging.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        sync_folder(self.root)
        self._durable: set[Path] = set()

    def path_of(self, key: BlobKey) -> Path:
        """Return where the object under *key* lies."""
        if parse_blob_path(key.path) != key:
            raise ValueError(f"{key!r} is not the key of a stored object")
        return self.root / key.path

    def install(self, file: Path, key: BlobKey) -> None:
        """
        Move *file*, whose bytes are durable, to the place of *key* and make that durable.

        What is there already is replaced, which renews its age and mends it if it was damaged.

        Raises:
            FileNotFoundError: There is no *file*.
        """
        target = self.path_of(key)
        self._make_folders(target.parent)
        with self.locked(exclusively=False):
            # The clock of `last_put` is the one callers compare with: the kernel's own stamp lags
            # by up to a tick, and of a long upload it would tell when the bytes arrived.
            now = time.time_ns()
            os.utime(file, ns=(now, now))
            os.rename(file, target)
        sync_folder(target.parent)

    @contextmanager
    def locked(self, *, exclusively: bool) -> Iterator[None]:
        """
        Keep deletions (*exclusively*) and puts apart, in all threads and processes.

        Hold it for no more than a look and a rename: the kernel prefers those who share it.
        """
        descriptor = os.open(self.root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if exclusively else fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)

    def _make_folders(self, folder: Path) -> None:
        """
        Make *folder* and those above it, durably.

        Who finds a folder cannot know that the one who made it has synced it already, so
        each process syncs a folder's parent once before it trusts the folder.
        """
        if folder == self.root or folder in self._durable:
            return
        self._make_folders(folder.parent)
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        sync_folder(folder.parent)
        if len(self._durable) >= _MOST_REMEMBERED:
            self._durable.clear()
        self._durable.add(folder)


def create_file(path: Path) -> int:
    """Create a file for its owner alone, open for appending; return its descriptor."""
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)


def write_all(descriptor: int, content: bytes) -> None:
    """
    Write all of *content*.

    Raises:
        Unavailable: The disk is full.
    """
    rest = memoryview(content)
    with needing_room():
        while rest:
            rest = rest[os.write(descriptor, rest) :]


@contextmanager
def needing_room() -> Iterator[None]:
    """
    Report a full disk in a sentence, whatever noticed it: a write, a new name or a sync.

    Raises:
        Unavailable: The disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable("The server has no room left to store files: try again later.") from error
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* survive a crash."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
