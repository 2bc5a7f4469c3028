"""What adds files to an index."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from pypi_api_client.archives import read_distribution
from pypi_api_client.asynchronous.conversation import AsyncConversation
from pypi_api_client.errors import ClientError
from pypi_api_client.models import Uploaded, UploadOutcome
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
