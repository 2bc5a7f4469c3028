"""What adds files to an index."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from pypi_api_client.archives import LocalDistribution, digests_of, read_distribution
from pypi_api_client.asynchronous.conversation import AsyncConversation
from pypi_api_client.bodies import Progress
from pypi_api_client.errors import Busy, ClientError, NotSpoken, Refused
from pypi_api_client.models import Uploaded, UploadOutcome
from pypi_api_client.protocol import upload_sessions as sessions
from pypi_api_client.protocol.documentation import delete_documentation, upload_documentation
from pypi_api_client.protocol.upload import upload
from pypi_api_client.records import Documentation
from pypi_api_client.uploads import (
    FileToUpload,
    LocalRelease,
    PublishedRelease,
    UploadingFile,
    UploadSession,
)


class AsyncPublishing(AsyncConversation):
    """The methods that send files."""

    async def upload(
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
        distribution = await asyncio.to_thread(read_distribution, path)
        return await self._run(upload(self._index, distribution, skip_existing=skip_existing), progress)

    async def upload_documentation(
        self, name: str, version: str, path: Path, *, progress: Progress | None = None
    ) -> Documentation:
        """
        Publish the documentation of a version: a ZIP with ``index.html`` at its top level.

        What was shown before is shown until all of it is unpacked.

        Raises:
            InvalidRequest: Something in the ZIP is not as it has to be; every problem is told.
            NotSpoken: The index keeps no documentation.
        """
        size, digests = await asyncio.to_thread(digests_of, path)
        exchange = upload_documentation(self._index, name, version, path, size=size, sha256=digests["sha256"])
        return await self._run(exchange, progress)

    async def delete_documentation(self, name: str, version: str) -> int:
        """Delete the documentation of a version, which can be sent again; return the serial of that."""
        return await self._run(delete_documentation(self._index, name, version))

    async def begin_upload(self, project: str, version: str, files: Sequence[FileToUpload]) -> UploadSession:
        """
        Announce the files of a release, which nobody sees before `publish_release`.

        Raises:
            Conflict: There is a live session for the release; ``problem.members["session"]`` names it.
            NotSpoken: The index has no upload sessions.
        """
        return await self._run(sessions.begin(self._index, project, version, files))

    async def upload_status(self, session: str) -> UploadSession:
        """Tell how far an upload session is."""
        return await self._run(sessions.status(self._index, session))

    async def send_file(self, file: UploadingFile, path: Path, *, progress: Progress | None = None) -> None:
        """Send what is missing of a file of a session; when the connection breaks, it goes on from there."""
        await self._run(sessions.send(file, path), progress)

    async def complete_upload(self, session: str) -> UploadSession:
        """
        Check that all files of a session have arrived and may be published, without publishing them.

        Raises:
            InvalidRequest: They may not; every problem of every file is told.
        """
        return await self._run(sessions.complete(self._index, session))

    async def cancel_upload(self, session: str) -> UploadSession:
        """Give an upload session up."""
        return await self._run(sessions.cancel(self._index, session))

    async def publish_release(self, session: str) -> UploadSession:
        """
        Make all files of a session visible at once.

        Raises:
            InvalidRequest: Something is wrong with one, and none of them is visible.
        """
        return await self._run(sessions.publish(self._index, session))

    async def upload_release(self, paths: Iterable[Path], *, concurrency: int = 4) -> PublishedRelease:
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
        release = LocalRelease.of([await asyncio.to_thread(read_distribution, each) for each in paths])
        exchange = sessions.begin_or_go_on(self._index, release.project, release.version, release.announced)
        try:
            session = await self._run(exchange)
        except NotSpoken:
            return PublishedRelease(
                files=tuple([await self.upload(each.path) for each in release.distributions]), at_once=False
            )
        try:
            await self._send_all(session, release, concurrency)
            published = await self.publish_release(session.session)
        except Busy:
            raise
        except Refused:
            # Other bytes or permissions are needed: nothing will come of this session.
            with suppress(ClientError):
                await self.cancel_upload(session.session)
            raise
        return release.published(published)

    async def _send_all(self, session: UploadSession, release: LocalRelease, concurrency: int) -> None:
        limit = asyncio.Semaphore(concurrency)

        async def one(distribution: LocalDistribution) -> ClientError | None:
            async with limit:
                try:
                    await self.send_file(session.file(distribution.filename), distribution.path)
                except ClientError as error:
                    return error
                return None

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(each)) for each in release.distributions]
        for each in tasks:
            if error := each.result():
                raise error

    async def upload_all(
        self, paths: Iterable[Path], *, skip_existing: bool = False, concurrency: int = 4
    ) -> tuple[UploadOutcome, ...]:
        """
        Publish wheels and sdists, at most *concurrency* at a time, and tell of each in their order.

        One that is refused does not keep the others from being sent.
        """
        limit = asyncio.Semaphore(concurrency)

        async def one(path: Path) -> UploadOutcome:
            async with limit:
                try:
                    uploaded = await self.upload(path, skip_existing=skip_existing)
                except (ClientError, OSError) as error:
                    return UploadOutcome(path=path, error=error)
                return UploadOutcome(path=path, uploaded=uploaded)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(each)) for each in paths]
        return tuple(each.result() for each in tasks)
