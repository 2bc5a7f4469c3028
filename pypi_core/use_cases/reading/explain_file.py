"""Tell whether a file is offered, and if not, why not."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import File, Status, Yank, effective_yank
from pypi_core.domain.permissions import may, require
from pypi_core.domain.upload_sessions import DOCUMENTATION_ZIP, UploadSession
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index, governed_project, may_use_session


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
        """Tell whether installers see the file, if perhaps only when it is pinned."""
        return self.state in _VISIBLE


class ExplainFile:
    """
    Say of a file name what has become of it.

    Who may not manage a quarantined project learns no more of it than that it is.  What waits in
    an upload session is known to those alone who may use the session.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, filename: str) -> FileStanding:
        """Return what there is to say; no file name is an error."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
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
                known = may(actor, Action.MANAGE, governed_project(snapshot, project))
                return FileStanding(
                    filename=filename,
                    state=FileState.QUARANTINED,
                    why="Its project is quarantined: nothing of it is offered.",
                    file=file if known else None,
                )
            return _listed(file, effective_yank(file, snapshot.releases.get(project, file.version)))


def _waiting(filename: str, session: UploadSession) -> FileStanding:
    has_arrived = any(each.filename == filename and each.digests for each in session.files)
    return FileStanding(
        filename=filename,
        state=FileState.UPLOADING,
        why=f"It {'has arrived for' if has_arrived else 'is awaited by'} the upload session {session.id}, "
        f"which is {session.state}: nobody sees it before release.publish.",
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
