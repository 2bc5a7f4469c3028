"""The bodies of requests and answers, piece by piece."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import IO, cast

from pypi_api_client.errors import BadAnswer
from pypi_api_client.progress import Progress

_CHUNK = 64 * 1024

LARGEST_ANSWER = 64 * 1024 * 1024
"""How many bytes an answer that is kept as a whole may have once decoded, unless set otherwise."""

# What compression adds to bytes that cannot be compressed, and more than that.
_LARGEST_OVERHEAD = 1024 * 1024
# The window of 32 KiB, in the frame of gzip (RFC 1952).
_GZIP = zlib.MAX_WBITS | 16


def chunks_of(file: IO[bytes], progress: Progress | None) -> Iterator[bytes]:
    """Yield the rest of a file."""
    while chunk := file.read(_CHUNK):
        yield chunk
        if progress:
            progress(file.tell())


class ContentDecoder:
    """
    Takes the content coding off an answer, in pieces of at most 64 KiB.

    Only ``gzip`` is asked for; an answer in any other coding, or in several, is refused, so that few bytes
    never become more than a thousand times as many.

    Raises:
        BadAnswer: The coding is another one.
    """

    def __init__(self, url: str, encoding: str) -> None:
        self._url = url
        codings = [each for word in encoding.split(",") if (each := word.strip().lower()) != "identity"]
        codings = [each for each in codings if each]
        if len(codings) > 1 or not {"gzip", "x-gzip"}.issuperset(codings):
            raise BadAnswer(
                f"The answer of {url} is compressed as {', '.join(codings)[:100]!r}; only gzip was asked for."
            )
        self._inflater = zlib.decompressobj(_GZIP) if codings else None
        self._received = 0
        self._decoded = 0

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        """
        Yield the content of the next bytes.

        Raises:
            BadAnswer: They are not compressed as the answer says, or hold nothing.
        """
        if self._inflater is None:
            yield chunk
            return
        self._received += len(chunk)
        piece = b""
        # What filled a piece may have more behind it, though all bytes were taken in.
        while not self._inflater.eof and (chunk or len(piece) == _CHUNK):
            try:
                piece = self._inflater.decompress(chunk, _CHUNK)
            except zlib.error as error:
                raise BadAnswer(f"The answer of {self._url} is not gzip as it says: {error}.") from error
            chunk = self._inflater.unconsumed_tail
            self._decoded += len(piece)
            if piece:
                yield piece
        if self._received > self._decoded + _LARGEST_OVERHEAD:
            raise BadAnswer(f"The answer of {self._url} goes on without any content.")

    def finish(self) -> None:
        """
        Accept the end of the answer.

        Raises:
            BadAnswer: It is cut off.
        """
        if self._inflater and self._received and not self._inflater.eof:
            raise BadAnswer(f"The answer of {self._url} is cut off.")


class Collected:
    """The body of an answer that is kept as a whole."""

    def __init__(self, url: str, largest: int) -> None:
        self._url = url
        self._largest = largest
        self._chunks: list[bytes] = []
        self._size = 0

    def take(self, chunk: bytes) -> None:
        """
        Take in the next bytes.

        Raises:
            BadAnswer: There are too many.
        """
        self._size += len(chunk)
        if self._size > self._largest:
            raise BadAnswer(f"The answer of {self._url} is larger than {self._largest} bytes.")
        self._chunks.append(chunk)

    def content(self) -> bytes:
        """Return all of them."""
        return b"".join(self._chunks)


class _Counted:
    """A file that tells how much of it was read; httpx streams it, as it never is text or bytes."""

    def __init__(self, file: IO[bytes], progress: Progress) -> None:
        self._file = file
        self._progress = progress

    def fileno(self) -> int:
        return self._file.fileno()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._progress(self._file.tell())
        return chunk


def counted(file: IO[bytes], progress: Progress | None) -> IO[bytes]:
    """Return *file* so that *progress* is told of what is read."""
    return cast("IO[bytes]", _Counted(file, progress)) if progress else file
