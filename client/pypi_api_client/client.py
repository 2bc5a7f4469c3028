"""The client: one object for one index, for use in one thread at a time."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from pypi_api_client.address import parse_address
from pypi_api_client.archives import read_distribution
from pypi_api_client.connection import Connection, Progress, basic_credentials
from pypi_api_client.integrity import Verifier, check_filename, is_good_copy
from pypi_api_client.models import Downloaded, Project, ProjectPage, RemoteFile, SearchResults, Uploaded
from pypi_api_client.protocol.json_rpc import Dialect
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.protocol.project import project
from pypi_api_client.protocol.search import search
from pypi_api_client.protocol.simple import project_page
from pypi_api_client.protocol.upload import upload
from pypi_api_client.user_agent import client_version, user_agent

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class Client:
    """
    Talks to the package index at *url*.

    It speaks JSON-RPC where the index does, and the public standards (Simple API, legacy JSON,
    legacy upload) everywhere else.  Plain http is used to this machine alone.

    Every method may raise `ConnectionFailed`, `Refused` and `BadAnswer`.

    Args:
        url: The root of the index, such as ``https://index.example/``; credentials may stand in it.
        token: An API token; sent to the index's own origin and nowhere else, never logged.
        program: Name and version that the index is told in ``User-Agent``.
        timeout: Seconds to wait for a connection, and between any two pieces of an answer.
        transport: What carries HTTP instead of the network, for tests.
        sleep: What waits between two tries.

    Raises:
        InvalidAddress: *url* is none, or plain http to another machine.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        program: tuple[str, str] | None = None,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address = parse_address(url)
        self._dialect = Dialect()
        self._connection = Connection(
            self._address,
            authorization=basic_credentials(self._address, token),
            user_agent=user_agent(*(program or ("pypi-api-client", client_version()))),
            timeout=timeout,
            transport=transport,
            sleep=sleep,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._connection.close()

    @property
    def url(self) -> str:
        """The root of the index, without credentials."""
        return self._address.root

    def search(self, words: str, *, cursor: str | None = None, limit: int = 20) -> SearchResults:
        """
        Find projects by words; *limit* is at most 100, *cursor* the ``next`` of the page before.

        Raises:
            NotSpoken: The index does not speak JSON-RPC, and no other protocol has a search.
        """
        return self._run(search(self._address, self._dialect, words, cursor=cursor, limit=limit))

    def project(self, name: str, version: str | None = None) -> Project:
        """
        Describe a project by the version asked for, or by its latest.

        Raises:
            NotFound: There is no such project, or no such version.
        """
        return self._run(project(self._address, self._dialect, name, version))

    def project_page(self, name: str) -> ProjectPage:
        """
        Read a project's page of the Simple API.

        Raises:
            NotFound: There is no such project.
        """
        return self._run(project_page(self._address, name))

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
        # A redirect from another spelling of this URL would cost sending the file twice.
        url = self._address.join("legacy", "")
        exchange = upload(self._address, distribution, skip_existing=skip_existing, upload_url=url)
        return self._run(exchange, progress)

    def download(self, file: RemoteFile, folder: Path, *, progress: Progress | None = None) -> Downloaded:
        """
        Store a file in *folder*, which is created where it is missing.

        The file appears there whole and verified by size and strongest digest, or not at all.  One
        that is there already with the digest listed is left alone.

        Raises:
            BadDownload: What arrived is not what the index lists.
            UnsafeFilename: The file's name would leave the folder.
            InvalidAddress: The file's URL is plain http to another machine.
        """
        path = folder / check_filename(file.filename)
        if is_good_copy(path, file):
            return Downloaded(path=path, was_there=True)
        folder.mkdir(parents=True, exist_ok=True)

        def store(chunks: Iterator[bytes]) -> None:
            _store(chunks, file, path, progress)

        self._connection.receive(file.url, store)
        return Downloaded(path=path, was_there=False)

    def _run(self, exchange: Exchange[T], progress: Progress | None = None) -> T:
        try:
            request = next(exchange)
            while True:
                response = self._connection.send(request, progress)
                request = exchange.send(response)
        except StopIteration as end:
            result: T = end.value
            return result


def _store(chunks: Iterator[bytes], file: RemoteFile, path: Path, progress: Progress | None) -> None:
    verifier, received = Verifier(file), 0
    # In the same folder, so that the file can take its name in one step.
    temporary = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as stream:
            for chunk in chunks:
                verifier.update(chunk)
                stream.write(chunk)
                received += len(chunk)
                if progress:
                    progress(received)
        verifier.finish()
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
