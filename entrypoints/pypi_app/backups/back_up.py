"""Write a backup beside a server that goes on."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import msgspec

import pypi_core
from pypi_app.backups.failures import BackupError
from pypi_app.backups.folder import BackupFolder, digest_of, write_durably
from pypi_app.backups.manifest import FORMAT, MOST_DAMAGED, Manifest
from pypi_app.backups.watch import Watch
from pypi_core.domain.blob_keys import BlobKey
from pypi_core.ports.blobs import BlobStore, Store, StoredBlob
from pypi_core.ports.environment import Clock, Randomness
from pypi_core.use_cases.upkeep.check_integrity import CheckIntegrity
from pypi_core.use_cases.upkeep.copy_blobs import CopyBlobs, CopyState
from pypi_core.use_cases.upkeep.transfer import MapAll
from pypi_sql import SqlDatabase

_BATCH = 500
_ATTEMPTS = 2


class CopiedBytes(msgspec.Struct, frozen=True, kw_only=True):
    """How many stored files were copied, and how many bytes they have."""

    files: int
    bytes: int


@dataclass(frozen=True, kw_only=True, eq=False)
class BackUp:
    """
    Write all that an index consists of into a folder, as of one moment, while it changes.

    Rows first: a stored file that they point at is deleted by no sweep for a grace period, which is
    longer than a backup takes.  What the folder has already is not copied again.  Until the manifest
    is replaced, at the very end, the last backup is the one before.
    """

    folder: BackupFolder
    database: SqlDatabase
    blobs: BlobStore
    settings_text: str
    clock: Clock
    randomness: Randomness

    def __call__(self, watch: Watch, map_all: MapAll) -> tuple[Manifest, CopiedBytes]:
        """
        Return what the backup consists of, and what had to be copied for it.

        Raises:
            BackupError: The folder cannot be used, or too many stored files are missing.
            Unavailable: The database or the store does not answer, or there is no room left.
        """
        with self.folder.written():
            made = self.clock.now()
            rows = SqlDatabase(f"sqlite:///{self.folder.work / 'rows.sqlite'}", self.clock)
            try:
                count = self.database.save_to(rows, watch.rows)
                store = self.folder.store(self.randomness)
                # Left by a backup that was interrupted.
                store.staging.sweep(made)
                copied, damaged = self._copy(rows, store, watch, map_all)
                manifest = self._manifest(made, count, rows, store, damaged)
                self.folder.complete(manifest)
                _drop_unlisted(rows, store)
            finally:
                rows.dispose()
            return manifest, copied

    def _copy(
        self, rows: SqlDatabase, store: Store, watch: Watch, map_all: MapAll
    ) -> tuple[CopiedBytes, Sequence[str]]:
        copy_blobs = CopyBlobs(rows.open_site_snapshot, self.blobs, store)
        files = size = 0
        damaged: Sequence[str] = ()
        # A listing may miss what is put again meanwhile.
        for _attempt in range(_ATTEMPTS):
            for each in copy_blobs(map_all=map_all):
                if each.state is CopyState.COPIED:
                    files, size = files + 1, size + each.size
                    watch.bytes(size)
            damaged = damaged_files(rows, store)
            if not damaged:
                break
        if len(damaged) > MOST_DAMAGED:
            raise BackupError(
                f"More than {MOST_DAMAGED} stored files are missing, as {damaged[0]} is: there is no new "
                "backup. Is `blobs` set to the right store? `pypi-server check` names them all."
            )
        return CopiedBytes(files=files, bytes=size), damaged

    def _manifest(
        self, made: datetime, count: int, rows: SqlDatabase, store: Store, damaged: Sequence[str]
    ) -> Manifest:
        backup = f"{made:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        file = self.folder.rows(backup)
        rows.write_file(file)
        file.chmod(0o600)
        write_durably(self.folder.settings(backup), self.settings_text.encode())
        files = size = 0
        for each, is_listed in _looked_up(rows, store.blobs):
            if is_listed:
                files, size = files + 1, size + each.size
        return Manifest(
            format=FORMAT,
            id=backup,
            made=made,
            program=pypi_core.__version__,
            serials={str(name): serial for name, serial in rows.serials().items()},
            rows=count,
            rows_sha256=digest_of(file),
            files=files,
            bytes=size,
            damaged=tuple(damaged),
        )


def damaged_files(rows: SqlDatabase, store: Store) -> Sequence[str]:
    """
    Return the paths of stored files that rows point at and that are missing, or too long or short.

    If there are very many, some are left out.
    """
    found = CheckIntegrity(rows.open_site_snapshot, [store])()
    return sorted({each.key.path for each in islice(found, 2 * (MOST_DAMAGED + 1))})


def _drop_unlisted(rows: SqlDatabase, store: Store) -> None:
    for each, is_listed in _looked_up(rows, store.blobs):
        if not is_listed:
            store.blobs.delete(each.key)


def _looked_up(rows: SqlDatabase, blobs: BlobStore) -> Iterator[tuple[StoredBlob, bool]]:
    """Go through the stored files of a backup, and say of each whether rows point at it."""
    waiting = blobs.all()
    while batch := list(islice(waiting, _BATCH)):
        keys: list[BlobKey] = [each.key for each in batch]
        with rows.open_site_snapshot() as snapshot:
            listed = snapshot.references.among(keys)
        yield from ((each, each.key in listed) for each in batch)
