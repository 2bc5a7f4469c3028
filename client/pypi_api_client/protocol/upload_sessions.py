"""Upload sessions: the files of a release, visible all at once or never."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from pypi_api_client.address import resolve
from pypi_api_client.errors import Conflict
from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.protocol.resumable import send_bytes
from pypi_api_client.uploads import FileToUpload, UploadingFile, UploadSession


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


def begin_or_go_on(
    index: KnownIndex, project: str, version: str, files: Sequence[FileToUpload]
) -> Exchange[UploadSession]:
    """
    Announce the files of a release, or take up the session in which these very files were announced.

    Raises:
        Conflict: There is a live session for the release with other files, or of somebody else.
    """
    try:
        return (yield from begin(index, project, version, files))
    except Conflict as error:
        name = error.problem.members.get("session")
        if not isinstance(name, str):
            raise
        session = yield from status(index, name)
        announced = {(each.filename, each.size, each.sha256) for each in session.files}
        if announced != {(each.filename, each.size, each.sha256) for each in files}:
            raise
        return session


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


def _absolute(session: UploadSession, index: KnownIndex) -> UploadSession:
    root = index.address.root
    return replace(session, files=tuple(replace(each, url=resolve(root, each.url)) for each in session.files))
