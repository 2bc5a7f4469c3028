"""Local distribution files: what they are, their digests, and what they say of themselves."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import msgspec
from packaging.utils import canonicalize_name, canonicalize_version

from pypi_api_client.errors import InvalidDistribution
from pypi_api_client.models import FileKind

if TYPE_CHECKING:
    from packaging.metadata import RawMetadata

_CHUNK = 1024 * 1024
_LARGEST_METADATA = 16 * 1024 * 1024
# Of a wheel, and what an sdist may unpack to before its metadata come.
_LARGEST_DIRECTORY = 16 * 1024 * 1024
_ZIP_TAIL = 64 * 1024
_LARGEST_CONTENT = 2 * 1024**3
_MOST_MEMBERS = 100_000
_WHEEL_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")


class LocalDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """
    A wheel or sdist on this machine.

    ``project`` is the normalised name; ``python_version`` a wheel's python tag, ``source`` for an
    sdist; ``unknown_headers`` are those of its metadata that no standard knows.
    """

    path: Path
    kind: FileKind
    project: str
    python_version: str
    size: int
    digests: dict[str, str]
    metadata: RawMetadata
    unknown_headers: tuple[str, ...] = ()

    @property
    def filename(self) -> str:
        """Its name without folder."""
        return self.path.name

    @property
    def release(self) -> tuple[str, str]:
        """Normalised name and version: equal for all files of one release."""
        return self.project, str(canonicalize_version(self.metadata["version"]))


def read_distribution(path: Path) -> LocalDistribution:
    """
    Read everything that an upload has to tell.

    Raises:
        InvalidDistribution: There is no such file, or it is neither a wheel nor an sdist.
    """
    content = read_metadata(path)
    kind = FileKind.WHEEL if path.name.endswith(".whl") else FileKind.SDIST
    try:
        size, digests = digests_of(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    metadata, unknown = _parsed(content)
    missing = [each for each in ("metadata_version", "name", "version") if each not in metadata]
    if missing:
        raise InvalidDistribution(
            f"The metadata in {path.name} lacks {' and '.join(missing)}: build it again."
        )
    return LocalDistribution(
        path=path,
        kind=kind,
        project=canonicalize_name(metadata["name"]),
        python_version=path.name.split("-")[-3] if kind is FileKind.WHEEL else "source",
        size=size,
        digests=digests,
        metadata=metadata,
        unknown_headers=tuple(sorted(unknown)),
    )


def read_metadata(path: Path) -> bytes:
    """
    Return the METADATA of a wheel or the PKG-INFO of an sdist.

    Raises:
        InvalidDistribution: There is no such file, or it is neither a wheel nor an sdist.
    """
    if not path.is_file():
        raise InvalidDistribution(f"There is no file {str(path)!r}.")
    try:
        if path.name.endswith(".whl"):
            return _wheel_metadata(path)
        if path.name.endswith(".tar.gz"):
            return _sdist_metadata(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    raise InvalidDistribution(f"{path.name} is neither a wheel (.whl) nor an sdist (.tar.gz).")


def _unreadable(path: Path, error: OSError) -> InvalidDistribution:
    return InvalidDistribution(f"{path} cannot be read: {error.strerror or error}.")


def _wheel_metadata(path: Path) -> bytes:
    with path.open("rb") as stream:
        return metadata_in_wheel(stream, path.name)


def metadata_in_wheel(stream: IO[bytes], filename: str) -> bytes:
    """
    Return the METADATA of the wheel *filename*, whose bytes are *stream*.

    Raises:
        InvalidDistribution: It is not a wheel.
    """
    if filename.count("-") not in {4, 5}:
        raise InvalidDistribution(
            f"{filename} is not the name of a wheel: name-version(-build)?-python-abi-platform.whl is "
            "expected."
        )
    try:
        _check_directory(stream, filename)
        with zipfile.ZipFile(stream) as archive:
            found = [each for each in archive.infolist() if _WHEEL_METADATA.fullmatch(each.filename)]
            if len(found) != 1:
                raise InvalidDistribution(
                    f"{filename} has {len(found) or 'no'} *.dist-info/METADATA; a wheel has one: "
                    "build it again."
                )
            if found[0].file_size > _LARGEST_METADATA:
                raise InvalidDistribution(f"The METADATA in {filename} is larger than 16 MiB.")
            return archive.read(found[0])
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        UnicodeDecodeError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise InvalidDistribution(f"{filename} is not a readable wheel: {error}.") from error


def _sdist_metadata(path: Path) -> bytes:
    try:
        with (
            gzip.open(path) as stream,
            tarfile.open(fileobj=cast("IO[bytes]", _Bounded(stream, path.name)), mode="r:") as archive,
        ):
            for _ in range(_MOST_MEMBERS):
                member = archive.next()
                if member is None:
                    break
                # It keeps them all, and is asked for none of them again.
                archive.members.clear()  # type: ignore[attr-defined]
                if not re.fullmatch(r"(\./)?[^/]+/PKG-INFO", member.name) or not member.isfile():
                    continue
                content = archive.extractfile(member)
                if member.size > _LARGEST_METADATA or content is None:
                    raise InvalidDistribution(f"The PKG-INFO in {path.name} is larger than 16 MiB.")
                return content.read()
            else:
                raise InvalidDistribution(
                    f"{path.name} has no PKG-INFO among its first {_MOST_MEMBERS} members."
                )
    except (tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError, gzip.BadGzipFile) as error:
        why = " ".join(str(error).split())[:300]
        raise InvalidDistribution(f"{path.name} is not a readable sdist: {why}.") from error
    raise InvalidDistribution(
        f"{path.name} has no PKG-INFO in its top folder; an sdist has one. Build it again."
    )


class _Bounded:
    """What an sdist unpacks to, of which no part and no beginning is larger than it may be."""

    def __init__(self, stream: gzip.GzipFile, name: str) -> None:
        self._stream = stream
        self._name = name

    def read(self, size: int) -> bytes:
        # A header that says how long it is, as those of long names are.
        if size > _LARGEST_METADATA or size < 0:
            raise InvalidDistribution(f"{self._name} has a header of more than 16 MiB.")
        return self._stream.read(size)

    def seek(self, position: int) -> int:
        if position > _LARGEST_CONTENT:
            raise InvalidDistribution(f"{self._name} has no PKG-INFO in its first {_LARGEST_CONTENT} bytes.")
        return self._stream.seek(position)

    def tell(self) -> int:
        return self._stream.tell()


def _check_directory(stream: IO[bytes], filename: str) -> None:
    """
    Accept a ZIP whose list of members can be read: it is kept as a whole.

    Raises:
        InvalidDistribution: The list is larger than 16 MiB.
        BadZipFile: There is none.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(size - _ZIP_TAIL, 0))
    tail = stream.read(min(size, _ZIP_TAIL))
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise zipfile.BadZipFile("it has no list of members")
    [length] = struct.unpack_from("<L", tail, end + 12)
    large = tail.rfind(b"PK\x06\x06", 0, end)
    if large >= 0 and len(tail) >= large + 48:
        length = max(length if length != 0xFFFFFFFF else 0, struct.unpack_from("<Q", tail, large + 40)[0])
    if length > _LARGEST_DIRECTORY:
        raise InvalidDistribution(f"The list of members of {filename} is larger than 16 MiB.")
    stream.seek(0)


