"""
ZIP archives written field by field, so that every field can lie.

`entries_of` takes a sound archive apart, `msgspec.structs.replace` makes an entry lie in
both headers, its `local` in one of them, and `write_zip` puts all together again.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from pypi_core.simple_api.crc32 import crc32_combine

STORED: Final = 0
DEFLATED: Final = 8

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_DATE: Final = 0x5042  # 2020-02-02
_UTF8: Final = 0x800
_MEBIBYTE: Final = 1 << 20


class ZipEntry(msgspec.Struct, frozen=True, kw_only=True):
    """
    One member, as its headers tell it.

    *packed* stands in the archive as it is.  *local* replaces attributes in the local
    header alone; *behind* follows the data, as a data descriptor does.
    """

    name: bytes
    packed: bytes
    crc: int
    size: int
    packed_size: int
    method: int = DEFLATED
    flags: int = 0
    extra: bytes = b""
    comment: bytes = b""
    attributes: int = 0o100644 << 16
    local: Mapping[str, object] = {}
    behind: bytes = b""
    in_stream: bool = True
    in_directory: bool = True


class EndRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What the end record says; ``None`` is the truth.  *before* and *after* stand around it."""

    disk: int = 0
    entries: int | None = None
    entries_on_disk: int | None = None
    directory_size: int | None = None
    directory_offset: int | None = None
    comment: bytes = b""
    before: bytes = b""
    after: bytes = b""


def zip_entry(name: str | bytes, content: bytes, *, method: int = DEFLATED, **fields: object) -> ZipEntry:
    """Return an entry that tells the truth about *content*, but for what *fields* say."""
    packed = _deflate(content) if method == DEFLATED else content
    raw = name.encode() if isinstance(name, str) else name
    truth = ZipEntry(
        name=raw,
        packed=packed,
        crc=zlib.crc32(content),
        size=len(content),
        packed_size=len(packed),
        method=method,
        flags=0 if raw.isascii() else _UTF8,
    )
    return msgspec.structs.replace(truth, **fields)


