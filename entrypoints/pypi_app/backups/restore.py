"""Put a backup back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pypi_app.backups.back_up import CopiedBytes, damaged_files
from pypi_app.backups.failures import BackupError, RestoreRefused
from pypi_app.backups.folder import BackupFolder, digest_of
from pypi_app.backups.manifest import Manifest
from pypi_app.backups.watch import Watch
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import IndexName
from pypi_core.errors import Unavailable
from pypi_core.ports.blobs import Store
from pypi_core.ports.environment import Clock, Randomness
from pypi_core.use_cases.upkeep.copy_blobs import CopyBlobs, CopyState
from pypi_core.use_cases.upkeep.transfer import MapAll
from pypi_sql import DatabaseOccupied, RestoreTerms, SqlDatabase

_MOST_NAMED = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Restore:
    """
    Put rows and bytes of a backup into a database and a store, of whatever kind they are.

    Bytes first, each checked by its digest; then all rows in one transaction.  So what was interrupted
    changed nothing that anybody sees, and goes on where it ended when it is run again.

    Attributes:
        replaces: Whether the rows take the place of those that are there.
        seen: The highest serial that a mirror is known to have seen.
    """

    folder: BackupFolder
    database: SqlDatabase
    store: Store
    clock: Clock
    randomness: Randomness
    replaces: bool = False
    seen: int = 0

    def __call__(self, watch: Watch, map_all: MapAll) -> tuple[Manifest, CopiedBytes]:
        """
        Return what was restored, and what had to be copied for it.

        Raises:
            BackupError: The backup is damaged or incomplete; nothing was restored.
            RestoreRefused: The database is not empty.
            Unavailable: The database or the store does not answer, or there is no room left.
        """
        with self.folder.read(), TemporaryDirectory(prefix="pypi-server-") as work:
            manifest = self.folder.manifest()
            if not self.replaces and not self.database.is_empty():
                raise _refused(self.database.serials(), manifest)
            rows = self._opened(manifest, Path(work) / "rows.sqlite")
            try:
                copied = self._copy(rows, manifest, watch, map_all)
                terms = RestoreTerms(made=manifest.made, replaces=self.replaces, seen=self.seen)
                self.database.restore_from(rows, terms, watch.rows)
            except DatabaseOccupied as error:
                raise _refused(error.serials, manifest) from error
            finally:
                rows.dispose()
            return manifest, copied

    def _opened(self, manifest: Manifest, copy: Path) -> SqlDatabase:
        """Return the rows in the form that this version knows, from a copy: the backup stays as it is."""
        file = self.folder.rows(manifest.id)
        try:
            digest = digest_of(file, copy)
        except OSError as error:
            raise BackupError(f"The rows of the backup, {file}, cannot be read: {error.strerror}.") from error
        if digest != manifest.rows_sha256:
            raise BackupError(
                f"The rows of the backup, {file}, are not those that were written: their SHA-256 is "
                f"{digest}, not {manifest.rows_sha256}. Restore from another copy of the backup."
            )
        rows = SqlDatabase(f"sqlite:///{copy}", self.clock)
        try:
            rows.require_known()
        except Unavailable as error:
            rows.dispose()
            raise BackupError(
                f"The backup was made by pypi-server {manifest.program}, whose tables are of a later "
                "version: restore it with that version, or a later one."
            ) from error
        rows.migrate()
        return rows

    def _copy(self, rows: SqlDatabase, manifest: Manifest, watch: Watch, map_all: MapAll) -> CopiedBytes:
        backup = self.folder.store(self.randomness)
        _require_whole(sorted(set(damaged_files(rows, backup)).difference(manifest.damaged)))
        files = size = 0
        damaged = []
        for each in CopyBlobs(rows.open_site_snapshot, backup.blobs, self.store)(map_all=map_all):
            if each.state is CopyState.COPIED:
                files, size = files + 1, size + each.size
                watch.bytes(size)
            elif each.state is CopyState.DAMAGED and each.key.path not in manifest.damaged:
                damaged.append(each.key.path)
        _require_whole(damaged)
        return CopiedBytes(files=files, bytes=size)


def _require_whole(damaged: Sequence[str]) -> None:
    if damaged:
        named = ", ".join(f"blobs/{each}" for each in damaged[:_MOST_NAMED])
        more = f" and {len(damaged) - _MOST_NAMED} more" if len(damaged) > _MOST_NAMED else ""
        raise BackupError(
            f"Stored files of the backup are missing or changed: {named}{more}. No rows were restored. Get "
            "them from another copy of the backup, then run it again."
        )


def _refused(serials: Mapping[IndexName, Serial], manifest: Manifest) -> RestoreRefused:
    behind = [
        f"{name} is at serial {serial}, and at {manifest.serials.get(name, 0)} in the backup"
        for name, serial in serials.items()
        if serial > manifest.serials.get(name, 0)
    ]
    what = f": {', '.join(behind)}, behind what mirrors have seen" if behind else ""
    return RestoreRefused(
        f"The database is not empty{what}. Restore into an empty one, which --data or --database names, or "
        "replace everything in it with --force; serials then go on above the highest."
    )
