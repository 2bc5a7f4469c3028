"""Publishing all files of a release: at once in an upload session, or one by one where there are none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from pypi_api_client.archives import digests_of, read_distribution
from pypi_api_client.errors import Busy, ClientError, Conflict, NotSpoken, Refused
from pypi_api_client.models import UploadResult
from pypi_api_client.progress import CombinedProgress, Progress
from pypi_api_client.protocol import upload
from pypi_api_client.protocol.documentation import documentation as list_documentation
from pypi_api_client.protocol.documentation import upload_documentation
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.protocol.steps import Operation, together, work
from pypi_api_client.protocol.upload_sessions import (
    begin_upload,
    cancel_upload,
    publish_release,
    send_file,
    upload_status,
)
from pypi_api_client.uploads import DOCUMENTATION_ZIP, BegunRelease, LocalRelease, PublishedRelease, announced
from pypi_protocol.records.uploads import DocumentationToUpload, FileToUpload, UploadDescription


def upload_release(
    index: KnownIndex,
    paths: Iterable[Path],
    *,
    documentation: Path | None = None,
    skip_existing: bool = False,
    replace_session: bool = False,
    progress: Progress | None = None,
    concurrency: int = 4,
) -> Operation[PublishedRelease]:
    """
    Publish wheels and sdists of one release, all at once where the index has upload sessions.

    *documentation* is a ZIP with ``index.html`` at its top level, which is published in the same step; if the
    index has all files, it is published alone.

    `AsyncClient` sends at most *concurrency* files at a time, `Client` one after the other.  When this is
    interrupted, doing it again with the same files goes on where it ended; when the index refuses
    something, the session is cancelled, and nothing of it is visible.  On other indexes the files are
    uploaded one by one.  What the index has already is not sent, as with `upload`; with *replace_session*
    an unfinished upload of other files is cancelled in favour of this one.

    Raises:
        InvalidDistribution: One is not a readable wheel or sdist, or it is of another release.
        InvalidRequest: Something is wrong with one, and none of them is visible.
        Conflict: Another upload of this release is unfinished.
        NotSpoken: There is *documentation*, which the index does not take; nothing was sent.
    """
    release = yield from work(lambda: LocalRelease.of([read_distribution(each) for each in paths]))
    zipped = (yield from work(lambda: _zip_at(documentation))) if documentation else None
    combined = CombinedProgress(progress)
    try:
        begun = yield from _begun(
            index, release, zipped, skip_existing=skip_existing, replace_session=replace_session
        )
    except NotSpoken:
        if documentation:
            raise
        return (yield from _one_by_one(index, release, combined, skip_existing=skip_existing))
    if begun.session is None:
        ended = _end(release, begun, None)
        if documentation is None:
            return ended
        alone = upload_documentation(
            index, release.project, release.version, documentation, progress=progress
        )
        return replace(ended, documentation=(yield from alone))
    to_send = {each.filename: each.path for each in begun.missing}
    if documentation:
        to_send[DOCUMENTATION_ZIP] = documentation
    try:
        yield from _send(index, begun.session, to_send, combined, concurrency)
        published = yield from publish_release(index, begun.session.session)
    except Busy:
        raise
    except Refused:
        # Other bytes or permissions are needed: nothing will come of this session.
        with suppress(ClientError):
            yield from cancel_upload(index, begun.session.session)
        raise
    ended = _end(release, begun, published)
    if zipped:
        shown = yield from list_documentation(index, release.project)
        of_it = next((each for each in shown.versions if each.version == published.version), None)
        return replace(ended, documentation=of_it)
    return ended


def _zip_at(path: Path) -> DocumentationToUpload:
    size, digests = digests_of(path)
    return DocumentationToUpload(size=size, sha256=digests["sha256"])


def _one_by_one(
    index: KnownIndex, release: LocalRelease, progress: CombinedProgress, *, skip_existing: bool
) -> Exchange[PublishedRelease]:
    files = []
    for each in release.distributions:
        one = upload.upload_distribution(
            index, each, skip_existing=skip_existing, progress=progress.of(each.filename)
        )
        files.append((yield from one))
        progress.complete(each.filename, each.size)
    return PublishedRelease(files=tuple(files), at_once=False)


def _send(
    index: KnownIndex,
    session: UploadDescription,
    to_send: Mapping[str, Path],
    progress: CombinedProgress,
    at_once: int,
) -> Operation[None]:
    failures: list[ClientError | OSError] = []

    def one(name: str) -> Exchange[None]:
        if failures:
            return
        file = session.file(name)
        try:
            yield from send_file(index, file, to_send[name], progress=progress.of(name))
        except (ClientError, OSError) as error:
            # The others that are on their way come to their end first; no further one is begun.
            failures.append(error)
        else:
            progress.complete(name, file.size)

    yield from together(map(one, to_send), at_once)
    if failures:
        raise failures[0]


def _begun(
    index: KnownIndex,
    release: LocalRelease,
    documentation: DocumentationToUpload | None,
    *,
    skip_existing: bool,
    replace_session: bool,
) -> Exchange[BegunRelease]:
    """
    Find out which files of a release are missing and announce them, and the documentation with them.

    A live session in which these very files were announced is resumed; with *replace_session* one
    with others is cancelled.

    Raises:
        Conflict: There is a live session for the release with other files, or of another account.
        NotSpoken: The index has no upload sessions.
    """
    listed = yield from upload.listed_files(index, release.distributions[0].project)
    settled = {
        each.filename: outcome
        for each in release.distributions
        if (outcome := upload.settled_without_sending(each, listed, skip_existing=skip_existing))
    }
    missing = tuple(each for each in release.distributions if each.filename not in settled)
    if not missing:
        yield from upload.authenticate(index)
        return BegunRelease(settled=settled, missing=(), session=None)
    files = announced(missing)
    begin = partial(begin_upload, index, release.project, release.version, files, documentation=documentation)
    try:
        session = yield from begin()
    except Conflict as error:
        name = error.problem.members.get("session")
        if not isinstance(name, str):
            raise
        session = yield from upload_status(index, name)
        if not _has(session, files, documentation):
            if not replace_session:
                raise
            yield from cancel_upload(index, name)
            session = yield from begin()
    return BegunRelease(settled=settled, missing=missing, session=session)


def _end(release: LocalRelease, begun: BegunRelease, published: UploadDescription | None) -> PublishedRelease:
    """Return what became of all files of a release; *published* is the session, if one was needed."""
    files = tuple(
        begun.settled.get(each.filename) or upload.uploaded(each, UploadResult.PUBLISHED)
        for each in release.distributions
    )
    return PublishedRelease(files=files, at_once=True, warnings=published.warnings if published else ())


def _has(
    session: UploadDescription, files: Iterable[FileToUpload], documentation: DocumentationToUpload | None
) -> bool:
    """Return whether *files* and *documentation* were announced, and no others."""
    mine = {(each.filename, each.size, each.sha256) for each in files}
    if documentation:
        mine.add((DOCUMENTATION_ZIP, documentation.size, documentation.sha256))
    return mine == {(each.filename, each.size, each.sha256) for each in session.files}
