"""A gzip stream, inflated in pieces and only as far as it is worth it (RFC 1952)."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from pypi_core.domain.archives.contents import refusal
from pypi_core.domain.archives.limits import check_inflation

_GZIP = 31  # the window size of zlib that stands for a gzip header and trailer
_COMPRESSED_PIECE = 64 * 1024
_PIECE = 256 * 1024


class GzipStream:
    """
    Reads what one gzip stream inflates to, once and forwards.

    The stream must be whole and fill *archive* to its end, but for zero bytes that pad it:
    what stands behind it some readers see and some do not.
    """

    def __init__(self, archive: BinaryIO) -> None:
        self._archive = archive
        self._compressed_size = archive.seek(0, io.SEEK_END)
        archive.seek(0)
        self._inflater = zlib.decompressobj(_GZIP)
        self._compressed = b""
        self._has_ended = False
        self._inflated_size = 0
        self._buffer = b""
        self._position = 0

    def read(self, size: int) -> bytes:
        """Return the next *size* bytes, fewer only at the end."""
        pieces = []
        while size and self._fill():
            piece = self._buffer[self._position : self._position + size]
            self._position += len(piece)
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def skip(self, size: int) -> int:
        """Pass over *size* bytes and return how many there were."""
        left = size
        while left and self._fill():
            passed = min(left, len(self._buffer) - self._position)
            self._position += passed
            left -= passed
        return size - left

    def rest(self) -> Iterator[bytes]:
        """Yield all that is left, in pieces."""
        while self._fill():
            yield self._buffer[self._position :]
            self._position = len(self._buffer)

    def _fill(self) -> bool:
        """See to it that something is in the buffer, and tell whether anything was left."""
        while self._position == len(self._buffer):
            if self._has_ended:
                return False
            self._buffer, self._position = self._inflate(), 0
        return True

    def _inflate(self) -> bytes:
        """Return what comes next, which may be nothing yet."""
        if not self._compressed:
            self._compressed = self._archive.read(_COMPRESSED_PIECE)
            if not self._compressed:
                raise refusal("its gzip stream ends in the middle: the file was cut off")
        try:
            piece = self._inflater.decompress(self._compressed, _PIECE)
        except zlib.error as error:
            raise refusal(f"its gzip stream is damaged ({error})") from error
        self._compressed = self._inflater.unconsumed_tail
        self._has_ended = self._inflater.eof
        if self._has_ended:
            self._check_rest()
        self._inflated_size += len(piece)
        check_inflation(self._inflated_size, self._compressed_size)
        return piece

    def _check_rest(self) -> None:
        rest = self._inflater.unused_data
        while rest:
            if rest.strip(b"\0"):
                raise refusal("something follows its gzip stream")
            rest = self._archive.read(_COMPRESSED_PIECE)