def digests_of(path: Path) -> tuple[int, dict[str, str]]:
    """Return the size of a file in bytes, and its hex digests as upload forms call them."""
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    blake2 = hashlib.blake2b(digest_size=32)
    size = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            for update in (md5.update, sha256.update, blake2.update):
                update(chunk)
    return size, {"md5": md5.hexdigest(), "sha256": sha256.hexdigest(), "blake2_256": blake2.hexdigest()}


# What installers decide by before they have the wheel (PEP 658).
_DECIDING = ("name", "version", "requires_python", "requires_dist", "provides_extra")


def differing_metadata(wheel: Path, published: bytes) -> str:
    """
    Compare the metadata in a wheel with those *published* beside it.

    Returns the first field that installers decide by and that differs, or nothing.

    Raises:
        InvalidDistribution: The wheel has no metadata that can be read.
    """
    own, said = _parsed(_wheel_metadata(wheel))[0], _parsed(published)[0]
    return next((each for each in _DECIDING if _comparable(own, each) != _comparable(said, each)), "")


def _parsed(content: bytes) -> tuple[RawMetadata, dict[str, list[str]]]:
    # Imported here: it takes a tenth of a second, and most commands read no metadata.
    from packaging.metadata import parse_email

    return parse_email(content)


def _comparable(raw: RawMetadata, field: str) -> object:
    value = raw.get(field)
    return sorted(value) if isinstance(value, list) else value
