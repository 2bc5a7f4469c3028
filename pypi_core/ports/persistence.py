"""
The rows of one index: read from a snapshot, changed by a unit of work.

Both are bound to one index, so nothing here names it.  Neither is safe to use from two
threads; each is opened, used and left by one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

import msgspec
from packaging.version import Version

from pypi_core.domain.accounts import AccountId, Actor, Role
from pypi_core.domain.digests import Digests
from pypi_core.domain.entities import (
    Change,
    DescribedRelease,
    File,
    ListedProject,
    NamedRelease,
    Project,
    ProjectId,
    ProjectSize,
    Release,
    ReleaseId,
    Segment,
    Serial,
)
from pypi_core.domain.events import Event
from pypi_core.domain.filenames import FileType
from pypi_core.domain.indexes import IndexRecord
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.new_names import SimilarityKey
from pypi_core.domain.permissions import Members
from pypi_core.ports.accounts import AccountReader
from pypi_core.ports.documentation import Documentation, DocumentationReader
from pypi_core.ports.rate_limits import RateCounts
from pypi_core.ports.upload_sessions import UploadSessionReader, UploadSessions


class ProjectReader(Protocol):
    """The projects of the index."""

    def find(self, name: NormalizedName) -> Project | None:
        """Return a project, ``None`` where there is none of that name."""
        ...

    def get(self, name: NormalizedName) -> Project:
        """
        Return a project.

        Raises:
            ProjectNotFound: There is none of that name.
        """
        ...

    def find_similar(self, key: SimilarityKey) -> Project | None:
        """Return a project whose name has this key, ``None`` where none has."""
        ...

    def by_id(self, project_id: ProjectId) -> Project:
        """Return the project that a release or file belongs to; there always is one."""
        ...

    def segments(self) -> Sequence[Segment]:
        """Return the segments of the project list that are not empty or once were not, by number."""
        ...

    def in_segment(self, number: int) -> Sequence[ListedProject]:
        """Return the projects of a segment, by name, without the quarantined ones."""
        ...

    def newest(self, limit: int) -> Sequence[Project]:
        """Return the *limit* projects created last, the newest first, without the quarantined ones."""
        ...

    def listed_after(self, project_id: ProjectId, limit: int) -> Sequence[Project]:
        """Return up to *limit* projects with higher ids, by id, without the quarantined ones."""
        ...

    def count(self) -> int:
        """Count the projects."""
        ...


class ReleaseReader(Protocol):
    """The releases of the index."""

    def find(self, project_id: ProjectId, version: Version) -> Release | None:
        """Return the release that *version* names in any spelling (``1.0`` = ``1.0.0``)."""
        ...

    def get(self, project: Project, version: Version) -> Release:
        """
        Return the release that *version* names in any spelling.

        Raises:
            ReleaseNotFound: The project has none.
        """
        ...

    def of(self, project_id: ProjectId) -> Sequence[Release]:
        """Return all releases of a project, the oldest version first."""
        ...

    def metadata_of(self, release_id: ReleaseId) -> CoreMetadata:
        """Return a release's metadata: of its first file or, before there is one, those it was given."""
        ...

    def with_classifiers(self, classifiers: Collection[str], limit: int) -> Sequence[NamedRelease]:
        """
        Return up to *limit* releases that carry all of *classifiers*, by name, then by version.

        Quarantined projects are left out.  Where there are more, any of them may be missing.
        """
        ...

    def newest(self, limit: int) -> Sequence[DescribedRelease]:
        """Return the *limit* releases created last, the newest first, without quarantined ones."""
        ...

    def created_since(self, moment: datetime, limit: int) -> Sequence[NamedRelease]:
        """Return up to *limit* releases created after *moment*, newest first, without quarantined ones."""
        ...


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

    def find_by_content(self, digests: Digests) -> File | None:
        """Return the file with these bytes, if the index has one under any name."""
        ...

    def was_ever_used(self, filename: str) -> bool:
        """Tell whether a file of this name is or ever was on the index."""
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

    def largest_projects(self, limit: int) -> Sequence[ProjectSize]:
        """
        Return the *limit* projects whose files have the most bytes, the largest first, then by name.

        Quarantined projects are left out.  Looks at every file.
        """
        ...


class MembershipReader(Protocol):
    """Who has which role in which project."""

    def of(self, project_id: ProjectId) -> Members:
        """Return the roles in a project, by account."""
        ...

    def named(self, project_id: ProjectId) -> Sequence[tuple[str, Role]]:
        """Return user names and roles in a project: owners first, then by name."""
        ...

    def of_user(self, username: str) -> Sequence[tuple[Role, DisplayName]]:
        """
        Return the roles that an account has in projects of the index: as owner first, then by name.

        Quarantined projects are left out; nobody of that name has none.
        """
        ...

    def of_account(self, account_id: AccountId) -> Sequence[tuple[NormalizedName, Role]]:
        """Return every role that an account has on the index, by project, quarantined ones too."""
        ...


