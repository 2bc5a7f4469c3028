"""
Gzipped tar archives written header by header, so that every header can lie.

`members_of` takes a sound sdist apart, `write_tar_gz` puts members together again; what the
standard library would not write, `tar_header` does.
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zlib
from collections.abc import Iterable

import msgspec

from damage.raw_zips import END_OF_DEFLATE, unfinished_zeros
from pypi_core.simple_api.crc32 import crc32_combine

_BLOCK = 512
_MOMENT = 1_580_601_600  # 2020-02-02
_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
_MEBIBYTE = 1 << 20


class TarMember(msgspec.Struct, frozen=True, kw_only=True):
    """One member; *size* is what its header tells, ``None`` the truth, *raw_size* the field as it is."""

    name: str
    content: bytes = b""
    kind: bytes = tarfile.REGTYPE
    link: str = ""
    mode: int = 0o644
    size: int | None = None
    raw_size: bytes | None = None
    pax_headers: dict[str, str] = {}


def members_of(sdist: bytes) -> list[TarMember]:
    """Return the files of a sound sdist, in their order."""
    with tarfile.open(fileobj=io.BytesIO(sdist), mode="r:gz") as opened:
        members = []
        for each in opened.getmembers():
            content = opened.extractfile(each)
            members.append(TarMember(name=each.name, content=content.read() if content else b""))
        return members


def write_tar(members: Iterable[TarMember]) -> bytes:
    """Return the tar archive of *members*, with its end."""
    return b"".join([*(_written(each) for each in members), bytes(2 * _BLOCK)])


def write_tar_gz(members: Iterable[TarMember]) -> bytes:
    """Return the gzipped tar archive of *members*."""
    return gzip.compress(write_tar(members), mtime=_MOMENT)


def tar_header(member: TarMember) -> bytes:
    """Return the header of *member*, and those that PAX puts before it."""
    info = tarfile.TarInfo(member.name)
    info.size = len(member.content) if member.size is None else member.size
    info.mode, info.mtime, info.type, info.linkname = member.mode, _MOMENT, member.kind, member.link
    info.pax_headers = dict(member.pax_headers)
    header = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    if member.raw_size is None:
        return header
    return header[:-_BLOCK] + with_checksum(
        header[-_BLOCK:-388] + member.raw_size.ljust(12, b"\0") + header[-376:]
    )


def with_checksum(header: bytes) -> bytes:
    """Return a header of one block whose checksum is right."""
    blank = header[:148] + b" " * 8 + header[156:]
    return header[:148] + b"%06o\0 " % sum(blank) + header[156:]


def bomb_tar_gz(member: str, size: int) -> bytes:
    """Return a gzipped tar with one member of *size* zeros, a whole number of MiB."""
    header = tar_header(TarMember(name=member, size=size))
    one = zlib.crc32(bytes(_MEBIBYTE))
    crc = zlib.crc32(header)
    for _ in range(size // _MEBIBYTE):
        crc = crc32_combine(crc, one, _MEBIBYTE)
    end = bytes(2 * _BLOCK)
    crc = zlib.crc32(end, crc)
    packed = _unfinished(header) + unfinished_zeros(size) + _unfinished(end) + END_OF_DEFLATE
    length = len(header) + size + len(end)
    return _GZIP_HEADER + packed + struct.pack("<2I", crc, length & 0xFFFFFFFF)


def many_members_tar_gz(top: str, count: int) -> bytes:
    """Return a gzipped tar of *count* empty members with the same name, but for its first PKG-INFO."""
    first = tar_header(TarMember(name=f"{top}/PKG-INFO"))
    block = tar_header(TarMember(name=f"{top}/x")) * 2048
    piece, one = _unfinished(block), zlib.crc32(block)
    crc = zlib.crc32(first)
    for _ in range(count // 2048):
        crc = crc32_combine(crc, one, len(block))
    packed = _unfinished(first) + piece * (count // 2048) + END_OF_DEFLATE
    length = len(first) + len(block) * (count // 2048)
    return _GZIP_HEADER + packed + struct.pack("<2I", crc, length & 0xFFFFFFFF)


def _unfinished(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)


def _written(member: TarMember) -> bytes:
    return tar_header(member) + member.content + bytes(-len(member.content) % _BLOCK)
