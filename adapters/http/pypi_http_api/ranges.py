"""Parts of a file (RFC 9110, section 14)."""

from __future__ import annotations

import re

import msgspec

_ONE_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*\Z", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range begins behind the end of the file."""


class Span(msgspec.Struct, frozen=True):
    """Bytes from *start* up to, and without, *stop*."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """How many bytes there are."""
        return self.stop - self.start


def requested_span(header: str | None, size: int) -> Span | None:
    """
    Read a ``Range`` header for a file of *size* bytes; ``None`` asks for the whole file.

    A malformed header, another unit and several ranges are answered with the whole file,
    as the standard permits: clients of an index ask for one range at a time.

    Raises:
        Unsatisfiable: There are no such bytes.
    """
    match = _ONE_RANGE.match((header or "").strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        length = min(int(match[2]), size)
        if length == 0:
            raise Unsatisfiable
        return Span(size - length, size)
    start = int(match[1])
    if match[2] and int(match[2]) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return Span(start, min(int(match[2]) + 1, size) if match[2] else size)
