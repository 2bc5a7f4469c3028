"""Files, and the names that were ever used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version
from sqlalchemy import Connection, Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from pypi_core.domain.digests import Digests
from pypi_core.domain.entities import File, FileId, ProjectId, Release, ReleaseId, Yank
from pypi_core.domain.filenames import FileType
from pypi_core.errors import FileAlreadyExists, FilenamePreviouslyUsed, FileNotFound
from pypi_core.ports.persistence import NewFile
from pypi_sql.tables import files, releases, used_filenames

if TYPE_CHECKING:
    from pypi_core.ports.persistence import Files

# A file's version is its release's: kept once.
_FILES = select(files, releases.c.version).join(releases, releases.c.id == files.c.release_id)


class SqlFiles:
    """The files of one index, in one transaction."""

    def __init__(self, connection: Connection, index_id: int) -> None:
        self._connection = connection
        self._index_id = index_id

    def find(self, filename: str) -> File | None:
        """Return a file, ``None`` where the index lists none of that name."""
        return self._one(_FILES.where(files.c.index_id == self._index_id, files.c.filename == filename))

    def get(self, filename: str) -> File:
        """Return a file that the index lists."""
        file = self.find(filename)
        if file is None:
            raise FileNotFound(filename)
        return file

    def find_by_content(self, digests: Digests) -> File | None:
        """Return the file with these bytes, if the index has one under any name."""
        return self._one(
            _FILES.where(
                files.c.index_id == self._index_id,
                files.c.blake2_256 == digests.blake2_256,
                files.c.sha256 == digests.sha256,
            )
        )

    def was_ever_used(self, filename: str) -> bool:
        """Tell whether a file of this name is or ever was on the index."""
        query = select(used_filenames.c.filename).where(
            used_filenames.c.index_id == self._index_id, used_filenames.c.filename == filename
        )
        return self._connection.execute(query).one_or_none() is not None

    def of(self, project_id: ProjectId) -> Sequence[File]:
        """Return all files of a project, by version (oldest first), then by name."""
        return self._all(_FILES.where(files.c.project_id == project_id))

    def of_release(self, release_id: ReleaseId) -> Sequence[File]:
        """Return the files of a release, by name."""
        return self._all(_FILES.where(files.c.release_id == release_id))

    def add(self, release: Release, file: NewFile) -> File:
        """Add a file to a release and mark its name as used for ever."""
        if self.find(file.filename):
            raise FileAlreadyExists(file.filename)
        if same := self.find_by_content(file.digests):
            raise FileAlreadyExists(file.filename, existing=same.filename)
        if self.was_ever_used(file.filename):
            raise FilenamePreviouslyUsed(file.filename)
        fields = msgspec.structs.asdict(file)
        digests: Digests = fields.pop("digests")
        values = fields | msgspec.structs.asdict(digests)
        values |= {"index_id": self._index_id, "project_id": release.project_id, "release_id": release.id}
        try:
            with self._connection.begin_nested():
                self._connection.execute(
                    insert(used_filenames), {"index_id": self._index_id, "filename": file.filename}
                )
                self._connection.execute(insert(files), values)
        except IntegrityError as error:
            # Only where writers do not wait for each other can another have come in between.
            raise FileAlreadyExists(file.filename) from error
        return self.get(file.filename)

    def update(self, file: File) -> None:
        """Store the yank of a file that is there."""
        self._connection.execute(
            update(files).where(files.c.id == file.id),
            {"yank_reason": None if file.yank is None else file.yank.reason},
        )

    def delete(self, file: File) -> None:
        """Take a file out of the index; its name stays used."""
        self._connection.execute(delete(files).where(files.c.id == file.id))

    def _one(self, query: Select[tuple[object, ...]]) -> File | None:
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _file(row, Version(row.version))

    def _all(self, query: Select[tuple[object, ...]]) -> Sequence[File]:
        # Files of a release share one parsed version: parsing is what takes the time.
        versions: dict[str, Version] = {}
        found = [
            _file(row, versions.get(row.version) or versions.setdefault(row.version, Version(row.version)))
            for row in self._connection.execute(query)
        ]
        return sorted(found, key=lambda each: (each.version, each.filename))


def _file(row: Row[tuple[object, ...]], version: Version) -> File:
    return File(
        id=FileId(row.id),
        project_id=ProjectId(row.project_id),
        release_id=ReleaseId(row.release_id),
        version=version,
        filename=row.filename,
        filetype=FileType(row.filetype),
        python_version=row.python_version,
        size=row.size,
        digests=Digests(md5=row.md5, sha256=row.sha256, blake2_256=row.blake2_256),
        uploaded=row.uploaded,
        requires_python=row.requires_python,
        metadata_sha256=row.metadata_sha256,
        comment=row.comment,
        yank=None if row.yank_reason is None else Yank(row.yank_reason),
    )


if TYPE_CHECKING:
    _: type[Files] = SqlFiles
