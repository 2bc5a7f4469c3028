"""Storing a file: under another name until it is whole and proved to be what is listed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import IO, Self

from pypi_api_client.address import origin
from pypi_api_client.archives import differing_metadata
from pypi_api_client.errors import BadDownload, RedirectRefused
from pypi_api_client.integrity import Verifier, check_filename
from pypi_api_client.models import RemoteFile
from pypi_api_client.protocol.messages import Response


class Saving:
    """
    Receives *file* into *folder*, which is created where it is missing.

    To be used in a ``with`` statement: the file is there after `finish`, whole and verified by
    size and strongest digest; without, nothing is.  When a connection breaks, the next try
    continues where it ended, if the server can (RFC 9110, ranges).

    Args:
        file: What is listed.
        folder: Where it goes, under its own name.
        metadata: What the index said the metadata of this wheel is; other metadata is refused.
        hashes: Digests as ``algorithm:hex``, of which the file has to have one for each algorithm.
        progress: Is told how many bytes are there.
        largest: How many bytes to take where the index lists no size.

    Raises:
        UnsafeFilename: The file's name would leave the folder.
    """

    def __init__(
        self,
        file: RemoteFile,
        folder: Path,
        *,
        metadata: bytes | None = None,
        hashes: Collection[str] = (),
        progress: Callable[[int], None] | None = None,
        largest: int,
    ) -> None:
        self.path = folder / check_filename(file.filename)
        self._file = file
        self._metadata = metadata
        self._progress = progress
        self._largest = largest
        # In the same folder, so that the file can take its name in one step.
        self._temporary = folder / f".{file.filename[:200]}.{secrets.token_hex(4)}.part"
        self._hashes = hashes
        self._verifier = self._new_verifier()
        self._validator = ""
        self._stream: IO[bytes] | None = None
        self._received = 0

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = self._temporary.open("xb")
        return self

    def __exit__(self, *_error: object) -> None:
        self._opened.close()
        self._temporary.unlink(missing_ok=True)

    @property
    def received(self) -> int:
        """How many bytes are there."""
        return self._received

    def headers(self) -> Mapping[str, str]:
        """Ask for what is missing, as it is: encoded on the way, the bytes would not be those hashed."""
        headers = {"Accept-Encoding": "identity"}
        if self._received and self._validator:
            headers |= {"Range": f"bytes={self._received}-", "If-Range": self._validator}
        return headers

    def begin(self, head: Response) -> bool:
        """
        Look at an answer: the whole file, or the part that is missing; 416 if nothing is.

        Raises:
            BadDownload: Another part.
            RedirectRefused: It comes from elsewhere, and nothing proves that it is what is listed.
        """
        if head.status == 206:
            start = re.match(r"bytes (\d+)-", head.headers.get("content-range", ""))
            if start is None or int(start[1]) != self._received:
                raise BadDownload(
                    f"{self._file.filename} does not continue where it ended. Nothing was kept."
                )
            return True
        if head.status == 416:
            # The connection broke behind the last byte, or there are fewer now: all of it once more.
            self._validator = ""
        if head.status != 200:
            return False
        if origin(head.url) != origin(self._file.url) and not (self._hashes or self._file.hashes):
            raise RedirectRefused(
                f"{self._file.filename} is redirected to {origin(head.url)[1]}, and the index lists no "
                "digest to prove it by. Nothing was kept."
            )
        # Only a strong validator says that the bytes are the same.
        etag = head.headers.get("etag", "")
        self._validator = etag if etag.startswith('"') else ""
        self._verifier = self._new_verifier()
        self._received = 0
        self._opened.seek(0)
        self._opened.truncate()
        return True

    def take(self, chunk: bytes) -> None:
        """
        Store the next bytes.

        Raises:
            BadDownload: There are more of them than the index lists.
        """
        self._verifier.update(chunk)
        self._opened.write(chunk)
        self._received += len(chunk)
        if self._progress:
            self._progress(self._received)

    def finish(self) -> Path:
        """
        Compare, and give the file its name.

        Raises:
            BadDownload: It is not what the index lists, or its metadata is not what the index said.
        """
        self._verifier.finish()
        self._opened.close()
        if self._metadata is not None and (field := differing_metadata(self._temporary, self._metadata)):
            raise BadDownload(
                f"{self._file.filename} has another {field} than the index says beside it. Nothing was kept."
            )
        return self._temporary.replace(self.path)

    def _new_verifier(self) -> Verifier:
        return Verifier(self._file, largest=self._largest, hashes=self._hashes)

    @property
    def _opened(self) -> IO[bytes]:
        if self._stream is None:
            raise TypeError("Use it in a with statement.")
        return self._stream
