"""Parts of a file (RFC 9110, section 14)."""

from __future__ import annotations

import re

import msgspec

# More digits than any file has bytes; Python refuses to convert thousands of them.
_ONE_RANGE = re.compile(
    r"bytes[ \t]*=[ \t]*(?P<first>[0-9]{0,18})[ \t]*-[ \t]*(?P<last>[0-9]{0,18})[ \t]*\Z", re.IGNORECASE
)


class ByteRange(msgspec.Struct, frozen=True):
    """*length* bytes from the offset *start* on."""

    start: int
    length: int


class Unsatisfiable(Exception):
    """The range begins behind the end of the file."""


def requested_range(header: str | None, if_range: str | None, etag: str, size: int) -> ByteRange | None:
    """
    Return the part of *size* bytes to send, ``None`` for all of them.

    A ``Range`` of several parts or of another unit is ignored, as is one whose ``If-Range``
    does not name *etag*: by date nothing is comparable here.

    Raises:
        Unsatisfiable: The range begins behind the end.
    """
    match = _ONE_RANGE.match(header.strip()) if header else None
    # RFC 9110, 13.1.5: the comparison is the strong one.
    if match is None or (if_range is not None and if_range.strip() != etag):
        return None
    first, last = match["first"], match["last"]
    if first:
        return _from_start(int(first), int(last) if last else size - 1, size)
    if not last:
        return None
    length = min(int(last), size)
    if not length:
        raise Unsatisfiable
    return ByteRange(size - length, length)


def _from_start(first: int, last: int, size: int) -> ByteRange | None:
    if first >= size:
        raise Unsatisfiable
    if last < first:
        return None
    return ByteRange(first, min(last, size - 1) - first + 1)
