"""Bytes that are stored in pieces: while one is hashed and written in a thread, the next one arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from pypi_http_api.pools import Pools

PIECE: Final = 1024 * 1024
"""How many bytes are stored at a time."""


class PieceWriter:
    """Appends pieces, one at a time: an arrival is not to be used from two threads at once."""

    def __init__(self, append: Callable[[bytes], None], pools: Pools) -> None:
        self._append = append
        self._pools = pools
        self._waiting = bytearray()
        self._writing: asyncio.Task[None] | None = None

    async def take(self, chunk: bytes) -> None:
        """Keep what arrived until it makes a piece; raises what appending an earlier piece did."""
        self._waiting += chunk
        if len(self._waiting) >= PIECE:
            piece, self._waiting = bytes(self._waiting), bytearray()
            await self.write(piece)

    async def write(self, piece: bytes) -> None:
        """Begin to append *piece*; raises what appending an earlier one did."""
        await self._written()
        self._writing = asyncio.ensure_future(self._pools.write(self._append, piece))

    async def flush(self) -> None:
        """Append what is left, and wait until it is."""
        if self._waiting:
            piece, self._waiting = bytes(self._waiting), bytearray()
            await self.write(piece)
        await self._written()

    async def settle(self) -> None:
        """Wait until nothing is being appended, whatever becomes of it."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
            self._writing.exception()

    async def _written(self) -> None:
        if self._writing is not None:
            # Not awaited itself: that would cancel it together with the request.
            await asyncio.wait([self._writing])
            self._writing.result()
            self._writing = None