def entries_of(archive: bytes) -> list[ZipEntry]:
    """Return the members of a sound ZIP, in their order."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return [
            zip_entry(each.filename, opened.read(each), method=each.compress_type)
            for each in opened.infolist()
        ]


def write_zip(entries: Iterable[ZipEntry], end: EndRecord | None = None, *, prefix: bytes = b"") -> bytes:
    """Return the archive: *prefix*, the members, the central directory and the end record."""
    end = end or EndRecord()
    stream, directory = bytearray(prefix), bytearray()
    offset, count = len(prefix), 0
    for entry in entries:
        if entry.in_stream:
            offset = len(stream)
            stream += local_header(entry) + entry.packed + entry.behind
        if entry.in_directory:
            directory += _central_header(entry, offset)
            count += 1
    return bytes(stream + directory + end.before + _end_record(end, count, len(directory), len(stream)))


def local_header(entry: ZipEntry) -> bytes:
    """Return the local header of *entry*."""
    told = msgspec.structs.replace(entry, **entry.local)
    return b"".join(
        [
            _LOCAL.pack(
                b"PK\x03\x04",
                20,
                told.flags,
                told.method,
                0,
                _DATE,
                told.crc,
                told.packed_size,
                told.size,
                len(told.name),
                len(told.extra),
            ),
            told.name,
            told.extra,
        ]
    )


def data_descriptor(entry: ZipEntry) -> ZipEntry:
    """Return *entry* as programs write it that cannot seek: its sizes behind its data."""
    behind = struct.pack("<4s3I", b"PK\x07\x08", entry.crc, entry.packed_size, entry.size)
    local = {"crc": 0, "packed_size": 0, "size": 0}
    return msgspec.structs.replace(entry, flags=entry.flags | 8, local=local, behind=behind)


def zip64_extra(*numbers: int) -> bytes:
    """Return the extra field 0x0001 with these 8-byte numbers."""
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def zip64_end(entries: int, size: int, offset: int, *, further: bytes = b"", locator: bool = True) -> bytes:
    """Return a ZIP64 end record with *further* data in it, and its locator."""
    record = struct.pack(
        "<4sQ2H2I4Q",
        b"PK\x06\x06",
        44 + len(further),
        45,
        45,
        0,
        0,
        entries,
        entries,
        size,
        offset,
    )
    where = struct.pack("<4sIQI", b"PK\x06\x07", 0, offset + size, 1) if locator else b""
    return record + further + where


def bomb_entry(name: str, size: int, *, told: int | None = None) -> ZipEntry:
    """Return an entry that inflates to *size* bytes, a whole number of MiB; its headers tell *told*."""
    packed, crc = _deflated_zeros(size // _MEBIBYTE)
    return ZipEntry(
        name=name.encode(),
        packed=packed,
        crc=crc,
        size=size if told is None else told,
        packed_size=len(packed),
    )


def overlapping_entries(count: int, size: int) -> list[ZipEntry]:
    """
    Return *count* entries that share one member of *size* bytes, each under a name of its own.

    Only the first is in the stream; the central directory leads all others to it.
    """
    kernel = bomb_entry("bomb/0.bin", size)
    others = [
        msgspec.structs.replace(kernel, name=f"bomb/{number}.bin".encode(), in_stream=False)
        for number in range(1, count)
    ]
    return [kernel, *others]


def quoting_entries(count: int, size: int) -> list[ZipEntry]:
    """
    Return *count* entries of which each quotes the headers of all behind it, and inflates their data.

    Local headers and central directory agree, every CRC is right, and *size* bytes of
    zeros stand in the archive once: seen alone, each member is sound.
    """
    kernel = bomb_entry(f"bomb/{count - 1:04}.bin", size)
    entries = [kernel]
    for number in reversed(range(count - 1)):
        behind = entries[0]
        header = local_header(behind)
        # A deflate block that is stored, and not the last, quotes the header as data.
        quote = struct.pack("<B2H", 0, len(header), len(header) ^ 0xFFFF)
        entries.insert(
            0,
            ZipEntry(
                name=f"bomb/{number:04}.bin".encode(),
                packed=quote,
                crc=crc32_combine(zlib.crc32(header), behind.crc, behind.size),
                size=len(header) + behind.size,
                packed_size=len(quote) + len(header) + behind.packed_size,
            ),
        )
    return entries


def deflated_zeros(size: int) -> bytes:
    """Return a raw deflate stream of *size* zeros, a whole number of MiB, without inflating it once."""
    return _deflated_zeros(size // _MEBIBYTE)[0]


def unfinished_zeros(size: int) -> bytes:
    """Return a raw deflate stream of *size* zeros that another one may follow."""
    return _zeros() * (size // _MEBIBYTE)


END_OF_DEFLATE: Final = b"\x03\x00"
"""An empty block, the last one of a stream."""


def _deflated_zeros(mebibytes: int) -> tuple[bytes, int]:
    one = crc = zlib.crc32(bytes(_MEBIBYTE))
    for _ in range(mebibytes - 1):
        crc = crc32_combine(crc, one, _MEBIBYTE)
    return _zeros() * mebibytes + END_OF_DEFLATE, crc


def _zeros() -> bytes:
    # A full flush forgets what was before, so that the piece can be repeated.
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(bytes(_MEBIBYTE)) + packer.flush(zlib.Z_FULL_FLUSH)


def _deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def _central_header(entry: ZipEntry, offset: int) -> bytes:
    fixed = _CENTRAL.pack(
        b"PK\x01\x02",
        0x0314,
        20,
        entry.flags,
        entry.method,
        0,
        _DATE,
        entry.crc,
        entry.packed_size,
        entry.size,
        len(entry.name),
        len(entry.extra),
        len(entry.comment),
        0,
        0,
        entry.attributes,
        offset,
    )
    return fixed + entry.name + entry.extra + entry.comment


def _end_record(end: EndRecord, count: int, size: int, offset: int) -> bytes:
    record = _END.pack(
        b"PK\x05\x06",
        end.disk,
        0,
        count if end.entries_on_disk is None else end.entries_on_disk,
        count if end.entries is None else end.entries,
        size if end.directory_size is None else end.directory_size,
        offset if end.directory_offset is None else end.directory_offset,
        len(end.comment),
    )
    return record + end.comment + end.after
