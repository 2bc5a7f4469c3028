"""What can be learnt of an index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Any

from pypi_api_client.asynchronous.conversation import AsyncConversation
from pypi_api_client.errors import ClientError
from pypi_api_client.integrity import LARGEST_FILE, check_filename, is_good_copy
from pypi_api_client.models import (
    Change,
    ChangesPage,
    Downloaded,
    DownloadOutcome,
    IndexStatus,
    Project,
    ProjectDocumentation,
    ProjectPage,
    RemoteFile,
    SearchResults,
)
from pypi_api_client.protocol import changes, documentation, files, project, search, simple, status
from pypi_api_client.protocol.project_list import ProjectList
from pypi_api_client.saving import Saving
from pypi_api_client.synchronous.driver import Progress


class AsyncReading(AsyncConversation):
    """The methods that change nothing."""

    async def status(self) -> IndexStatus:
        """Return what the index says of itself and what it can do; it is asked once."""
        return await self._run(status.status(self._index))

    async def search(self, words: str, *, offset: int = 0, limit: int = 20) -> SearchResults:
        """
        Find projects by words; *limit* is at most 100.

        Raises:
            NotSpoken: The index does not speak JSON-RPC, and no other protocol has a search.
        """
        return await self._run(search.search(self._index, words, offset=offset, limit=limit))

    async def project(self, name: str, version: str | None = None) -> Project:
        """
        Describe a project by the version asked for, or by its latest.

        Raises:
            NotFound: There is no such project, or no such version.
        """
        return await self._run(project.project(self._index, name, version))

    async def project_page(self, name: str) -> ProjectPage:
        """
        Read a project's page of the Simple API.

        Raises:
            NotFound: There is no such project.
        """
        return await self._run(simple.project_page(self._index, name))

    async def projects(self) -> AsyncIterator[str]:
        """Yield the names of all projects as they arrive; there may be more than fit in memory."""
        listing = ProjectList(self._index)
        async with aclosing(self._driver.stream(self._sender.steps(listing.request()))) as chunks:
            async for chunk in chunks:
                for name in listing.feed(chunk):
                    yield name
        listing.finish()

    async def changes(self, since: int = 0, *, limit: int = 1000, wait: int = 0) -> ChangesPage:
        """
        Read a page of what came after the serial *since*.

        Where there is nothing yet, it comes after *wait* seconds, or as soon as there is.

        Raises:
            NotSpoken: The index does not tell what changes.
        """
        return await self._run(changes.changes(self._index, since, limit=limit, wait=wait))

    async def follow(self, since: int, *, wait: int = 60) -> AsyncIterator[Change]:
        """
        Yield every change after the serial *since*, without end: it waits for those to come.

        Raises:
            NotSpoken: The index does not tell what changes.
        """
        while True:
            page = await self.changes(since, wait=wait)
            since = page.since
            for change in page.changes:
                yield change

    async def metadata(self, file: RemoteFile) -> bytes:
        """
        Read the core metadata of a wheel without the wheel (PEP 658), verified by the digest listed.

        Raises:
            NotFound: The index does not offer them.
            BadDownload: They are not what the index lists.
        """
        return await self._run(files.metadata(file))

    async def provenance(self, file: RemoteFile) -> dict[str, Any]:
        """
        Read a file's provenance object (PEP 740); nothing in it is verified.

        Raises:
            NotFound: There is none.
        """
        return await self._run(files.provenance(file))

    async def documentation(self, project: str) -> ProjectDocumentation:
        """
        List the documentation of a project's versions.

        Raises:
            NotSpoken: The index keeps no documentation.
        """
        return await self._run(documentation.documentation(self._index, project))

    async def download(
        self,
        file: RemoteFile,
        folder: Path,
        *,
        metadata: bytes | None = None,
        progress: Progress | None = None,
        largest: int = LARGEST_FILE,
    ) -> Downloaded:
        """
        Store a file in *folder*, which is created where it is missing.

        The file appears there whole and verified by size and strongest digest, or not at all.  One
        that is there already with the digest listed is left alone.  A wheel whose own metadata
        differ from *metadata* is refused; so is a file of more than *largest* bytes where no
        size is listed.

        Raises:
            BadDownload: What arrived is not what the index lists.
            UnsafeFilename: The file's name would leave the folder.
            InvalidAddress: The file's URL is plain http to another machine.
        """
        path = folder / check_filename(file.filename)
        if await asyncio.to_thread(is_good_copy, path, file):
            return Downloaded(path=path, was_there=True)
        with Saving(file, folder, metadata=metadata, progress=progress, largest=largest) as saving:
            await self._run(files.download(saving, file.url))
        return Downloaded(path=path, was_there=False)

    async def download_all(
        self, files: Iterable[RemoteFile], folder: Path, *, concurrency: int = 8
    ) -> tuple[DownloadOutcome, ...]:
        """
        Store files in *folder*, at most *concurrency* at a time, and tell of each in their order.

        One that fails does not keep the others from being stored.  Cancelled, this leaves behind
        whole files and nothing else.
        """
        limit = asyncio.Semaphore(concurrency)

        async def one(file: RemoteFile) -> DownloadOutcome:
            async with limit:
                try:
                    return DownloadOutcome(file=file, downloaded=await self.download(file, folder))
                except (ClientError, OSError) as error:
                    return DownloadOutcome(file=file, error=error)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(each)) for each in files]
        return tuple(each.result() for each in tasks)
