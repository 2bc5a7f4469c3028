"""Upload sessions: the files of a release, visible all at once or never."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from pypi_api_client.address import resolve
from pypi_api_client.errors import Conflict
from pypi_api_client.models import UploadResult
from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.protocol.resumable import send_bytes
from pypi_api_client.protocol.upload import authenticate, listed_files, settled_without_sending, uploaded
from pypi_api_client.uploads import (
    BegunRelease,
    FileToUpload,
    LocalRelease,
    PublishedRelease,
    UploadingFile,
    UploadSession,
    announced,
)


def begin(
    index: KnownIndex, project: str, version: str, files: Sequence[FileToUpload]
) -> Exchange[UploadSession]:
    """
    Announce the files of a release.

    Raises:
        Conflict: There is a live session for the release; the problem's members name it.
    """
    params = {"name": project, "version": version, "files": files}
    return _absolute(
        (yield from call(index, "upload.begin", params, UploadSession, is_repeatable=False)), index
    )


def begin_release(
    index: KnownIndex, release: LocalRelease, *, skip_existing: bool, replace_session: bool
) -> Exchange[BegunRelease]:
    """
    Find out which files of a release are missing and announce them.

    A live session in which these very files were announced is taken up; with *replace_session* one
    with others is given up.

    Raises:
        Conflict: There is a live session for the release with other files, or of somebody else.
        NotSpoken: The index has no upload sessions.
    """
    listed = yield from listed_files(index, release.distributions[0].project)
    settled = {
        each.filename: outcome
        for each in release.distributions
        if (outcome := settled_without_sending(each, listed, skip_existing=skip_existing))
    }
    missing = tuple(each for each in release.distributions if each.filename not in settled)
    if not missing:
        yield from authenticate(index)
        return BegunRelease(settled=settled, missing=(), session=None)
    files = announced(missing)
    try:
        session = yield from begin(index, release.project, release.version, files)
    except Conflict as error:
        name = error.problem.members.get("session")
        if not isinstance(name, str):
            raise
        session = yield from status(index, name)
        if not _has(session, files):
            if not replace_session:
                raise
            yield from cancel(index, name)
            session = yield from begin(index, release.project, release.version, files)
    return BegunRelease(settled=settled, missing=missing, session=session)


def release_end(
    release: LocalRelease, begun: BegunRelease, published: UploadSession | None
) -> PublishedRelease:
    """Return what became of all files of a release; *published* is the session, if one was needed."""
    files = tuple(
        begun.settled.get(each.filename) or uploaded(each, UploadResult.PUBLISHED)
        for each in release.distributions
    )
    return PublishedRelease(files=files, at_once=True, warnings=published.warnings if published else ())


def status(index: KnownIndex, session: str) -> Exchange[UploadSession]:
    """Tell how far a session is."""
    return _absolute((yield from call(index, "upload.status", {"session": session}, UploadSession)), index)


def complete(index: KnownIndex, session: str) -> Exchange[UploadSession]:
    """Check a session without publishing it."""
    return _absolute((yield from call(index, "upload.complete", {"session": session}, UploadSession)), index)


def cancel(index: KnownIndex, session: str) -> Exchange[UploadSession]:
    """Give a session up."""
    params = {"session": session}
    answer = yield from call(index, "upload.cancel", params, UploadSession, is_repeatable=False)
    return _absolute(answer, index)


def publish(index: KnownIndex, session: str) -> Exchange[UploadSession]:
    """Make all files of a session visible; to do so once more does nothing."""
    return _absolute((yield from call(index, "release.publish", {"session": session}, UploadSession)), index)


def send(file: UploadingFile, path: Path) -> Exchange[None]:
    """Send what is missing of a file of a session."""
    return send_bytes(file.url, path, file.size, offset=file.received)


def _has(session: UploadSession, files: Iterable[FileToUpload]) -> bool:
    """Tell whether *files* were announced, and no others."""
    mine = {(each.filename, each.size, each.sha256) for each in files}
    return mine == {(each.filename, each.size, each.sha256) for each in session.files}


def _absolute(session: UploadSession, index: KnownIndex) -> UploadSession:
    root = index.address.root
    return replace(session, files=tuple(replace(each, url=resolve(root, each.url)) for each in session.files))
