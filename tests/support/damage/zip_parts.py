"""A ZIP taken apart into its records, to be put together again wrongly."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_ZIP64_END: Final = struct.Struct("<4sQ2H2L4Q")
_ZIP64_LOCATOR: Final = struct.Struct("<4sLQL")
_DATE: Final = 20546  # 2020-02-02
_MADE_BY_UNIX: Final = 3 << 8 | 20


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """
    One member: its local record and its entry in the central directory.

    *data* is compressed as *method* says; nothing makes sure that sizes and *crc* are true of it.
    What starts with ``local_`` replaces, in the local header alone, what the directory says.
    *gap* are bytes between this record and the next; *directory_entries* says how many entries
    the directory has for this one record; *offset* replaces the true one in them.
    """

    name: bytes
    data: bytes
    size: int
    crc: int
    method: int = zipfile.ZIP_STORED
    flags: int = 0
    mode: int = 0o100644
    extra: bytes = b""
    comment: bytes = b""
    compressed_size: int | None = None
    local_name: bytes | None = None
    local_extra: bytes = b""
    local_size: int | None = None
    local_compressed_size: int | None = None
    local_crc: int | None = None
    local_method: int | None = None
    local_flags: int | None = None
    gap: bytes = b""
    directory_entries: int = 1
    offset: int | None = None
    disk: int = 0

    @property
    def _declared(self) -> int:
        return len(self.data) if self.compressed_size is None else self.compressed_size

    def local_record(self) -> bytes:
        """Return the local header, the data, and the gap behind them."""
        name = self.name if self.local_name is None else self.local_name
        header = _LOCAL.pack(
            b"PK\3\4",
            20,
            self.flags if self.local_flags is None else self.local_flags,
            self.method if self.local_method is None else self.local_method,
            0,
            _DATE,
            self.crc if self.local_crc is None else self.local_crc,
            self._declared if self.local_compressed_size is None else self.local_compressed_size,
            self.size if self.local_size is None else self.local_size,
            len(name),
            len(self.local_extra),
        )
        return b"".join([header, name, self.local_extra, self.data, self.gap])

    def central_entries(self, offset: int) -> bytes:
        """Return what the directory has for a record that starts at *offset*."""
        header = _CENTRAL.pack(
            b"PK\1\2",
            _MADE_BY_UNIX,
            20,
            self.flags,
            self.method,
            0,
            _DATE,
            self.crc,
            self._declared,
            self.size,
            len(self.name),
            len(self.extra),
            len(self.comment),
            self.disk,
            0,
            self.mode << 16,
            offset if self.offset is None else self.offset,
        )
        return b"".join([header, self.name, self.extra, self.comment]) * self.directory_entries


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """
    What stands behind the central directory, and before the first record.

    The numbers named ``more_*`` are added to what is true.  *zip64* writes the end record of
    ZIP64 and its locator too, *saturated* is whether the plain end record then refers to it.
    """

    prefix: bytes = b""
    comment: bytes = b""
    trailing: bytes = b""
    disk: int = 0
    more_entries: int = 0
    more_size: int = 0
    more_offset: int = 0
    zip64: bool = False
    saturated: bool = True
    locator: bool = True
    more_locator_offset: int = 0
    extensible_data: bytes = b""


_PLAIN: Final = Ending()


def take_apart(archive: bytes) -> list[Member]:
    """Return the members of a sound ZIP."""
    with zipfile.ZipFile(io.BytesIO(archive)) as parsed:
        return [_member(archive, info) for info in parsed.infolist()]


def put_together(members: Iterable[Member], ending: Ending = _PLAIN) -> bytes:
    """Return the ZIP of *members* in their order."""
    records: list[bytes] = [ending.prefix]
    entries: list[bytes] = []
    position, count = len(ending.prefix), 0
    for member in members:
        record = member.local_record()
        records.append(record)
        entries.append(member.central_entries(position))
        position += len(record)
        count += member.directory_entries
    return b"".join([*records, *entries, _ending(ending, count, sum(map(len, entries)), position)])


def extra_field(identifier: int, content: bytes) -> bytes:
    """Return one extra field with its header."""
    return struct.pack("<2H", identifier, len(content)) + content


def named(members: Sequence[Member], name: str) -> Member:
    """
    Return the member of that name.

    Raises:
        KeyError: There is none.
    """
    for member in members:
        if member.name == name.encode():
            return member
    raise KeyError(name)


def _member(archive: bytes, info: zipfile.ZipInfo) -> Member:
    name_length, extra_length = struct.unpack_from("<2H", archive, info.header_offset + 26)
    start = info.header_offset + _LOCAL.size + name_length + extra_length
    return Member(
        name=info.filename.encode(),
        data=archive[start : start + info.compress_size],
        size=info.file_size,
        crc=info.CRC,
        method=info.compress_type,
        flags=info.flag_bits,
        mode=info.external_attr >> 16,
    )


def _ending(ending: Ending, count: int, size: int, position: int) -> bytes:
    count, size, offset = count + ending.more_entries, size + ending.more_size, position + ending.more_offset
    records = b""
    if ending.zip64:
        length = _ZIP64_END.size - 12 + len(ending.extensible_data)
        records = _ZIP64_END.pack(b"PK\6\6", length, 45, 45, 0, 0, count, count, size, offset)
        records += ending.extensible_data
        if ending.locator:
            start = position + size - ending.more_size + ending.more_locator_offset
            records += _ZIP64_LOCATOR.pack(b"PK\6\7", 0, start, 1)
        if ending.saturated:
            count, size, offset = 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF
    end = _END.pack(b"PK\5\6", ending.disk, ending.disk, count, count, size, offset, len(ending.comment))
    return records + end + ending.comment + ending.trailing
