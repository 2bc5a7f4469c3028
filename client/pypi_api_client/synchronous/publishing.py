"""What adds files to an index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from pypi_api_client.archives import digests_of, read_distribution
from pypi_api_client.attestations import attestations_field
from pypi_api_client.errors import Busy, ClientError, NotSpoken, Refused
from pypi_api_client.models import Uploaded, UploadOutcome
from pypi_api_client.protocol import upload_sessions as sessions
from pypi_api_client.protocol.documentation import delete_documentation, upload_documentation
from pypi_api_client.protocol.upload import upload
from pypi_api_client.records import Documentation
from pypi_api_client.streams import Progress, beyond
from pypi_api_client.synchronous.conversation import Conversation
from pypi_api_client.uploads import (
    FileToUpload,
    LocalRelease,
    PublishedRelease,
    UploadingFile,
    UploadSession,
)


class Publishing(Conversation):
    """The methods that send files."""

    def upload(
        self,
        path: Path,
        *,
        skip_existing: bool = False,
        attestations: Sequence[Path] = (),
        progress: Progress | None = None,
    ) -> Uploaded:
        """
        Publish a wheel or sdist; its metadata are read from the archive.

        The very same file being there already is a success.  With *skip_existing* so is another
        file of the same name.  *attestations* of the file (PEP 740) are sent with it; this client
        verifies none.

        Raises:
            InvalidDistribution: *path* is no readable wheel or sdist.
            InvalidAttestation: One of *attestations* is none.
            FileAlreadyExists: Another file of this name is there.
            RedirectRefused: The index wants the file sent elsewhere.
        """
        distribution = read_distribution(path)
        field = attestations_field(attestations) if attestations else ""
        exchange = upload(self._index, distribution, skip_existing=skip_existing, attestations=field)
        return self._run(exchange, progress)

    def upload_documentation(
        self, name: str, version: str, path: Path, *, progress: Progress | None = None
    ) -> Documentation:
        """
        Publish the documentation of a version: a ZIP with ``index.html`` at its top level.

        What was shown before is shown until all of it is unpacked.

        Raises:
            InvalidRequest: Something in the ZIP is not as it has to be; every problem is told.
            NotSpoken: The index keeps no documentation.
        """
        size, digests = digests_of(path)
        exchange = upload_documentation(self._index, name, version, path, size=size, sha256=digests["sha256"])
        return self._run(exchange, progress)

    def delete_documentation(self, name: str, version: str) -> int:
        """Delete the documentation of a version, which can be sent again; return the serial of that."""
        return self._run(delete_documentation(self._index, name, version))

    def begin_upload(self, project: str, version: str, files: Sequence[FileToUpload]) -> UploadSession:
        """
        Announce the files of a release, which nobody sees before `publish_release`.

        Raises:
            Conflict: There is a live session for the release; ``problem.members["session"]`` names it.
            NotSpoken: The index has no upload sessions.
        """
        return self._run(sessions.begin(self._index, project, version, files))

    def upload_status(self, session: str) -> UploadSession:
        """Tell how far an upload session is."""
        return self._run(sessions.status(self._index, session))

    def send_file(self, file: UploadingFile, path: Path, *, progress: Progress | None = None) -> None:
        """Send what is missing of a file of a session; when the connection breaks, it goes on from there."""
        self._run(sessions.send(file, path), progress)

    def complete_upload(self, session: str) -> UploadSession:
        """
        Check that all files of a session have arrived and may be published, without publishing them.

        Raises:
            InvalidRequest: They may not; every problem of every file is told.
        """
        return self._run(sessions.complete(self._index, session))

    def cancel_upload(self, session: str) -> UploadSession:
        """Give an upload session up."""
        return self._run(sessions.cancel(self._index, session))

    def publish_release(self, session: str) -> UploadSession:
        """
        Make all files of a session visible at once.

        Raises:
            InvalidRequest: Something is wrong with one, and none of them is visible.
        """
        return self._run(sessions.publish(self._index, session))

    def upload_release(
        self,
        paths: Iterable[Path],
        *,
        skip_existing: bool = False,
        replace_session: bool = False,
        progress: Progress | None = None,
    ) -> PublishedRelease:
        """
        Publish wheels and sdists of one release, all at once where the index has upload sessions.

        When this is broken off, to do it again with the same files goes on where it ended; when the
        index refuses something, the session is given up, and nothing of it is visible.  On other
        indexes the files are uploaded one after the other.  What the index has already is not sent,
        as `upload` tells; with *replace_session* an unfinished upload of other files is given up
        for this one.

        Raises:
            InvalidDistribution: One is no readable wheel or sdist, or of another release.
            InvalidRequest: Something is wrong with one, and none of them is visible.
            Conflict: Somebody is publishing other files of this release.
        """
        release = LocalRelease.of([read_distribution(each) for each in paths])
        exchange = sessions.begin_release(
            self._index, release, skip_existing=skip_existing, replace_session=replace_session
        )
        try:
            begun = self._run(exchange)
        except NotSpoken:
            return self._one_by_one(release, skip_existing=skip_existing, progress=progress)
        if begun.session is None:
            return sessions.release_end(release, begun, None)
        try:
            passed = 0
            for each in begun.missing:
                file = begun.session.file(each.filename)
                self.send_file(file, each.path, progress=beyond(passed, progress))
                passed += each.size
            published = self.publish_release(begun.session.session)
        except Busy:
            raise
        except Refused:
            # Other bytes or permissions are needed: nothing will come of this session.
            with suppress(ClientError):
                self.cancel_upload(begun.session.session)
            raise
        return sessions.release_end(release, begun, published)

    def _one_by_one(
        self, release: LocalRelease, *, skip_existing: bool, progress: Progress | None
    ) -> PublishedRelease:
        files, passed = [], 0
        for each in release.distributions:
            after = beyond(passed, progress)
            files.append(self.upload(each.path, skip_existing=skip_existing, progress=after))
            passed += each.size
        return PublishedRelease(files=tuple(files), at_once=False)

    def upload_all(self, paths: Iterable[Path], *, skip_existing: bool = False) -> tuple[UploadOutcome, ...]:
        """
        Publish wheels and sdists, one after the other, and tell of each in their order.

        One that is refused does not keep the others from being sent.
        """
        return tuple(self._uploaded(each, skip_existing=skip_existing) for each in paths)

    def _uploaded(self, path: Path, *, skip_existing: bool) -> UploadOutcome:
        try:
            return UploadOutcome(path=path, uploaded=self.upload(path, skip_existing=skip_existing))
        except (ClientError, OSError) as error:
            return UploadOutcome(path=path, error=error)
