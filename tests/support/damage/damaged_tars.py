"""Sdists with one thing wrong: each function takes a sound one, or makes one, and returns bytes."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator

_BLOCK = 512
TOP = "sample-1.0"

Change = Callable[[tarfile.TarInfo], None]


def inflated(sdist: bytes) -> bytes:
    """Return the tar archive in an sdist."""
    return gzip.decompress(sdist)


def deflated(tar: bytes) -> bytes:
    """Return the sdist with this tar archive; the same bytes each time."""
    return gzip.compress(tar, mtime=0)


def with_tar_member(
    sdist: bytes,
    name: str,
    content: bytes = b"",
    change: Change | None = None,
    *,
    pax: dict[str, str] | None = None,
) -> bytes:
    """Return *sdist* with one member more, at the end, which *change* may make odd."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.pax_headers = pax or {}
    if change:
        change(member)
    added = member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    return deflated(_members(inflated(sdist)) + added + _padded(content) + bytes(2 * _BLOCK))


def with_tar_members(sdist: bytes, names: Iterable[str]) -> bytes:
    """Return *sdist* with an empty file more for each name, at the end."""
    added = b"".join(tarfile.TarInfo(name).tobuf(tarfile.PAX_FORMAT, "utf-8") for name in names)
    return deflated(_members(inflated(sdist)) + added + bytes(2 * _BLOCK))


def with_raw_header(sdist: bytes, header: bytes, content: bytes = b"") -> bytes:
    """Return *sdist* with one header block more, whose checksum is made right."""
    return deflated(_members(inflated(sdist)) + with_checksum(header) + _padded(content) + bytes(2 * _BLOCK))


def raw_header(name: str, **fields: bytes) -> bytes:
    """Return the header of an empty file; *fields* (mode, size, kind, link, magic) are put in as they are."""
    block = bytearray(tarfile.TarInfo(name).tobuf(tarfile.USTAR_FORMAT))
    for field, value in fields.items():
        start, end = _FIELDS[field]
        block[start:end] = value.ljust(end - start, b"\0")[: end - start]
    return bytes(block)


def with_checksum(header: bytes) -> bytes:
    """Return a header block with the checksum it should have."""
    checksum = sum(header[:148]) + 8 * 32 + sum(header[156:])
    return header[:148] + b"%06o\0 " % checksum + header[156:]


def damaged_checksum(sdist: bytes) -> bytes:
    """Return *sdist* with a wrong checksum in its first header."""
    tar = bytearray(inflated(sdist))
    tar[148:155] = b"0000001"
    return deflated(bytes(tar))


def cut_tar(sdist: bytes) -> bytes:
    """Return *sdist* whose gzip stream is whole, but whose tar archive ends in the middle of a member."""
    return deflated(_members(inflated(sdist))[: -_BLOCK - 100])


def with_data_behind_the_end(sdist: bytes) -> bytes:
    """Return *sdist* with a second archive behind the end of the first."""
    return deflated(inflated(sdist) + inflated(sdist))


def with_damaged_stream(sdist: bytes) -> bytes:
    """Return *sdist* with some bytes changed in the middle of its compressed data."""
    middle = len(sdist) // 2
    return sdist[:middle] + bytes(byte ^ 0xFF for byte in sdist[middle : middle + 8]) + sdist[middle + 8 :]


def with_wrong_crc(sdist: bytes) -> bytes:
    """Return *sdist* with a wrong checksum at the end of its gzip stream."""
    return sdist[:-8] + bytes(4) + sdist[-4:]


def with_gzip_behind(sdist: bytes) -> bytes:
    """Return *sdist* with a second gzip stream behind it, which some readers read and some do not."""
    return sdist + gzip.compress(b"more", mtime=0)


def many_empty_members(count: int) -> bytes:
    """Return a small sdist of *count* empty members, made without holding them."""
    end = raw_header(f"{TOP}/{0:07}")[len(TOP) + 8 :]
    return _streamed(with_checksum(b"%s/%07d%s" % (TOP.encode(), each, end)) for each in range(count))


def tar_bomb(size: int) -> bytes:
    """Return a small sdist that unpacks to *size* bytes of zeros in one member, made without holding them."""
    member = tarfile.TarInfo(f"{TOP}/zeros")
    member.size = size

    def blocks() -> Iterator[bytes]:
        yield member.tobuf(tarfile.GNU_FORMAT)
        for _ in range(size // 2**20):
            yield bytes(2**20)

    return _streamed(blocks())


def _streamed(blocks: Iterable[bytes]) -> bytes:
    packed = io.BytesIO()
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for block in blocks:
        packed.write(packer.compress(block))
    packed.write(packer.flush())
    return packed.getvalue()


def _members(tar: bytes) -> bytes:
    """Return a tar archive without its end."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        archive.getmembers()
        return tar[: archive.offset]


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % _BLOCK)


_FIELDS = {
    "name": (0, 100),
    "mode": (100, 108),
    "size": (124, 136),
    "kind": (156, 157),
    "link": (157, 257),
    "magic": (257, 265),
}