class JournalReader(Protocol):
    """The public history of the index; it is kept for ever."""

    def since(self, serial: Serial, limit: int) -> Sequence[Change]:
        """Return up to *limit* entries after *serial*, in the order of their serials."""
        ...

    def later_than(self, moment: datetime, limit: int) -> Sequence[Change]:
        """Return up to *limit* entries made later than *moment*, the oldest first, then by serial."""
        ...

    def last_serial(self) -> Serial:
        """Return the serial of the newest entry, 0 where there is none; it never decreases."""
        ...


class Snapshot(Protocol):
    """All rows as of one moment: what is read twice is the same."""

    @property
    def record(self) -> IndexRecord:
        """The index's name and settings."""
        ...

    @property
    def projects(self) -> ProjectReader:
        """The projects."""
        ...

    @property
    def releases(self) -> ReleaseReader:
        """The releases."""
        ...

    @property
    def files(self) -> FileReader:
        """The files."""
        ...

    @property
    def documentation(self) -> DocumentationReader:
        """The documentation of releases."""
        ...

    @property
    def memberships(self) -> MembershipReader:
        """The roles."""
        ...

    @property
    def accounts(self) -> AccountReader:
        """The accounts, which all indexes share."""
        ...

    @property
    def journal(self) -> JournalReader:
        """The journal."""
        ...

    @property
    def upload_sessions(self) -> UploadSessionReader:
        """The upload sessions."""
        ...


class OpenSnapshot(Protocol):
    """Opens a snapshot; leaving the block lets it go."""

    def __call__(self) -> AbstractContextManager[Snapshot]:
        """Begin to read as of now."""
        ...


class Projects(ProjectReader, Protocol):
    """The projects, writable."""

    def add(self, name: NormalizedName, display_name: DisplayName, created: datetime) -> Project:
        """
        Add an active project.

        Raises:
            ProjectAlreadyExists: There is one of that name.
        """
        ...

    def update(self, project: Project) -> None:
        """Store display name and status of a project that is there."""
        ...

    def delete(self, project: Project) -> None:
        """
        Take a project out of the index with its releases, files, roles and upload sessions.

        Its name is free again; the names of its files stay used.  `UnitOfWork.commit` gives
        the segment that listed it the serial of the project's newest event.
        """
        ...


class Releases(ReleaseReader, Protocol):
    """The releases, writable."""

    def add(
        self, project_id: ProjectId, version: Version, metadata: CoreMetadata, created: datetime
    ) -> Release:
        """
        Add a release that is not yanked.

        Raises:
            ConcurrentChange: The project has this release already.
        """
        ...

    def update(self, release: Release) -> None:
        """Store the yank of a release that is there."""
        ...

    def set_metadata(self, release: Release, metadata: CoreMetadata) -> None:
        """Replace the metadata of a release that is there, and what is found by them."""
        ...

    def delete(self, release: Release) -> None:
        """Take a release out of the index with its files, whose names stay used."""
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


class Memberships(MembershipReader, Protocol):
    """The roles, writable."""

    def grant(self, project_id: ProjectId, account_id: AccountId, role: Role) -> None:
        """Give an account a role in a project, in place of the one it had."""
        ...

    def revoke(self, project_id: ProjectId, account_id: AccountId) -> None:
        """Take an account's role in a project away; one without a role stays without."""
        ...


class UnitOfWork(Protocol):
    """
    One transaction on one index.

    Leaving the block without `commit` rolls everything back.  Writers wait for each
    other; inside, everything read is up to date.
    """

    @property
    def record(self) -> IndexRecord:
        """The index's name and settings."""
        ...

    @property
    def projects(self) -> Projects:
        """The projects."""
        ...

    @property
    def releases(self) -> Releases:
        """The releases."""
        ...

    @property
    def files(self) -> Files:
        """The files."""
        ...

    @property
    def documentation(self) -> Documentation:
        """The documentation of releases."""
        ...

    @property
    def memberships(self) -> Memberships:
        """The roles."""
        ...

    @property
    def accounts(self) -> AccountReader:
        """The accounts, which all indexes share."""
        ...

    @property
    def journal(self) -> JournalReader:
        """The journal, as before this transaction."""
        ...

    @property
    def upload_sessions(self) -> UploadSessions:
        """The upload sessions."""
        ...

    @property
    def rate_counts(self) -> RateCounts:
        """What limits count; what is taken here is taken when this commits."""
        ...

    def record_event(self, event: Event) -> None:
        """Note what this transaction makes happen; nothing is written before `commit`."""
        ...

    def commit(self) -> Serial:
        """
        Make it happen: once per unit of work, and the last thing done in it.

        Writes the reactions to the outbox, then takes one serial for each public event (in the
        order in which transactions commit), writes the journal, and gives the last serial
        to the projects concerned and their segments.  Each event, public or not, is also an entry
        of the audit log (`pypi_core.ports.audit`), in the same transaction.  Returns the last serial taken,
        or the newest one when no public event was recorded.  What is read afterwards in the same block
        bears the new serials.

        Raises:
            ConcurrentChange: Another transaction was in the way; the same work may be tried again.
        """
        ...


class OpenUnitOfWork(Protocol):
    """Opens a unit of work in the name of an actor, whom journal and audit log name."""

    def __call__(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        """Begin to write."""
        ...
