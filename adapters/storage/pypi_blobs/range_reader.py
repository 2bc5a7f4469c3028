"""Bytes that are elsewhere, read in ranges as if they were a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

WINDOW: Final = 512 * 1024
"""How many bytes are asked for at a time, unless more are read at once."""

ReadRange = Callable[[int, int], bytes]
"""Returns so many bytes from an offset on; all of them are there."""


def open_ranges(read_range: ReadRange, size: int, begin: bytes = b"") -> io.BufferedReader:
    """
    Open *size* bytes for reading, seekable, of which *begin* is known already.

    Nothing is held open between two reads, however slowly the reader goes on.
    """
    return io.BufferedReader(_Ranges(read_range, size, begin), WINDOW)


class _Ranges(io.RawIOBase):
    def __init__(self, read_range: ReadRange, size: int, begin: bytes) -> None:
        self._read_range = read_range
        self._size = size
        self._begin = begin
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError(f"{offset} is before the beginning")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        content = self._next(len(view))
        view[: len(content)] = content
        return len(content)

    def readall(self) -> bytes:
        # In one piece: what it inherits asks for a few kilobytes at a time.
        parts = []
        while part := self._next(self._size - self._at):
            parts.append(part)
        return b"".join(parts)

    def _next(self, length: int) -> bytes:
        length = min(length, self._size - self._at)
        if length <= 0:
            return b""
        content = self._begin[self._at : self._at + length] or self._read_range(self._at, length)
        self._at += len(content)
        return content
