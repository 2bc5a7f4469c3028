"""Proving that bytes are those which an index lists."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Protocol

from pypi_api_client.errors import BadDownload, UnsafeFilename
from pypi_api_client.models import RemoteFile

LARGEST_FILE = 16 * 1024**3
"""How many bytes a file may have of which no size is listed: an answer need not end."""

LONGEST_NAME = 255
"""How many bytes the name of a file may have: no file system takes more."""

_CHUNK = 1024 * 1024

# Folders, drives and streams to one system or another; Windows takes none of them in a name.
_UNSAFE_CHARACTERS = '/\\:<>"|?*'
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
)


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


# Strongest first; md5 detects a broken transfer, no more.
_ALGORITHMS: Mapping[str, Callable[[], _Hash]] = {
    "sha512": hashlib.sha512,
    "sha3_512": hashlib.sha3_512,
    "blake2b": hashlib.blake2b,
    "sha384": hashlib.sha384,
    "sha3_384": hashlib.sha3_384,
    "sha256": hashlib.sha256,
    "sha3_256": hashlib.sha3_256,
    "blake2b_256": lambda: hashlib.blake2b(digest_size=32),
    "blake2s": hashlib.blake2s,
    "sha224": hashlib.sha224,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "md5": lambda: hashlib.md5(usedforsecurity=False),
}


class Verifier:
    """
    Takes in the bytes of a file as they arrive and compares them with what was listed.

    Where no size is listed, *largest* bytes are as many as it takes.  Of *hashes*, each as
    ``algorithm:hex``, the file has to have one for each algorithm that is named among them.
    """

    def __init__(
        self, file: RemoteFile, *, largest: int = LARGEST_FILE, hashes: Collection[str] = ()
    ) -> None:
        self._file = file
        self._largest = largest if file.size is None else file.size
        self._algorithm = next((each for each in _ALGORITHMS if file.hashes.get(each)), None)
        self._hash = _ALGORITHMS[self._algorithm]() if self._algorithm else None
        self._demanded: dict[str, set[str]] = {}
        for each in hashes:
            algorithm, _, digest = each.partition(":")
            self._demanded.setdefault(algorithm, set()).add(digest.lower())
        self._further = {each: _ALGORITHMS[each]() for each in self._demanded if each in _ALGORITHMS}
        self._size = 0

    def update(self, chunk: bytes) -> None:
        """
        Take in the next bytes.

        Raises:
            BadDownload: There are more of them than the index lists.
        """
        self._size += len(chunk)
        if self._size > self._largest:
            raise self._mismatch(f"more than {self._largest} bytes arrived")
        if self._hash:
            self._hash.update(chunk)
        for each in self._further.values():
            each.update(chunk)

    def finish(self) -> None:
        """
        Compare.

        Raises:
            BadDownload: Size or strongest digest differ from what the index lists, or what is
                required is not there.
        """
        if self._file.size is not None and self._size != self._file.size:
            raise self._mismatch(f"{self._size} bytes arrived, {self._file.size} are listed")
        if self._hash and self._algorithm:
            expected = self._file.hashes[self._algorithm].lower()
            if self._hash.hexdigest() != expected:
                raise self._mismatch(
                    f"its {self._algorithm} is {self._hash.hexdigest()}, the index lists {expected}"
                )
        for algorithm, digests in self._demanded.items():
            found = self._further[algorithm].hexdigest() if algorithm in self._further else "not known here"
            if found not in digests:
                raise BadDownload(
                    f"{self._file.filename} is not what was asked for: its {algorithm} is {found}, "
                    f"{' or '.join(sorted(digests))} is required. Nothing was kept."
                )

    def _mismatch(self, why: str) -> BadDownload:
        return BadDownload(f"{self._file.filename} is not what the index lists: {why}. Nothing was kept.")


def is_good_copy(path: Path, file: RemoteFile, hashes: Collection[str] = ()) -> bool:
    """Return whether *path* has the bytes of *file*; never true where no digest is listed or required."""
    if not path.is_file() or not (hashes or any(file.hashes.get(each) for each in _ALGORITHMS)):
        return False
    verifier = Verifier(file, hashes=hashes)
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                verifier.update(chunk)
        verifier.finish()
    except BadDownload:
        return False
    return True


def is_device_name(name: str) -> bool:
    """Return whether Windows takes *name* for a device, whatever its ending: ``aux``, ``nul.tar.gz``."""
    return name.partition(".")[0].rstrip().lower() in _DEVICES


def check_filename(name: str) -> str:
    """
    Accept a name under which a file may be stored in a folder.

    Raises:
        UnsafeFilename: It could name a file elsewhere, or no file at all.
    """
    if len(name.encode(errors="replace")) > LONGEST_NAME:
        raise UnsafeFilename(
            f"The index lists a file by a name of more than {LONGEST_NAME} bytes: {name[:40]!r}…"
        )
    if (
        name in {"", ".", ".."}
        or any(each in name for each in ("%2F", "%2f", "%5C", "%5c", *_UNSAFE_CHARACTERS))
        or not name.isprintable()
        or name.endswith((".", " "))
        or is_device_name(name)
    ):
        raise UnsafeFilename(f"The index lists a file by the name {name!r}, which is not safe to store.")
    return name


def check_digests(content: bytes, hashes: Mapping[str, str], name: str) -> bytes:
    """
    Accept bytes whose strongest digest is the one listed; there may be none.

    Raises:
        BadDownload: It is another.
    """
    verifier = Verifier(RemoteFile(filename=name, url="", hashes=dict(hashes)))
    verifier.update(content)
    verifier.finish()
    return content
