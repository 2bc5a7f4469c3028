"""Upload sessions: the files of a release, visible all at once or never."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from pypi_api_client.address import resolve
from pypi_api_client.progress import Progress
from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.protocol.resumable import send_bytes
from pypi_protocol.methods import RELEASE_PUBLISH, UPLOAD_BEGIN, UPLOAD_CANCEL, UPLOAD_COMPLETE, UPLOAD_STATUS
from pypi_protocol.records.uploads import (
    DocumentationToUpload,
    FileToUpload,
    UploadDescription,
    UploadingFile,
)


def begin_upload(
    index: KnownIndex,
    project: str,
    version: str,
    files: Sequence[FileToUpload],
    *,
    documentation: DocumentationToUpload | None = None,
) -> Exchange[UploadDescription]:
    """
    Announce the files of a release, and its documentation; nothing is visible before `publish_release`.

    Raises:
        Conflict: There is a live session for the release; ``problem.members["session"]`` names it.
        NotSpoken: The index has no upload sessions.
    """
    begun = yield from call(
        index, UPLOAD_BEGIN, name=project, version=version, files=tuple(files), documentation=documentation
    )
    return _absolute(begun, index)


def upload_status(index: KnownIndex, session: str) -> Exchange[UploadDescription]:
    """Return how far an upload session is."""
    return _absolute((yield from call(index, UPLOAD_STATUS, session=session)), index)


def complete_upload(index: KnownIndex, session: str) -> Exchange[UploadDescription]:
    """
    Check that all files of a session have arrived and may be published, without publishing them.

    Raises:
        InvalidRequest: They may not; every problem of every file is reported.
    """
    return _absolute((yield from call(index, UPLOAD_COMPLETE, session=session)), index)


def cancel_upload(index: KnownIndex, session: str) -> Exchange[UploadDescription]:
    """Cancel an upload session."""
    return _absolute((yield from call(index, UPLOAD_CANCEL, session=session)), index)


def publish_release(index: KnownIndex, session: str) -> Exchange[UploadDescription]:
    """
    Make all files of a session visible at once; to do so once more does nothing.

    Raises:
        InvalidRequest: Something is wrong with one, and none of them is visible.
    """
    return _absolute((yield from call(index, RELEASE_PUBLISH, session=session)), index)


def send_file(
    _index: KnownIndex, file: UploadingFile, path: Path, *, progress: Progress | None = None
) -> Exchange[None]:
    """Send what is missing of a file of a session; when the connection breaks, it goes on from there."""
    return send_bytes(file.url, path, file.size, offset=file.received, progress=progress)


def _absolute(session: UploadDescription, index: KnownIndex) -> UploadDescription:
    root = index.address.root
    return replace(session, files=tuple(replace(each, url=resolve(root, each.url)) for each in session.files))
