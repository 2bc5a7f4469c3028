"""Upload sessions: files of one release and its documentation, which become visible all at once or never."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

import msgspec
from packaging.version import Version

from pypi_core.domain.accounts import AccountId
from pypi_core.domain.digests import ClaimedDigests, Digests
from pypi_core.domain.documentation import LARGEST_ARCHIVE
from pypi_core.domain.events import Event
from pypi_core.domain.filenames import FileType, parse_filename
from pypi_core.domain.indexes import IndexSettings
from pypi_core.domain.names import DisplayName, NormalizedName, normalize
from pypi_core.domain.new_filenames import check_new_filename
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.uploads import Upload
from pypi_core.domain.versions import release_key
from pypi_core.errors import (
    FileTooLarge,
    Invalid,
    InvalidFilename,
    InvalidForm,
    ProjectTooLarge,
    SecondSdist,
    UploadSessionClosed,
    shown,
)
from pypi_protocol import bounds
from pypi_protocol.errors import Problem

UploadSessionId = NewType("UploadSessionId", str)
"""The name of a session, which nobody can guess."""

MOST_FILES: Final = bounds.MOST_FILES
"""How many distributions a session may have."""

DOCUMENTATION_ZIP: Final = "documentation.zip"
"""What the documentation is called in a session; no distribution can have this name."""

MOST_LIVE: Final = 50
"""How many live sessions an account may have on an index."""

KEEP_FINISHED: Final = timedelta(days=7)
"""For how long a published or cancelled session answers who asks for it."""

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class SessionState(StrEnum):
    """
    Where a session stands; what is neither published nor cancelled is *live*.

    ``open`` → ``completed`` → ``published``, and from both of the first two → ``cancelled``.
    """

    OPEN = "open"
    COMPLETED = "completed"
    PUBLISHED = "published"
    CANCELLED = "cancelled"

    @property
    def is_live(self) -> bool:
        """Return whether the session may still be published."""
        return self in LIVE


LIVE: Final = frozenset({SessionState.OPEN, SessionState.COMPLETED})


class Purpose(StrEnum):
    """What a session is for; a release has at most one live session for each."""

    RELEASE = "release"
    DOCUMENTATION = "documentation"


class FileKind(StrEnum):
    """What a file of a session is."""

    DISTRIBUTION = "distribution"
    DOCUMENTATION = "documentation"


class DeclaredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as its uploader announces it: *size* in bytes, *sha256* in lower-case hex."""

    filename: str
    size: int
    sha256: str


class SessionFile(msgspec.Struct, frozen=True, kw_only=True):
    """
    A file of a session.

    ``identifier`` names the bytes in the staging area, ``None`` before the first of them came.
    ``digests`` are there once all bytes arrived and are those that were declared.
    """

    filename: str
    size: int
    sha256: str
    identifier: str | None = None
    digests: Digests | None = None

    @property
    def kind(self) -> FileKind:
        """What the file is."""
        return FileKind.DOCUMENTATION if self.filename == DOCUMENTATION_ZIP else FileKind.DISTRIBUTION


class UploadSession(msgspec.Struct, frozen=True, kw_only=True):
    """
    Distributions of one release on their way, its documentation, or both.

    ``expires`` is when the session may be swept: a live one with its bytes, a finished one, which
    is kept for a while so that it can be asked for.  ``problems`` are those of the last look at
    the files, ``warnings`` those of the files that were published.
    """

    id: UploadSessionId
    project: DisplayName
    version: Version
    account_id: AccountId | None
    created: datetime
    expires: datetime
    files: tuple[SessionFile, ...]
    state: SessionState = SessionState.OPEN
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> NormalizedName:
        """The normalised name of the project."""
        return normalize(self.project)

    @property
    def purpose(self) -> Purpose:
        """What the session is for."""
        return Purpose.RELEASE if self.distributions else Purpose.DOCUMENTATION

    @property
    def distributions(self) -> Sequence[SessionFile]:
        """The files that can be installed."""
        return [each for each in self.files if each.kind is FileKind.DISTRIBUTION]

    def file(self, filename: str) -> SessionFile | None:
        """Return the file of this name, ``None`` where it was not declared."""
        return next((each for each in self.files if each.filename == filename), None)

    def require_live(self, now: datetime) -> None:
        """Refuse, with `UploadSessionClosed`, a session that is published, cancelled or expired."""
        if not self.state.is_live:
            raise UploadSessionClosed(self.id, self.state)
        if self.expires <= now:
            raise UploadSessionClosed(self.id, "expired")

    def upload_of(self, file: SessionFile) -> Upload:
        """Describe a distribution as an upload of its own."""
        parsed = parse_filename(file.filename)
        return Upload(
            filename=file.filename,
            filetype=parsed.filetype,
            name=self.project,
            version=self.version,
            digests=ClaimedDigests(sha256=file.sha256),
            python_version=parsed.python_version,
        )


