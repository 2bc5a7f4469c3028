"""The folder that a local blob store and its staging share, and how a file gets into its place for good."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from pypi_core.domain.blob_keys import BlobKey, parse_blob_path
from pypi_core.errors import Unavailable

_STAGING = "staging"
_LOCK = "lock"
# What all index contents hold is for the server alone: it may be a private index.
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_MOST_REMEMBERED = 10_000
_MOUNTS = Path("/proc/self/mountinfo")
# docs/adr/0039-one-sync-a-file.md tells what was read about each.
_ORDERED = frozenset({"ext4", "xfs"})


class LocalLayout:
    """
    Know where everything lies below *root*, and move files into place.

    Stored objects lie at the path of their key, all that is unfinished in one folder
    beside them: on the same file system, so that finishing is a rename.  Several
    processes may use one root at once.

    Args:
        keeps_order: What `keeps_order_of_names` says of *root*, unless it is given.
    """

    def __init__(self, root: Path | str, *, keeps_order: bool | None = None) -> None:
        self.root = Path(root).absolute()
        self.staging = self.root / _STAGING
        self.root.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        self.staging.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        sync_folder(self.root)
        self._made: set[Path] = set()
        self._keeps_order = keeps_order_of_names(self.root) if keeps_order is None else keeps_order
        # Of two who move the same file, the second must find it gone.
        self._moving = Lock()

    def path_of(self, key: BlobKey) -> Path:
        """Return where the object under *key* lies."""
        if parse_blob_path(key.path) != key:
            raise ValueError(f"{key!r} is not the key of a stored object")
        return self.root / key.path

    def install(self, file: Path, key: BlobKey) -> None:
        """
        Move *file* to the place of *key* and make that and its bytes durable.

        What is there already is replaced, which renews its age and mends it if it was damaged.

        Raises:
            FileNotFoundError: There is no *file*.
        """
        target = self.path_of(key)
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._make_folders(target.parent)
            if self._keeps_order and self._is_first(file, target):
                # With the bytes this makes the name durable, and the folders that it is in.
                os.fsync(descriptor)
                return
            # Before it is moved: it may replace what a row points at.
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        with self.locked(exclusively=False):
            _touch(file)
            os.rename(file, target)
        sync_folder(target.parent)

    def _is_first(self, file: Path, target: Path) -> bool:
        """Move *file* to *target* unless something is there, and return whether it was moved."""
        with self._moving, self.locked(exclusively=False):
            _touch(file)
            try:
                os.link(file, target)
            except FileExistsError:
                return False
            # A sweep of all that is unfinished may have done so.
            file.unlink(missing_ok=True)
        return True

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
        Make *folder* and those above it; durably unless the sync of a file in it will do.

        Who finds a folder cannot know that the one who made it has synced it already, so
        each process syncs a folder's parent once before it trusts the folder.
        """
        if folder == self.root or folder in self._made:
            return
        self._make_folders(folder.parent)
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        if not self._keeps_order:
            sync_folder(folder.parent)
        if len(self._made) >= _MOST_REMEMBERED:
            self._made.clear()
        self._made.add(folder)


def keeps_order_of_names(folder: Path) -> bool:
    """
    Return whether the file system of *folder* writes changes of names in their order.

    One that does has written, with the last change of a file, every name and folder that was made before:
    the sync of a file that was just given its name is enough.  `os.link` is then there, too.
    """
    device = folder.stat().st_dev
    with suppress(OSError), _MOUNTS.open() as mounts:
        for line in mounts:
            fields = line.split()
            if fields[2] == f"{os.major(device)}:{os.minor(device)}":
                return fields[fields.index("-") + 1] in _ORDERED
    return False


def _touch(file: Path) -> None:
    # The clock of `last_put` is the one callers compare with: the kernel's own stamp lags
    # by up to a tick, and of a long upload it would tell when the bytes arrived.
    now = time.time_ns()
    os.utime(file, ns=(now, now))


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
