"""What adds files to an index."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from pypi_api_client.archives import digests_of, read_distribution
from pypi_api_client.asynchronous.conversation import AsyncConversation
from pypi_api_client.errors import ClientError
from pypi_api_client.models import Documentation, Uploaded, UploadOutcome
from pypi_api_client.protocol.documentation import delete_documentation, upload_documentation
from pypi_api_client.protocol.upload import upload
from pypi_api_client.synchronous.driver import Progress


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
        self, project: str, version: str, path: Path, *, progress: Progress | None = None
    ) -> Documentation:
        """
        Publish the documentation of a version: a ZIP with ``index.html`` at its top level.

        What was shown before is shown until all of it is unpacked.

        Raises:
            InvalidRequest: Something in the ZIP is not as it has to be; every problem is told.
            NotSpoken: The index keeps no documentation.
        """
        size, digests = await asyncio.to_thread(digests_of, path)
        exchange = upload_documentation(
            self._index, project, version, path, size=size, sha256=digests["sha256"]
        )
        return await self._run(exchange, progress)

    async def delete_documentation(self, project: str, version: str) -> int:
        """Delete the documentation of a version, which can be sent again; return the serial of that."""
        return await self._run(delete_documentation(self._index, project, version))

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
