"""Projects, releases, files and the journal: small, frozen, none holding another's list."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NewType

import msgspec
from packaging.version import Version

from pypi_core.domain.digests import Digests
from pypi_core.domain.filenames import FileType
from pypi_core.domain.names import DisplayName, NormalizedName

ProjectId = NewType("ProjectId", int)
ReleaseId = NewType("ReleaseId", int)
FileId = NewType("FileId", int)

Serial = NewType("Serial", int)
"""The clock of one index: every journal entry has the next one, in the order of the commits."""


class Yank(msgspec.Struct, frozen=True):
    """A yank (PEP 592); *reason* is empty when none was given."""

    reason: str = ""


class Status(StrEnum):
    """The states of a project (PEP 792)."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    QUARANTINED = "quarantined"
    DEPRECATED = "deprecated"


class ProjectStatus(msgspec.Struct, frozen=True):
    """A project's state and why it is in it."""

    state: Status = Status.ACTIVE
    reason: str = ""

    @property
    def accepts_uploads(self) -> bool:
        """PEP 792: neither an archived nor a quarantined project takes new files."""
        return self.state in {Status.ACTIVE, Status.DEPRECATED}

    @property
    def offers_files(self) -> bool:
        """PEP 792: a quarantined project shows none of its files."""
        return self.state is not Status.QUARANTINED

    @property
    def is_frozen(self) -> bool:
        """Return whether administrators alone change anything: nobody tidies up what they look into."""
        return self.state is Status.QUARANTINED


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A name on an index; ``serial`` is that of its newest journal entry."""

    id: ProjectId
    name: NormalizedName
    display_name: DisplayName
    created: datetime
    status: ProjectStatus = ProjectStatus()
    serial: Serial = Serial(0)


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """
    One version of a project.

    ``version`` keeps the spelling of the first upload, canonicalised.  The release's
    metadata, those of its first file, are large and kept apart: `ReleaseReader.metadata_of`.
    """

    id: ReleaseId
    project_id: ProjectId
    version: Version
    created: datetime
    yank: Yank | None = None


class File(msgspec.Struct, frozen=True, kw_only=True):
    """
    One distribution file; what it says of itself comes from its own archive.

    ``metadata_sha256`` is the digest of the wheel's METADATA as served beside it
    (PEP 658), ``None`` for an sdist.  ``sboms`` are the paths of software bills of materials in
    a wheel (PEP 770), below ``.dist-info/sboms/``, and ``modules`` what it lets one import.
    """

    id: FileId
    project_id: ProjectId
    release_id: ReleaseId
    version: Version
    filename: str
    filetype: FileType
    python_version: str
    size: int
    digests: Digests
    uploaded: datetime
    requires_python: str | None = None
    metadata_sha256: str | None = None
    comment: str = ""
    sboms: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    yank: Yank | None = None


class ListedProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project as the project list shows it."""

    name: NormalizedName
    display_name: DisplayName
    serial: Serial


class NamedRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release as a list of releases of several projects shows it."""

    project: DisplayName
    version: Version


class DescribedRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release with its project, as a list of releases of several projects shows it whole."""

    project: Project
    release: Release


class ProjectSize(msgspec.Struct, frozen=True, kw_only=True):
    """How many bytes the files of a project have together."""

    project: DisplayName
    size: int


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """
    A fixed stretch of the project list, about 1,000 projects.

    ``serial`` grows whenever a project in it appears, changes or disappears.
    """

    number: int
    serial: Serial


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """
    One journal entry; mirrors parse ``action``.

    See docs/reference/standards/xml-rpc.md#journal-actions.
    """

    serial: Serial
    project: DisplayName
    version: str | None
    action: str
    moment: datetime
    actor: str


def effective_yank(file: File, release: Release) -> Yank | None:
    """Return the yank a client must see on *file*: its own, else its release's."""
    return file.yank or release.yank
