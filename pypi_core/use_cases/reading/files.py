"""The files of an index: what is known of one by its name or its digest."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import File, Project, Release, Status, Yank, effective_yank
from pypi_core.domain.permissions import may
from pypi_core.domain.upload_sessions import DOCUMENTATION_ZIP, UploadSession
from pypi_core.errors import FileNotFound, Invalid, NotFound
from pypi_core.ports.transactions import Snapshot
from pypi_core.use_cases.permitted import may_use_session, project_subject
from pypi_core.use_cases.reading.access import Queries
from pypi_protocol.errors import Problem

_SHA256 = re.compile("[0-9a-f]{64}")


class FileOverview(msgspec.Struct, frozen=True, kw_only=True):
    """A file with its release and project."""

    file: File
    release: Release
    project: Project


class FileState(StrEnum):
    """What has become of a file name on an index."""

    OFFERED = "offered"
    YANKED = "yanked"
    QUARANTINED = "quarantined"
    DELETED = "deleted"
    UPLOADING = "uploading"
    UNKNOWN = "unknown"


_VISIBLE = frozenset({FileState.OFFERED, FileState.YANKED})


class FileStanding(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an index can say of a file name.

    ``file`` is there where the index has the file and *actor* may know; ``why`` is a sentence.
    """

    filename: str
    state: FileState
    why: str
    file: File | None = None
    yank: Yank | None = None

    @property
    def is_visible(self) -> bool:
        """Return whether installers see the file, even if only when it is pinned."""
        return self.state in _VISIBLE


class FileQueries(Queries):
    """Questions about files, for callers who may read the index (`Reading`)."""

    def find(self, actor: Actor, filename: str) -> File:
        """
        Return a file that the index offers.

        Raises:
            FileNotFound: The index lists no such file, or its project is quarantined.
        """
        with self._reading(actor) as snapshot:
            return offered_file(snapshot, filename)

    def read(self, actor: Actor, filename: str) -> FileOverview:
        """
        Return a file that the index lists, with its release and its project.

        Files of a quarantined project are shown to callers who may manage it.

        Raises:
            FileNotFound: The index lists no such file, or its project is quarantined.
        """
        with self._reading(actor) as snapshot:
            overview = _overview(snapshot, actor, snapshot.files.get(filename))
            if overview is None:
                raise FileNotFound(filename)
            return overview

    def find_by_sha256(self, actor: Actor, sha256: str) -> FileOverview:
        """
        Return the file with these bytes, whatever its name, with its release and its project.

        Files of a quarantined project are shown to callers who may manage it.

        Raises:
            Invalid: *sha256* is not 64 hexadecimal digits in lower case.
            NotFound: The index lists no such file, or its project is quarantined.
        """
        with self._reading(actor) as snapshot:
            if not _SHA256.fullmatch(sha256):
                raise Invalid(Problem("sha256", "Use 64 hexadecimal digits, in lower case."))
            file = snapshot.files.find_by_content(sha256)
            overview = _overview(snapshot, actor, file) if file else None
            if overview is None:
                raise NotFound(f"The index has no file with the SHA-256 {sha256}.")
            return overview

    def explain(self, actor: Actor, filename: str) -> FileStanding:
        """
        Say whether a file is offered, and if not, why not; an unknown file name is not an error.

        A caller who may not manage a quarantined project learns only that it is quarantined.
        Only callers who may use an upload session learn what waits in it.
        """
        with self._reading(actor) as snapshot:
            file = snapshot.files.find(filename)
            if file is None:
                # In sessions the documentation of every release has this name.
                is_documentation = filename == DOCUMENTATION_ZIP
                session = None if is_documentation else snapshot.upload_sessions.holding(filename)
                if session and may_use_session(snapshot, actor, session):
                    return _waiting(filename, session)
                return _absent(filename, was_used=snapshot.files.was_ever_used(filename))
            project = snapshot.projects.by_id(file.project_id)
            if project.status.state is Status.QUARANTINED:
                known = may(actor, Action.MANAGE, project_subject(snapshot, project))
                return FileStanding(
                    filename=filename,
                    state=FileState.QUARANTINED,
                    why="Its project is quarantined: nothing of it is offered.",
                    file=file if known else None,
                )
            return _listed(file, effective_yank(file, snapshot.releases.get(project, file.version)))


def _overview(snapshot: Snapshot, actor: Actor, file: File) -> FileOverview | None:
    """Return *file* with its release and project, ``None`` where *actor* may not know of it."""
    project = snapshot.projects.by_id(file.project_id)
    if not project.status.offers_files and not may(actor, Action.MANAGE, project_subject(snapshot, project)):
        return None
    return FileOverview(file=file, release=snapshot.releases.get(project, file.version), project=project)


def offered_file(snapshot: Snapshot, filename: str) -> File:
    """
    Return a file whose project is not quarantined.

    Raises:
        FileNotFound: The index lists no such file, or its project is quarantined.
    """
    file, _project = file_and_project(snapshot, filename)
    return file


def file_and_project(snapshot: Snapshot, filename: str) -> tuple[File, Project]:
    """
    Return a file and its project, which is not quarantined.

    Raises:
        FileNotFound: The index lists no such file, or its project is quarantined.
    """
    file = snapshot.files.get(filename)
    project = snapshot.projects.by_id(file.project_id)
    if not project.status.offers_files:
        raise FileNotFound(filename)
    return file, project


def _waiting(filename: str, session: UploadSession) -> FileStanding:
    has_arrived = any(each.filename == filename and each.digests for each in session.files)
    return FileStanding(
        filename=filename,
        state=FileState.UPLOADING,
        why=f"It {'has arrived for' if has_arrived else 'is awaited by'} the upload session {session.id}, "
        f"which is {session.state}: it is invisible until release.publish.",
    )


def _absent(filename: str, *, was_used: bool) -> FileStanding:
    if was_used:
        return FileStanding(
            filename=filename,
            state=FileState.DELETED,
            why="It was deleted; its name can never be used again.",
        )
    return FileStanding(
        filename=filename, state=FileState.UNKNOWN, why="No file of this name was ever published here."
    )


def _listed(file: File, yank: Yank | None) -> FileStanding:
    if yank is None:
        return FileStanding(
            filename=file.filename, state=FileState.OFFERED, why="It can be installed.", file=file
        )
    reason = f": {yank.reason}" if yank.reason else "."
    return FileStanding(
        filename=file.filename,
        state=FileState.YANKED,
        why=f"It is yanked, and installed only where it is pinned exactly{reason}",
        file=file,
        yank=yank,
    )
