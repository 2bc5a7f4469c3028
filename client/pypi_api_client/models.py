"""What a client learns of an index, and what it tells of its own doings."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from pypi_api_client.filenames import name_and_version
from pypi_protocol.metadata import CoreMetadata
from pypi_protocol.records.changes import ChangeDescription
from pypi_protocol.records.documentation import DocumentationDescription
from pypi_protocol.records.files import Yanked
from pypi_protocol.records.releases import VersionDescription


class FileKind(StrEnum):
    """What a distribution file is; the value is the word of upload forms."""

    SDIST = "sdist"
    WHEEL = "bdist_wheel"
    OTHER = "other"


class RemoteFile(msgspec.Struct, frozen=True, kw_only=True):
    """
    A file that an index lists.

    ``url`` is absolute; ``hashes`` are hex digests by algorithm; ``size`` is in bytes.  What
    the index does not tell is ``None``.  ``core_metadata`` tells whether the metadata can be
    read without the file (PEP 658): ``False``, ``True``, or their hex digests.  ``provenance``
    is the URL of its provenance object (PEP 740), ``sboms`` are the software bills of materials in a
    wheel (PEP 770).
    """

    filename: str
    url: str
    hashes: dict[str, str] = msgspec.field(default_factory=dict)
    size: int | None = None
    upload_time: datetime | None = None
    requires_python: str | None = None
    yanked: Yanked = False
    core_metadata: bool | dict[str, str] = False
    provenance: str | None = None
    sboms: tuple[str, ...] = ()

    @property
    def kind(self) -> FileKind:
        """What it is, by the ending of its name."""
        if self.filename.endswith(".whl"):
            return FileKind.WHEEL
        return FileKind.SDIST if self.filename.endswith((".tar.gz", ".zip")) else FileKind.OTHER

    @property
    def version(self) -> str | None:
        """The version in its name; ``None`` where the name follows no standard."""
        found = name_and_version(self.filename)
        return str(found[1]) if found else None


class ProjectPage(msgspec.Struct, frozen=True, kw_only=True):
    """
    A project as the Simple API shows it (PEP 503, 691).

    ``versions`` are those that the page names or its files have; ``warnings`` tell of files
    that were passed over and why.
    """

    name: str
    files: tuple[RemoteFile, ...]
    versions: tuple[str, ...] = ()
    status: str = "active"
    status_reason: str = ""
    warnings: tuple[str, ...] = ()


def quarantine_of(name: str, status: str, reason: str) -> str:
    """Return a sentence that says that a project with this status is quarantined; empty where it is not."""
    if status != "quarantined":
        return ""
    why = f" ({reason.rstrip('.')})" if reason else ""
    return f"{name} is quarantined on this index{why}: its files are hidden until that is decided."


class Metadata(CoreMetadata, frozen=True, kw_only=True, omit_defaults=False):
    """Core metadata of a release; what it does not state is empty."""

    metadata_version: str = ""

    @classmethod
    def of(cls, described: CoreMetadata) -> Metadata:
        """Return what an index describes."""
        return msgspec.convert(described, cls, from_attributes=True)


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """
    A project, shown by one of its versions.

    ``version``, ``metadata`` and ``files`` are those of the version asked for, or of the
    latest: not yanked first, then final, then the highest.  ``metadata`` is ``None`` where the
    index offers the Simple API alone.
    """

    name: str
    display_name: str
    status: str
    status_reason: str
    versions: tuple[VersionDescription, ...]
    version: str | None
    metadata: Metadata | None
    files: tuple[RemoteFile, ...]


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A release with its metadata and files; ``name`` is that of its project."""

    name: str
    version: str
    created: datetime
    yanked: Yanked
    metadata: Metadata
    files: tuple[RemoteFile, ...]


class FoundFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file, and what it belongs to."""

    project: str
    version: str
    file: RemoteFile


class ProjectDocumentation(msgspec.Struct, frozen=True, kw_only=True):
    """
    All documentation of a project, and which versions ``latest`` and ``stable`` are.

    ``name`` is the normalised name of the project; URLs are absolute.
    """

    name: str
    versions: tuple[DocumentationDescription, ...]
    latest: str | None
    stable: str | None


class ChangesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Changes by their serials; *since* is what to ask for next, *more* says whether there is more now."""

    changes: tuple[ChangeDescription, ...]
    since: int
    more: bool


class UploadResult(StrEnum):
    """What became of an upload."""

    PUBLISHED = "published"
    WAS_THERE = "was there already"
    SKIPPED = "skipped"


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """The end of an upload, and what the index or the client has to say about the file."""

    filename: str
    result: UploadResult
    warnings: tuple[str, ...] = ()


class Downloaded(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a download; ``was_there`` says that a good copy was there before."""

    path: Path
    was_there: bool


class DownloadOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file of several: it was stored, or there is an error."""

    file: RemoteFile
    downloaded: Downloaded | None = None
    error: Exception | None = None


class UploadOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file of several: the index has it, or there is an error."""

    path: Path
    uploaded: Uploaded | None = None
    error: Exception | None = None
