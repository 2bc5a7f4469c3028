"""The core metadata in a wheel on a server, without the rest of the wheel."""

from __future__ import annotations

import io
import re
from typing import IO, cast

from pypi_api_client import archives
from pypi_api_client.errors import BadAnswer
from pypi_api_client.models import RemoteFile
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Request, Response
from pypi_api_client.protocol.refusals import refusal_of

# The list of members is at the end, and so is, as PEP 427 recommends, the metadata.
_TAIL = 64 * 1024
_LEAST = 16 * 1024
_LARGEST_ANSWER = 8 * 1024 * 1024
_MOST_REQUESTS = 10


def metadata_in_wheel(_index: KnownIndex, file: RemoteFile) -> Exchange[bytes | None]:
    """
    Read the core metadata in a wheel by asking for the parts of it that have it.

    Returns ``None`` where the server sends no parts.  No digest proves what was read: give it to
    `download` as *metadata*, which compares.

    Raises:
        InvalidDistribution: The wheel has no metadata that can be read.
    """
    parts = _Parts()
    wanted = f"-{_TAIL}"
    for _ in range(_MOST_REQUESTS):
        try:
            response = yield Request(
                method="GET",
                url=file.url,
                headers={"Accept-Encoding": "identity", "Range": f"bytes={wanted}"},
                largest=_LARGEST_ANSWER,
            )
        except BadAnswer:
            # All of a large wheel in place of a part.
            return None
        if response.status == 416:
            return None
        if response.status not in {200, 206}:
            raise refusal_of(response)
        if not parts.take(response):
            return None
        try:
            return archives.metadata_in_wheel(cast("IO[bytes]", parts), file.filename)
        except _Missing as missing:
            last = min(missing.start + max(missing.size, _LEAST), parts.size) - 1
            wanted = f"{missing.start}-{last}"
    return None


class _Missing(Exception):
    """Bytes are needed that are not there yet."""

    def __init__(self, start: int, size: int) -> None:
        self.start, self.size = start, size


class _Parts(io.RawIOBase):
    """A file of which some parts are known; reading another raises `_Missing`."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[tuple[int, bytes]] = []
        self._position = 0

    def take(self, response: Response) -> bool:
        """Take in what came; return whether it is a part."""
        start, self.size = 0, len(response.body)
        if response.status == 206:
            found = re.fullmatch(
                r"bytes (\d{1,18})-\d+/(\d{1,18})", response.headers.get("content-range", "")
            )
            if found is None:
                return False
            start, self.size = int(found[1]), int(found[2])
            if start + len(response.body) > self.size:
                return False
        self._parts.append((start, response.body))
        self._position = 0
        return True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = (
            offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        )
        if self._position < 0:
            raise OSError("There is nothing before the beginning.")
        return self._position

    def read(self, size: int = -1) -> bytes:
        left = max(self.size - self._position, 0)
        size = left if size < 0 else min(size, left)
        for start, content in self._parts:
            if start <= self._position and self._position + size <= start + len(content):
                found = content[self._position - start : self._position - start + size]
                self._position += size
                return found
        raise _Missing(self._position, size)
