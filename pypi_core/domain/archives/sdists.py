"""Sdists: the rules of PEP 625 and of tar archives that are safe to unpack (STANDARDS 2.7)."""

from __future__ import annotations

import tarfile
import zlib
from typing import BinaryIO

from pypi_core.domain.archives.contents import ArchiveContents, refusal
from pypi_core.domain.filenames import DistributionFilename

_LARGEST_METADATA = 8 * 1024 * 1024
_MOST_MEMBERS = 100_000


def read_sdist(filename: DistributionFilename, archive: BinaryIO) -> ArchiveContents:
    """
    Read an sdist.

    Raises:
        InvalidArchive: The bytes are no sdist.
    """
    try:
        metadata = _pkg_info(archive)
    except (
        tarfile.TarError,
        zlib.error,
        EOFError,
        OSError,  # gzip reports a bad header so
        UnicodeDecodeError,
        ValueError,
    ) as error:
        raise refusal(f"the file cannot be read as a gzipped tar archive ({error})") from error
    return ArchiveContents(metadata_file=metadata)


def _pkg_info(archive: BinaryIO) -> bytes:
    with tarfile.open(fileobj=archive, mode="r|gz") as sdist:
        for count, member in enumerate(sdist):
            if count > _MOST_MEMBERS:
                raise refusal(f"it has more than {_MOST_MEMBERS} members")
            _top, _slash, rest = member.name.removeprefix("./").partition("/")
            if rest == "PKG-INFO" and member.isreg():
                content = sdist.extractfile(member)
                if content is not None:
                    return _bounded(content.read(_LARGEST_METADATA + 1), member.name)
    raise refusal("it has no PKG-INFO in its top-level directory")


def _bounded(content: bytes, member: str) -> bytes:
    if len(content) > _LARGEST_METADATA:
        raise refusal(f"its {member} is larger than {_LARGEST_METADATA // 1024 // 1024} MiB")
    return content
