"""
One block of a tar header, and the records of a pax one (POSIX.1-2001, ``pax``; GNU tar).

Parsed here and not by `tarfile`, which is lenient where readers differ and takes extended
headers of any size into memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from pypi_core.domain.archives.contents import refusal
from pypi_core.errors import shown

BLOCK = 512
_LARGEST_NUMBER = 2**63 - 1
_MAGICS = {b"ustar\0", b"ustar "}
_ABSENT_MAGIC = b"\0" * 6


class TarHeader(msgspec.Struct, frozen=True, kw_only=True):
    """
    A header block as it stands.

    ``kind`` is the type flag; ``name`` has the prefix of ustar in front.
    """

    kind: bytes
    name: bytes
    link: bytes
    size: int
    mode: int


def parse_header(block: bytes) -> TarHeader:
    """
    Read a header block.

    Raises:
        InvalidArchive: It is not one, or has a number that cannot be read.
    """
    checksum = sum(block[:148]) + 8 * ord(" ") + sum(block[156:])
    if _number(block[148:156]) != checksum:
        raise refusal("a header of its tar archive is damaged: its checksum is wrong")
    magic = block[257:263]
    if magic not in _MAGICS and magic != _ABSENT_MAGIC:
        raise refusal("its tar archive has a header of an unknown format")
    name = _text(block[0:100])
    if magic == b"ustar\0" and (prefix := _text(block[345:500])):
        name = prefix + b"/" + name
    return TarHeader(
        kind=block[156:157],
        name=name,
        link=_text(block[157:257]),
        size=_number(block[124:136]),
        mode=_number(block[100:108]),
    )


def parse_pax_records(content: bytes) -> Mapping[str, bytes]:
    """Read the records of an extended header: ``length keyword=value`` and a line break each."""
    records: dict[str, bytes] = {}
    position = 0
    while position < len(content):
        match = _RECORD.match(content, position)
        end = position + int(match["length"]) if match else 0
        if match is None or not match.end() < end <= len(content) or content[end - 1 : end] != b"\n":
            raise refusal("its tar archive has a malformed extended header")
        keyword = match["keyword"].decode("utf-8", "replace")
        if keyword in records:
            raise refusal(f"an extended header of its tar archive says {shown(keyword)} twice")
        records[keyword] = content[match.end() : end - 1]
        position = end
    return records


def pax_size(value: bytes) -> int:
    """
    Read a size that an extended header gives.

    Raises:
        InvalidArchive: It is not one.
    """
    if not re.fullmatch(rb"[0-9]{1,19}", value) or int(value) > _LARGEST_NUMBER:
        raise refusal("its tar archive has a member of a negative or senseless size")
    return int(value)


def _number(field: bytes) -> int:
    """Read octal digits, or the base 256 that GNU tar writes for what is too large."""
    if field[:1] in {b"\x80", b"\xff"}:
        number = int.from_bytes(field[1:], "big", signed=False)
        if field[:1] == b"\xff" or number > _LARGEST_NUMBER:
            raise refusal("its tar archive has a member of a negative or senseless size")
        return number
    digits = field.strip(b" \0")
    if not _OCTAL.match(digits):
        raise refusal("a header of its tar archive is damaged: a number cannot be read")
    return int(digits or b"0", 8)


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


# Beside digits there may be padding alone; what follows a NUL readers do not agree about.
_OCTAL = re.compile(rb"[0-7]*\Z")
_RECORD = re.compile(rb"(?P<length>[1-9][0-9]{0,9}) (?P<keyword>[^=\n]+)=")
