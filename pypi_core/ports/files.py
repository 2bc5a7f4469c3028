"""The files of an index; their bytes are in `pypi_core.ports.blobs`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from pypi_core.domain.digests import Digests
from pypi_core.domain.entities import File, ProjectId, ProjectSize, Release, ReleaseId
from pypi_core.domain.filenames import FileType


class FileReader(Protocol):
    """The files of the index."""

    def find(self, filename: str) -> File | None:
        """Return a file, ``None`` where the index lists none of that name."""
        ...

    def get(self, filename: str) -> File:
        """
        Return a file.

        Raises:
            FileNotFound: The index lists none of that name.
        """
        ...

    def find_by_content(self, sha256: str) -> File | None:
        """Return the file whose bytes have this SHA-256, in lower case, if the index has one of any name."""
        ...

    def was_ever_used(self, filename: str) -> bool:
        """Return whether a file of this name is or ever was on the index."""
        ...

    def of(self, project_id: ProjectId) -> Sequence[File]:
        """Return all files of a project, by version (oldest first), then by name."""
        ...

    def of_release(self, release_id: ReleaseId) -> Sequence[File]:
        """Return the files of a release, by name."""
        ...

    def total_size(self, project_id: ProjectId) -> int:
        """Return how many bytes the files of a project have together."""
        ...

    def size_of_all(self) -> int:
        """Return how many bytes all files of the index have together; looks at every file."""
        ...

    def count(self) -> int:
        """Count the files of the index; looks at every file."""
        ...

    def largest_projects(self, limit: int) -> Sequence[ProjectSize]:
        """
        Return the *limit* projects whose files have the most bytes, the largest first, then by name.

        Quarantined projects are left out.  Looks at every file.
        """
        ...


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file about to be added; the fields are those of `File`."""

    filename: str
    filetype: FileType
    python_version: str
    size: int
    digests: Digests
    uploaded: datetime
    requires_python: str | None
    metadata_sha256: str | None
    comment: str = ""
    sboms: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


class Files(FileReader, Protocol):
    """The files, writable."""

    def add(self, release: Release, file: NewFile) -> File:
        """
        Add a file to a release and mark its name as used for ever.

        Raises:
            FileAlreadyExists: The index lists a file of that name, or one with these bytes.
            FilenamePreviouslyUsed: The name was used and deleted.
        """
        ...

    def update(self, file: File) -> None:
        """Store the yank of a file that is there."""
        ...

    def delete(self, file: File) -> None:
        """Take a file out of the index; its name stays used."""
        ...
