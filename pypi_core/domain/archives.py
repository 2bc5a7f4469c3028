"""
Reading distribution archives from a stream, without extracting anything.

The rules every archive must hold (STANDARDS 2.6 for wheels, 2.7 for sdists) have their
place here.
"""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from typing import BinaryIO

from pypi_core.domain.filenames import DistributionFilename, FileType
from pypi_core.errors import InvalidArchive, Problem

# METADATA carries the long description; the largest real ones are a few hundred kB.
_LARGEST_METADATA = 8 * 1024 * 1024
_MOST_MEMBERS_BEFORE_PKG_INFO = 100_000


def read_metadata_file(filename: DistributionFilename, archive: BinaryIO) -> bytes:
    """
    Return the bytes of the METADATA of a wheel, or of the PKG-INFO of an sdist.

    *archive* is seekable and positioned anywhere.  Memory is bounded by 8 MiB.

    Raises:
        InvalidArchive: The bytes are no such archive, are damaged, or lack the file.
    """
    archive.seek(0)
    try:
        if filename.filetype is FileType.WHEEL:
            return _from_wheel(filename, archive)
        return _from_sdist(archive)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        EOFError,
        OSError,  # gzip reports a bad header so
        NotImplementedError,  # zipfile reports an unknown compression so
        RuntimeError,  # zipfile reports an encrypted member so
        UnicodeDecodeError,  # a ZIP member name flagged UTF-8 that is not UTF-8
        ValueError,
    ) as error:
        raise _invalid(f"the file cannot be read as a {_KIND[filename.filetype]} ({error})") from error


def _from_wheel(filename: DistributionFilename, archive: BinaryIO) -> bytes:
    wanted = f"{filename.literal_name}-{filename.literal_version}.dist-info/METADATA"
    with zipfile.ZipFile(archive) as wheel:
        try:
            member = wheel.getinfo(wanted)
        except KeyError:
            raise _invalid(f"it has no {wanted}") from None
        with wheel.open(member) as content:
            return _bounded(content.read(_LARGEST_METADATA + 1), wanted)


def _from_sdist(archive: BinaryIO) -> bytes:
    with tarfile.open(fileobj=archive, mode="r|gz") as sdist:
        for count, member in enumerate(sdist):
            if count > _MOST_MEMBERS_BEFORE_PKG_INFO:
                raise _invalid(f"it has more than {_MOST_MEMBERS_BEFORE_PKG_INFO} members")
            _top, _slash, rest = member.name.removeprefix("./").partition("/")
            if rest == "PKG-INFO" and member.isreg():
                content = sdist.extractfile(member)
                if content is not None:
                    return _bounded(content.read(_LARGEST_METADATA + 1), member.name)
    raise _invalid("it has no PKG-INFO in its top-level directory")


def _bounded(content: bytes, member: str) -> bytes:
    if len(content) > _LARGEST_METADATA:
        raise _invalid(f"its {member} is larger than {_LARGEST_METADATA // 1024 // 1024} MiB")
    return content


_KIND = {FileType.WHEEL: "wheel", FileType.SDIST: "gzipped tar archive"}


def _invalid(reason: str) -> InvalidArchive:
    return InvalidArchive(
        Problem("content", f"Invalid distribution file. The upload is refused because {reason}.")
    )
