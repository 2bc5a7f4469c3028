"""The end records of a ZIP: where its central directory is."""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

import msgspec

from pypi_core.domain.archives.contents import refusal
from pypi_core.domain.archives.zip_records import STRICT, ZipRules, read_exactly

END_SIGNATURE: Final = b"PK\5\6"

_END: Final = struct.Struct("<4s4H2LH")
_ZIP64_END: Final = struct.Struct("<4sQ2H2L4Q")
_ZIP64_LOCATOR: Final = struct.Struct("<4sLQL")
_LONGEST_COMMENT: Final = 0xFFFF


class Directory(msgspec.Struct, frozen=True):
    """How many entries the central directory has, its size and where it starts."""

    count: int
    size: int
    offset: int


def find_directory(archive: BinaryIO, size: int, rules: ZipRules = STRICT) -> Directory:
    """
    Return where the central directory of an archive of *size* bytes is.

    It ends where the end records begin, and these where the file does, or the archive's comment.
    """
    if rules.comments:
        size -= _comment_length(archive, size)
    length = min(size, _END.size + _ZIP64_LOCATOR.size + _ZIP64_END.size)
    archive.seek(size - length)
    tail = read_exactly(archive, length)
    before, end_record = tail[: -_END.size], tail[-_END.size :]
    if len(end_record) < _END.size or not end_record.startswith(END_SIGNATURE):
        raise refusal(_why_no_end(archive, size))
    (_signature, disk, first_disk, count_here, count, directory_size, offset, comment) = _END.unpack(
        end_record
    )
    if comment and not rules.comments:
        raise refusal("its end record announces an archive comment")
    if disk or first_disk or count_here != count:
        raise refusal("it is spread over several disks")
    directory = Directory(count, directory_size, offset)
    end = size - _END.size
    if before[-_ZIP64_LOCATOR.size :].startswith(b"PK\6\7"):
        end -= _ZIP64_LOCATOR.size + _ZIP64_END.size
        directory = _zip64(before, end, directory)
    if directory.offset + directory.size != end:
        raise refusal(
            "its end record does not say where the central directory is: "
            "bytes were put before or into the archive, or ZIP64 records are missing"
        )
    return directory


def _comment_length(archive: BinaryIO, size: int) -> int:
    """Return how long the comment is at the end of the archive; it may quote no end record."""
    length = min(size, _END.size + _LONGEST_COMMENT)
    archive.seek(size - length)
    tail = read_exactly(archive, length)
    record = tail[max(tail.rfind(END_SIGNATURE), 0) :]
    behind = len(record) - _END.size
    has_end = record.startswith(END_SIGNATURE) and behind >= 0
    return behind if has_end and _END.unpack_from(record)[-1] == behind else 0


def _zip64(before: bytes, start: int, narrow: Directory) -> Directory:
    record, locator = before[: -_ZIP64_LOCATOR.size], before[-_ZIP64_LOCATOR.size :]
    if len(record) < _ZIP64_END.size:
        raise refusal("it is too short for the records of ZIP64 that it has")
    _signature, disk, offset, disks = _ZIP64_LOCATOR.unpack(locator)
    if disk or disks != 1 or offset != start:
        raise refusal(
            "its ZIP64 locator does not point to the end record of ZIP64 in front of it, "
            "or that has extensible data"
        )
    (
        signature, length, _made_by, _version, disk, first_disk, count_here, count, size, offset,
    ) = _ZIP64_END.unpack(record)  # fmt: skip
    if signature != b"PK\6\6" or length != _ZIP64_END.size - 12:
        raise refusal("its end record of ZIP64 is missing, or has extensible data")
    if disk or first_disk or count_here != count:
        raise refusal("it is spread over several disks")
    wide = Directory(count, size, offset)
    if (
        narrow.count not in (count, 0xFFFF)
        or narrow.size not in (size, 0xFFFFFFFF)
        or narrow.offset not in (offset, 0xFFFFFFFF)
    ):
        raise refusal("its end record contradicts its end record of ZIP64")
    return wide


def _why_no_end(archive: BinaryIO, size: int) -> str:
    length = min(size, _END.size + _LONGEST_COMMENT)
    archive.seek(size - length)
    if END_SIGNATURE in read_exactly(archive, length):
        return "something stands behind the end record of the ZIP archive, a comment or other bytes"
    return "it does not end as a ZIP archive does: it is not one, or was cut off"
