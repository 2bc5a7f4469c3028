"""What adds files to an index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from pypi_api_client.archives import digests_of, read_distribution
from pypi_api_client.bodies import Progress
from pypi_api_client.errors import Busy, ClientError, NotSpoken, Refused
from pypi_api_client.models import Uploaded, UploadOutcome
from pypi_api_client.protocol import upload_sessions as sessions
from pypi_api_client.protocol.documentation import delete_documentation, upload_documentation
from pypi_api_client.protocol.upload import upload
from pypi_api_client.records import Documentation
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
        self, path: Path, *, skip_existing: bool = False, progress: Progress | None = None
    ) -> Uploaded:
        """
        Publish a wheel or sdist; its metadata are read from the archive.

        The very same file being there already is a success.  With *skip_existing* so is another
        file of the same name.

        Raises:
            InvalidDistribution: *path* is no readable wheel or sdist.
            FileAlreadyExists: Another file of this name is there.
            RedirectRefused: The index wants the file sent elsewhere.
        """
        distribution = read_distribution(path)
        return self._run(upload(self._index, distribution, skip_existing=skip_existing), progress)

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

    def upload_release(self, paths: Iterable[Path]) -> PublishedRelease:
        """
        Publish wheels and sdists of one release, all at once where the index has upload sessions.

        When this is broken off, to do it again with the same files goes on where it ended; when the
        index refuses something, the session is given up, and nothing of it is visible.  On other
        indexes the files are uploaded one after the other.

        Raises:
            InvalidDistribution: One is no readable wheel or sdist, or of another release.
            InvalidRequest: Something is wrong with one, and none of them is visible.
            Conflict: Somebody is publishing other files of this release.
        """
        release = LocalRelease.of([read_distribution(each) for each in paths])
        exchange = sessions.begin_or_go_on(self._index, release.project, release.version, release.announced)
        try:
            session = self._run(exchange)
        except NotSpoken:
            return PublishedRelease(
                files=tuple(self.upload(each.path) for each in release.distributions), at_once=False
            )
        try:
            for each in release.distributions:
                self.send_file(session.file(each.filename), each.path)
            published = self.publish_release(session.session)
        except Busy:
            raise
        except Refused:
            # Other bytes or permissions are needed: nothing will come of this session.
            with suppress(ClientError):
                self.cancel_upload(session.session)
            raise
        return release.published(published)

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
