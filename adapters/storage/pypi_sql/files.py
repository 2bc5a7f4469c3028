"""Files, and the names that were ever used."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict
from sqlalchemy import Connection, Executable, bindparam, delete, func, select, update

from pypi_core.domain.digests import Digests
from pypi_core.domain.entities import (
    File,
    FileId,
    ProjectId,
    ProjectSize,
    Release,
    ReleaseId,
    Status,
    Yank,
)
from pypi_core.domain.filenames import FileType
from pypi_core.domain.names import DisplayName
from pypi_core.errors import FileAlreadyExists, FilenamePreviouslyUsed, FileNotFound
from pypi_core.ports.files import NewFile
from pypi_sql.inserting import insertion
from pypi_sql.tables import files, projects, releases, used_filenames
from pypi_sql.versions import ranks, read_version

if TYPE_CHECKING:
    from pypi_core.ports.files import Files

# `_file` reads the columns in this order.
_COLUMNS = (
    files.c.id,
    files.c.project_id,
    files.c.release_id,
    # A file's version is its release's: kept once.
    releases.c.version,
    files.c.filename,
    files.c.filetype,
    files.c.python_version,
    files.c.size,
    files.c.md5,
    files.c.sha256,
    files.c.blake2_256,
    files.c.uploaded,
    files.c.requires_python,
    files.c.metadata_sha256,
    files.c.comment,
    files.c.sboms,
    files.c.modules,
    files.c.yank_reason,
)
_VERSION, _FILENAME = 3, 4

_FILES = select(*_COLUMNS).join(releases, releases.c.id == files.c.release_id)
_IN_THE_INDEX = _FILES.where(files.c.index_id == bindparam("of_index"))
_BY_NAME = _IN_THE_INDEX.where(files.c.filename == bindparam("called"))
_BY_CONTENT = _IN_THE_INDEX.where(files.c.sha256 == bindparam("sha2"))
_OF_PROJECT = _FILES.where(files.c.project_id == bindparam("of_project"))
_OF_RELEASE = _FILES.where(files.c.release_id == bindparam("of_release"))
_TOTAL_SIZE = select(func.coalesce(func.sum(files.c.size), 0)).where(
    files.c.project_id == bindparam("of_project")
)
_SIZE_OF_ALL = select(func.coalesce(func.sum(files.c.size), 0)).where(
    files.c.index_id == bindparam("of_index")
)
_COUNT = select(func.count()).select_from(files).where(files.c.index_id == bindparam("of_index"))
_LARGEST = (
    select(projects.c.display_name, func.sum(files.c.size).label("together"))
    .join(projects, projects.c.id == files.c.project_id)
    .where(files.c.index_id == bindparam("of_index"), projects.c.status != Status.QUARANTINED)
    .group_by(projects.c.id, projects.c.display_name, projects.c.name)
    .order_by(func.sum(files.c.size).desc(), projects.c.name)
    .limit(bindparam("at_most"))
)
_USED = (used_filenames.c.index_id == bindparam("of_index")) & (
    used_filenames.c.filename == bindparam("called")
)
_EVER_USED = select(used_filenames.c.filename).where(_USED)
_FORGET = delete(used_filenames).where(_USED)
_UPDATE = update(files).where(files.c.id == bindparam("known_as"))
_DELETE = delete(files).where(files.c.id == bindparam("known_as"))

_FILETYPES = {each.value: each for each in FileType}


class SqlFiles:
    """The files of one index, in one transaction."""

    def __init__(self, connection: Connection, index_id: int) -> None:
        self._connection = connection
        self._index_id = index_id

    def find(self, filename: str) -> File | None:
        return self._one(_BY_NAME, {"called": filename})

    def get(self, filename: str) -> File:
        file = self.find(filename)
        if file is None:
            raise FileNotFound(filename)
        return file

    def find_by_content(self, sha256: str) -> File | None:
        return self._one(_BY_CONTENT, {"sha2": sha256})

    def was_ever_used(self, filename: str) -> bool:
        key = {"of_index": self._index_id, "called": filename}
        return self._connection.execute(_EVER_USED, key).one_or_none() is not None

    def of(self, project_id: ProjectId) -> Sequence[File]:
        rows = self._connection.execute(_OF_PROJECT, {"of_project": project_id}).all()
        place = ranks(row[_VERSION] for row in rows)
        return [_file(row) for row in sorted(rows, key=lambda row: (place[row[_VERSION]], row[_FILENAME]))]

    def of_release(self, release_id: ReleaseId) -> Sequence[File]:
        rows = self._connection.execute(_OF_RELEASE, {"of_release": release_id}).all()
        return [_file(row) for row in sorted(rows, key=itemgetter(_FILENAME))]

    def total_size(self, project_id: ProjectId) -> int:
        return int(self._connection.execute(_TOTAL_SIZE, {"of_project": project_id}).scalar_one())

    def size_of_all(self) -> int:
        return int(self._connection.execute(_SIZE_OF_ALL, {"of_index": self._index_id}).scalar_one())

    def count(self) -> int:
        return self._connection.execute(_COUNT, {"of_index": self._index_id}).scalar_one()

    def largest_projects(self, limit: int) -> Sequence[ProjectSize]:
        rows = self._connection.execute(_LARGEST, {"of_index": self._index_id, "at_most": limit})
        return [ProjectSize(project=DisplayName(name), size=int(size)) for name, size in rows]

    def add(self, release: Release, file: NewFile) -> File:
        dialect_name = self._connection.dialect.name
        name = {"index_id": self._index_id, "filename": file.filename}
        if self._connection.execute(_using(dialect_name), name).one_or_none() is None:
            if self.find(file.filename):
                raise FileAlreadyExists(file.filename)
            raise FilenamePreviouslyUsed(file.filename)
        values = name | asdict(file) | asdict(file.digests)
        values |= {"sboms": "\n".join(file.sboms), "modules": "\n".join(file.modules)}
        values |= {"project_id": release.project_id, "release_id": release.id}
        del values["digests"]
        added = self._connection.execute(_adding(dialect_name), values).scalar_one_or_none()
        if added is None:
            # The content is here under another name: this one stays unused.
            self._connection.execute(_FORGET, {"of_index": self._index_id, "called": file.filename})
            same = self.find_by_content(file.digests.sha256)
            raise FileAlreadyExists(file.filename, existing=same.filename if same else None)
        return File(
            id=FileId(added),
            project_id=release.project_id,
            release_id=release.id,
            version=release.version,
            **asdict(file),
        )

    def update(self, file: File) -> None:
        reason = None if file.yank is None else file.yank.reason
        self._connection.execute(_UPDATE, {"known_as": file.id, "yank_reason": reason})

    def delete(self, file: File) -> None:
        self._connection.execute(_DELETE, {"known_as": file.id})

    def _one(self, query: Executable, key: dict[str, str]) -> File | None:
        row = self._connection.execute(query, {"of_index": self._index_id, **key}).one_or_none()
        return None if row is None else _file(row)


@cache
def _using(dialect_name: str) -> Executable:
    adding = insertion(dialect_name, used_filenames).on_conflict_do_nothing()
    return adding.returning(used_filenames.c.filename)


@cache
def _adding(dialect_name: str) -> Executable:
    return insertion(dialect_name, files).on_conflict_do_nothing().returning(files.c.id)


def _file(row: Sequence[Any]) -> File:
    (
        file_id,
        project_id,
        release_id,
        version,
        filename,
        filetype,
        python_version,
        size,
        md5,
        sha256,
        blake2_256,
        uploaded,
        requires_python,
        metadata_sha256,
        comment,
        sboms,
        modules,
        yank_reason,
    ) = row
    return File(
        id=file_id,
        project_id=project_id,
        release_id=release_id,
        version=read_version(version),
        filename=filename,
        filetype=_FILETYPES[filetype],
        python_version=python_version,
        size=size,
        digests=Digests(md5=md5, sha256=sha256, blake2_256=blake2_256),
        uploaded=uploaded,
        requires_python=requires_python,
        metadata_sha256=metadata_sha256,
        comment=comment,
        sboms=tuple(sboms.splitlines()),
        modules=tuple(modules.splitlines()),
        yank=None if yank_reason is None else Yank(yank_reason),
    )


if TYPE_CHECKING:
    _: type[Files] = SqlFiles
