"""
The project list, in segments that are rendered once and joined for each reader.

A list of a million projects is tens of megabytes, and one upload changes one entry.  So a
segment of about 1,000 projects is rendered and compressed on its own, and `gzip_stream`
puts the compressed pieces behind one another as they are: raw deflate data that ends in a
full flush (on a byte boundary, referring to nothing before it) may be followed by more.
What stands around and between the segments goes into uncompressed blocks of the same
stream.  Neither form ever holds more than one segment.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from pypi_core.domain.entities import ListedProject, Serial
from pypi_core.simple_api.as_html import html_closing, html_opening
from pypi_core.simple_api.as_json import Meta
from pypi_core.simple_api.crc32 import crc32_combine
from pypi_core.simple_api.etag import strong_etag
from pypi_core.simple_api.markup import escaped

_COMPRESSION_LEVEL = 6
_RAW_DEFLATE = -zlib.MAX_WBITS

# RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown system.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_GZIP_TRAILER_LENGTH = 8
_LONGEST_BLOCK = 0xFFFF


class ListFrame(msgspec.Struct, frozen=True, kw_only=True):
    """What stands before the first segment, between each two that are not empty, and behind the last."""

    head: bytes
    separator: bytes
    tail: bytes


class RenderedSegment(msgspec.Struct, frozen=True, kw_only=True):
    """
    One segment in one form, ready to be joined.

    *deflated* is its body as raw deflate data that ends in a full flush, and empty if the
    body is; *body_length* and *crc32* are those of the body, *digest* is its SHA-256 in hex.
    """

    body_length: int
    crc32: int
    digest: str
    deflated: bytes


class _Entry(msgspec.Struct, frozen=True):
    name: str
    last_serial: Serial = msgspec.field(name="_last-serial")


def json_frame(last_serial: Serial) -> ListFrame:
    """Return the frame of the list as JSON; *last_serial* is the newest of the whole index."""
    meta = msgspec.json.encode(Meta(last_serial=last_serial))
    return ListFrame(head=b'{"meta":' + meta + b',"projects":[', separator=b",", tail=b"]}")


def html_frame(last_serial: Serial) -> ListFrame:
    """Return the frame of the list as HTML; *last_serial* is the newest of the whole index."""
    return ListFrame(
        head=html_opening("Simple index").encode(), separator=b"", tail=html_closing(last_serial).encode()
    )


def list_segment_as_json(projects: Sequence[ListedProject]) -> bytes:
    """Return the entries of a segment for `json_frame`, without the brackets of a list."""
    # bandersnatch 8 skips an entry that has no serial.
    return msgspec.json.encode([_Entry(each.display_name, each.serial) for each in projects])[1:-1]


def list_segment_as_html(projects: Sequence[ListedProject]) -> bytes:
    """Return the entries of a segment for `html_frame`, an anchor per line."""
    # Relative: proxies, prefixes and static copies work.
    return "".join(
        f'<a href="{escaped(each.name)}/">{escaped(each.display_name)}</a><br>\n' for each in projects
    ).encode()


def render_segment(body: bytes) -> RenderedSegment:
    """Return *body*, a segment in one form, ready to be joined."""
    deflated = b""
    if body:
        compressor = zlib.compressobj(_COMPRESSION_LEVEL, zlib.DEFLATED, _RAW_DEFLATE)
        deflated = compressor.compress(body) + compressor.flush(zlib.Z_FULL_FLUSH)
    return RenderedSegment(
        body_length=len(body),
        crc32=zlib.crc32(body),
        digest=hashlib.sha256(body).hexdigest(),
        deflated=deflated,
    )


def list_etag(frame: ListFrame, digests: Iterable[str]) -> str:
    """Return a strong entity tag of the whole body from the digests of its segments, in their order."""
    framed = (frame.head, frame.separator, frame.tail)
    return strong_etag(
        msgspec.json.encode([hashlib.sha256(part).hexdigest() for part in framed] + [*digests])
    )


def identity_stream(frame: ListFrame, segments: Iterable[RenderedSegment]) -> Iterator[bytes]:
    """Yield the body, a segment at a time."""
    yield frame.head
    separator = b""
    for segment in segments:
        if segment.body_length:
            yield separator + zlib.decompressobj(_RAW_DEFLATE).decompress(segment.deflated)
            separator = frame.separator
    yield frame.tail


def identity_length(frame: ListFrame, body_lengths: Iterable[int]) -> int:
    """Return how many bytes `identity_stream` yields for segments of these body lengths."""
    lengths = [length for length in body_lengths if length]
    separators = max(0, len(lengths) - 1) * len(frame.separator)
    return len(frame.head) + sum(lengths) + separators + len(frame.tail)


def gzip_stream(frame: ListFrame, segments: Iterable[RenderedSegment]) -> Iterator[bytes]:
    """Yield the body as one gzip member, a segment at a time, compressing nothing anew."""
    yield _GZIP_HEADER + _stored(frame.head)
    crc, length = zlib.crc32(frame.head), len(frame.head)
    separator = b""
    for segment in segments:
        if segment.body_length:
            yield _stored(separator) + segment.deflated
            crc = crc32_combine(zlib.crc32(separator, crc), segment.crc32, segment.body_length)
            length += len(separator) + segment.body_length
            separator = frame.separator
    crc, length = zlib.crc32(frame.tail, crc), length + len(frame.tail)
    # RFC 1952: the CRC, then the length modulo 2 to the power of 32.
    yield (
        _stored(frame.tail, is_last=True) + crc.to_bytes(4, "little") + (length % 2**32).to_bytes(4, "little")
    )


def gzip_length(frame: ListFrame, deflated_lengths: Iterable[int]) -> int:
    """Return how many bytes `gzip_stream` yields for segments of these deflated lengths."""
    lengths = [length for length in deflated_lengths if length]
    separators = max(0, len(lengths) - 1) * len(_stored(frame.separator))
    around = len(_stored(frame.head)) + len(_stored(frame.tail, is_last=True))
    return len(_GZIP_HEADER) + around + sum(lengths) + separators + _GZIP_TRAILER_LENGTH


def _stored(content: bytes, *, is_last: bool = False) -> bytes:
    """Return *content* as uncompressed blocks of deflate data (RFC 1951, 3.2.4), none for no content."""
    blocks = [content[at : at + _LONGEST_BLOCK] for at in range(0, len(content), _LONGEST_BLOCK)]
    if is_last and not blocks:
        blocks = [b""]
    return b"".join(
        _block_head(len(block), is_final=is_last and number == len(blocks)) + block
        for number, block in enumerate(blocks, start=1)
    )


def _block_head(length: int, *, is_final: bool) -> bytes:
    # On a byte boundary: three bits of header fill a byte, then the length and its complement.
    return bytes([is_final]) + length.to_bytes(2, "little") + (length ^ 0xFFFF).to_bytes(2, "little")
