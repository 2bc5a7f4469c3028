"""Bodies that arrive in pieces over several requests, each at the offset where the last one ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from pypi_core.errors import InvalidForm
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.pools import Pools
from pypi_http_api.replies import NO_SNIFFING, Reply
from pypi_protocol.errors import Problem

_OFFSET: Final = b"upload-offset"
_PIECE: Final = 1024 * 1024
# More digits than any file has bytes; Python refuses to convert thousands of them.
_MOST_DIGITS: Final = 18


def told_offset(request: IndexRequest) -> int:
    """
    Return where the client says that its body begins; without ``Upload-Offset`` at the start.

    Raises:
        InvalidForm: The header is not a number.
    """
    header = (request.header(_OFFSET) or "0").strip()
    if not (header.isascii() and header.isdigit() and len(header) <= _MOST_DIGITS):
        raise InvalidForm(Problem("Upload-Offset", "Send Upload-Offset as a number of bytes."))
    return int(header)


def offset_reply(offset: int) -> Reply:
    """Say how many bytes have arrived, which is where the next ones belong."""
    headers = ((_OFFSET, str(offset).encode()), (b"cache-control", b"no-store"), NO_SNIFFING)
    return Reply(status=204, headers=headers)


class PieceWriter:
    """Appends in pieces, one at a time: an arrival is not to be used from two threads at once."""

    def __init__(self, append: Callable[[bytes], None], pools: Pools) -> None:
        self._append = append
        self._pools = pools
        self._waiting = bytearray()
        self._writing: asyncio.Task[None] | None = None

    async def take(self, chunk: bytes) -> None:
        """Append what arrived, or keep it until it is worth that."""
        self._waiting += chunk
        if len(self._waiting) >= _PIECE:
            await self._write()

    async def flush(self) -> None:
        """Append what is left, and wait until it is."""
        if self._waiting:
            await self._write()
        await self._written()

    async def _write(self) -> None:
        await self._written()
        piece, self._waiting = bytes(self._waiting), bytearray()
        self._writing = asyncio.ensure_future(self._pools.write(self._append, piece))

    async def _written(self) -> None:
        if self._writing is not None:
            # Not awaited itself: that would cancel it together with the request.
            await asyncio.wait([self._writing])
            self._writing.result()
            self._writing = None
