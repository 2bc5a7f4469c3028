"""What a member of a ZIP holds, decompressed piece by piece and counted."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from pypi_core.domain.archives.contents import refusal
from pypi_core.domain.archives.zip_records import STORED, Member, read_exactly
from pypi_core.errors import shown

# Both fit the second cache, so the sums over a piece are computed where it just was written.
_COMPRESSED_PIECE: Final = 64 * 1024
_LARGEST_PIECE: Final = 512 * 1024


def inflate(archive: BinaryIO, member: Member) -> Iterator[bytes]:
    """
    Yield the content of the member at whose data *archive* stands, and leave it at the data's end.

    The content is of the declared size and CRC-32.
    """
    crc, left = 0, member.size
    for piece in _pieces(archive, member):
        left -= len(piece)
        if left < 0:
            raise refusal(f"{shown(member.name)} is larger than it declares")
        crc = zlib.crc32(piece, crc)
        yield piece
    if left:
        raise refusal(f"{shown(member.name)} is smaller than it declares")
    if crc != member.crc:
        raise refusal(f"the content of {shown(member.name)} does not have the CRC-32 it declares")


def _pieces(archive: BinaryIO, member: Member) -> Iterator[bytes]:
    if member.method == STORED:
        return _stored(archive, member)
    if member.is_folder and not member.compressed_size:
        return iter(())  # some writers mark folders as deflated that have no data at all
    return _deflated(archive, member)


def _stored(archive: BinaryIO, member: Member) -> Iterator[bytes]:
    if member.compressed_size != member.size:
        raise refusal(f"{shown(member.name)} is stored and declares two different sizes")
    left = member.size
    while left:
        piece = read_exactly(archive, min(left, _LARGEST_PIECE))
        left -= len(piece)
        yield piece


def _deflated(archive: BinaryIO, member: Member) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    # One byte more than was declared shows that there is more.
    largest = min(_LARGEST_PIECE, member.size + 1)
    left = member.compressed_size
    try:
        while left and not stream.eof:
            data = read_exactly(archive, min(left, _COMPRESSED_PIECE))
            left -= len(data)
            # At the end of its stream zlib may go on to show what it was given before as not consumed.
            while data and not stream.eof:
                yield stream.decompress(data, largest)
                data = stream.unconsumed_tail
        while not stream.eof and (piece := stream.decompress(b"", largest)):
            yield piece
    except zlib.error as error:
        raise refusal(f"the compressed data of {shown(member.name)} are broken") from error
    if not stream.eof:
        raise refusal(f"the compressed data of {shown(member.name)} break off")
    if left or stream.unused_data:
        raise refusal(f"there are bytes behind the compressed data of {shown(member.name)}")
