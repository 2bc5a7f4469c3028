"""Files in memory."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import asdict, replace

from pypi_core.domain.entities import File, FileId, ProjectId, ProjectSize, Release, ReleaseId
from pypi_core.errors import FileAlreadyExists, FilenamePreviouslyUsed, FileNotFound
from pypi_memory.rows import IndexRows

if TYPE_CHECKING:
    from pypi_core.ports.files import Files, NewFile


class InMemoryFiles:
    """The files among the rows of one index."""

    def __init__(self, rows: IndexRows, ids: itertools.count[int]) -> None:
        self._rows = rows
        self._ids = ids

    def find(self, filename: str) -> File | None:
        """Return a file, ``None`` where the index lists none of that name."""
        return self._rows.files.get(filename)

    def get(self, filename: str) -> File:
        """Return a file."""
        if filename not in self._rows.files:
            raise FileNotFound(filename)
        return self._rows.files[filename]

    def find_by_content(self, sha256: str) -> File | None:
        """Return the file with these bytes, if the index has one under any name."""
        return next((each for each in self._rows.files.values() if each.digests.sha256 == sha256), None)

    def was_ever_used(self, filename: str) -> bool:
        """Return whether a file of this name is or ever was on the index."""
        return filename in self._rows.used_filenames

    def of(self, project_id: ProjectId) -> Sequence[File]:
        """Return all files of a project, by version (oldest first), then by name."""
        files = [each for each in self._rows.files.values() if each.project_id == project_id]
        return sorted(files, key=lambda each: (each.version, each.filename))

    def of_release(self, release_id: ReleaseId) -> Sequence[File]:
        """Return the files of a release, by name."""
        files = [each for each in self._rows.files.values() if each.release_id == release_id]
        return sorted(files, key=lambda each: each.filename)

    def total_size(self, project_id: ProjectId) -> int:
        """Return how many bytes the files of a project have together."""
        return sum(each.size for each in self._rows.files.values() if each.project_id == project_id)

    def size_of_all(self) -> int:
        """Return how many bytes all files of the index have together."""
        return sum(each.size for each in self._rows.files.values())

    def count(self) -> int:
        """Count the files of the index."""
        return len(self._rows.files)

    def largest_projects(self, limit: int) -> Sequence[ProjectSize]:
        """Return the projects whose files have the most bytes, the largest first."""
        sizes = Counter[ProjectId]()
        for file in self._rows.files.values():
            sizes[file.project_id] += file.size
        listed = [
            (self._rows.projects[project_id], size)
            for project_id, size in sizes.items()
            if self._rows.projects[project_id].status.offers_files
        ]
        listed.sort(key=lambda pair: (-pair[1], pair[0].name))
        return [ProjectSize(project=project.display_name, size=size) for project, size in listed[:limit]]

    def add(self, release: Release, file: NewFile) -> File:
        """Add a file to a release and mark its name as used for ever."""
        if self.find(file.filename):
            raise FileAlreadyExists(file.filename)
        if self.was_ever_used(file.filename):
            raise FilenamePreviouslyUsed(file.filename)
        if same := self.find_by_content(file.digests.sha256):
            raise FileAlreadyExists(file.filename, existing=same.filename)
        added = File(
            id=FileId(next(self._ids)),
            project_id=release.project_id,
            release_id=release.id,
            version=release.version,
            **asdict(file),
        )
        self._rows.files[added.filename] = added
        self._rows.used_filenames.add(added.filename)
        return added

    def update(self, file: File) -> None:
        """Store the yank of a file."""
        stored = self._rows.files[file.filename]
        self._rows.files[file.filename] = replace(stored, yank=file.yank)

    def delete(self, file: File) -> None:
        """Take a file out of the index; its name stays used."""
        del self._rows.files[file.filename]


if TYPE_CHECKING:
    _: type[Files] = InMemoryFiles