class UploadBegun(Event, frozen=True, kw_only=True):
    """Files of a release were announced; readers see nothing of that."""

    is_public = False
    session: UploadSessionId
    files: int


class UploadCancelled(Event, frozen=True, kw_only=True):
    """An upload session was cancelled, or replaced by another."""

    is_public = False
    session: UploadSessionId


class UploadPublished(Event, frozen=True, kw_only=True):
    """The files of a session became visible; for each there is an event of its own."""

    is_public = False
    session: UploadSessionId


def check_declared(
    project: DisplayName, version: Version, files: Sequence[DeclaredFile], settings: IndexSettings
) -> None:
    """
    Check the distributions of a new session against every rule that needs none of their bytes.

    Raises:
        InvalidForm: There are none or too many, one is declared twice, or a size or digest is not one.
        InvalidFilename: A file may not have its name, or belongs to another project or version.
        SecondSdist: There are two sdists.
        FileTooLarge: A file is larger than the index permits.
        ProjectTooLarge: Together they are larger than a project may be.
    """
    if not 1 <= len(files) <= MOST_FILES:
        raise InvalidForm(
            Problem("files", f"An upload session has 1 to {MOST_FILES} files, not {len(files)}.")
        )
    _check_form(files)
    problems = [
        Problem(each.filename, problem.message)
        for each in files
        for problem in _filename_problems(project, version, each.filename, settings.rules)
    ]
    if problems:
        raise InvalidFilename(*problems)
    sdists = [each.filename for each in files if parse_filename(each.filename).filetype is FileType.SDIST]
    if len(sdists) > 1:
        raise SecondSdist(
            Problem(sdists[1], f"Only one sdist may be uploaded per release, and {sdists[0]} is one too.")
        )
    if any(each.size > settings.largest_file for each in files):
        raise FileTooLarge(settings.largest_file, project)
    limit = settings.largest_project
    if limit is not None and sum(each.size for each in files) > limit:
        raise ProjectTooLarge(limit, project)


def check_declared_documentation(documentation: DeclaredFile) -> None:
    """Check what is announced of a ZIP of documentation; it may be too large (`FileTooLarge`)."""
    _check_form([documentation])
    if documentation.size > LARGEST_ARCHIVE:
        raise FileTooLarge(LARGEST_ARCHIVE)


def _check_form(files: Sequence[DeclaredFile]) -> None:
    seen: set[str] = set()
    problems = []
    for each in files:
        if each.filename in seen:
            problems.append(Problem(each.filename, "The file is declared twice: declare each once."))
        seen.add(each.filename)
        if each.size < 1:
            problems.append(Problem(each.filename, "A file has at least one byte: send its size in bytes."))
        if not _SHA256.match(each.sha256):
            problems.append(Problem(each.filename, "Use 64 lower-case hexadecimal digits for sha256."))
    if problems:
        raise InvalidForm(*problems)


def _filename_problems(
    project: DisplayName, version: Version, filename: str, rules: UploadRules
) -> Sequence[Problem]:
    try:
        parsed = parse_filename(filename)
        # The one name that an sdist must have follows from its metadata.
        if not filename.endswith(".tar.gz"):
            check_new_filename(parsed, rules)
    except Invalid as error:
        return error.problems
    if parsed.name == normalize(project) and release_key(parsed.version) == release_key(version):
        return ()
    sentence = f"{shown(filename, 200)} names {parsed.name} {parsed.version}, not {project} {version}"
    return (Problem(filename, f"{sentence}: declare the files of one release."),)
