"""
The records of a ZIP, taken apart as APPNOTE.TXT describes them.

The standard library's `zipfile` reads what it can; here everything is refused that two
readers could understand in two ways.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

import msgspec

from pypi_core.domain.archives.contents import refusal
from pypi_core.domain.archives.extra_fields import check_unicode_path, read_extra_fields, widened
from pypi_core.errors import shown

LOCAL_SIGNATURE: Final = b"PK\3\4"
_CENTRAL_SIGNATURE: Final = b"PK\1\2"

# Left out are the versions of ZIP, the times of the files, and the internal attributes.
LOCAL_HEADER: Final = struct.Struct("<4s2x2H4x3L2H")
_CENTRAL_HEADER: Final = struct.Struct("<4s4x2H4x3L4H2x2L")

# Bits of the general purpose flags.
_ENCRYPTED: Final = 0x0001 | 0x0040 | 0x2000
_DESCRIPTOR: Final = 0x0008
_PATCH: Final = 0x0020
_UTF8: Final = 0x0800

_DESCRIPTOR_SIGNATURE: Final = b"PK\7\x08"
_SIGNED_DESCRIPTORS: Final = (16, 24)
# CRC-32, compressed size and size, the sizes of 4 bytes or, with ZIP64, of 8; by the length of it all.
_DESCRIPTORS: Final = {
    12: struct.Struct("<3L"),
    16: struct.Struct("<3L"),
    20: struct.Struct("<L2Q"),
    24: struct.Struct("<L2Q"),
}

STORED: Final = 0
DEFLATED: Final = 8


class ZipRules(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a ZIP may have although not every reader expects it.

    Installers read wheels in several ways, so that a wheel may have nothing of it.

    Attributes:
        comments: Comments of the archive and of its members; ``git archive`` writes one.
        descriptors: Sizes and sums behind the data, as tools write them that stream.
        unflagged_names: Names in UTF-8 that are not flagged so, as the Finder of macOS writes them.
    """

    comments: bool = False
    descriptors: bool = False
    unflagged_names: bool = False


STRICT: Final = ZipRules()


class Member(msgspec.Struct, frozen=True, gc=False):
    """
    One entry of the central directory.

    *raw_name* is the name to the byte, *attributes* are the external ones: the mode of a Unix
    file in the upper half, the attributes of DOS in the lower.
    """

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    compressed_size: int
    size: int
    offset: int
    attributes: int

    @property
    def is_folder(self) -> bool:
        """Whether it is a directory, which ZIPs tell by the slash at its end."""
        return self.name.endswith("/")

    @property
    def has_descriptor(self) -> bool:
        """Whether a data descriptor follows its data."""
        return bool(self.flags & _DESCRIPTOR)


def read_exactly(archive: BinaryIO, size: int) -> bytes:
    """Return the next *size* bytes."""
    content = archive.read(size)
    if len(content) == size:
        return content
    while len(content) < size:
        further = archive.read(size - len(content))
        if not further:
            raise refusal("it ends in the middle of a record")
        content += further
    return content


def read_directory(directory: bytes, count: int, rules: ZipRules = STRICT) -> list[Member]:
    """Return the members that a central directory of *count* entries lists, in its order."""
    members = []
    position = 0
    for _number in range(count):
        if len(directory) - position < _CENTRAL_HEADER.size:
            raise refusal("its central directory has fewer entries than its end record counts")
        member, position = _read_entry(directory, position, rules)
        members.append(member)
    if position != len(directory):
        raise refusal("its central directory has more in it than its end record counts")
    return members


def read_local_header(archive: BinaryIO, member: Member, rules: ZipRules = STRICT) -> int:
    """
    Check the local header, at which *archive* stands, against the directory's entry; return its length.

    Name, size, sum and method have to agree.  *archive* then stands at the member's data.
    """
    length = LOCAL_HEADER.size + len(member.raw_name)
    header = read_exactly(archive, length)
    (signature, flags, method, crc, compressed_size, size, name_length, extra_length) = (
        LOCAL_HEADER.unpack_from(header)
    )
    if signature != LOCAL_SIGNATURE:
        raise refusal(f"there is no local header where its directory says that {shown(member.name)} starts")
    if name_length != len(member.raw_name) or header[LOCAL_HEADER.size :] != member.raw_name:
        raise refusal(f"the local header of {shown(member.name)} has another name than the directory")
    _check_flags(flags, member.name, rules)
    if extra_length or 0xFFFFFFFF in (size, compressed_size):
        fields = read_extra_fields(read_exactly(archive, extra_length), member.name)
        check_unicode_path(fields, member.raw_name, member.name)
        size, compressed_size = widened((size, compressed_size), fields, member.name)
    if member.has_descriptor:
        # APPNOTE 4.4.4: they are zero here then; some writers put them here all the same.
        size, compressed_size = size or member.size, compressed_size or member.compressed_size
        crc = crc or member.crc
    if (size, compressed_size, crc) != (member.size, member.compressed_size, member.crc):
        raise refusal(f"the local header of {shown(member.name)} has another size or CRC than the directory")
    if method != member.method or (flags ^ member.flags) & (_UTF8 | _DESCRIPTOR):
        raise refusal(f"the local header of {shown(member.name)} has other flags than the directory")
    return length + int(extra_length)


def check_descriptor(archive: BinaryIO, member: Member, length: int) -> None:
    """Check the descriptor of *length* bytes, at which *archive* stands, against the directory's entry."""
    layout = _DESCRIPTORS.get(length)
    content = read_exactly(archive, length) if layout else b""
    start = content.removeprefix(_DESCRIPTOR_SIGNATURE) if length in _SIGNED_DESCRIPTORS else content
    declared = (member.crc, member.compressed_size, member.size)
    if layout is None or len(start) != layout.size or layout.unpack(start) != declared:
        raise refusal(f"the data descriptor of {shown(member.name)} is missing or contradicts the directory")


def _read_entry(directory: bytes, start: int, rules: ZipRules) -> tuple[Member, int]:
    (signature, flags, method, crc, compressed_size, size, *lengths, disk, attributes, offset) = (
        _CENTRAL_HEADER.unpack_from(directory, start)
    )
    name_length, extra_length, comment_length = lengths
    name_start = start + _CENTRAL_HEADER.size
    name_end = name_start + name_length
    end = name_end + extra_length
    if signature != _CENTRAL_SIGNATURE or end + comment_length > len(directory):
        raise refusal("its central directory has a record of an unknown kind, or one that overruns")
    raw_name = directory[name_start:name_end]
    name = _decoded(raw_name, flags, rules)
    if comment_length and not rules.comments:
        raise refusal(f"{shown(name)} has a comment, which not every reader expects")
    _check_flags(flags, name, rules)
    if extra_length or 0xFFFFFFFF in (size, compressed_size, offset):
        fields = read_extra_fields(directory[name_end:end], name)
        check_unicode_path(fields, raw_name, name)
        size, compressed_size, offset, disk = widened((size, compressed_size, offset, disk), fields, name)
    if disk:
        raise refusal(f"{shown(name)} is on another disk")
    if method not in (STORED, DEFLATED):
        raise refusal(
            f"{shown(name)} is compressed by method {method}: only stored (0) and deflated (8) are accepted"
        )
    member = Member(name, raw_name, flags, method, crc, compressed_size, size, offset, attributes)
    return member, end + int(comment_length)


def _decoded(raw_name: bytes, flags: int, rules: ZipRules) -> str:
    # Without the flag a name is in code page 437 to some readers, in UTF-8 to others.
    if raw_name.isascii() or flags & _UTF8 or rules.unflagged_names:
        try:
            return raw_name.decode()
        except UnicodeDecodeError:
            pass
    raise refusal(
        f"the member name {shown(raw_name.decode(errors='replace'))} is not UTF-8, or not flagged so"
    )


def _check_flags(flags: int, name: str, rules: ZipRules) -> None:
    if rules.descriptors:
        flags &= ~_DESCRIPTOR
    if not flags & (_ENCRYPTED | _DESCRIPTOR | _PATCH):
        return
    if flags & _ENCRYPTED:
        raise refusal(f"{shown(name)} is encrypted")
    if flags & _PATCH:
        raise refusal(f"{shown(name)} is patch data")
    raise refusal(
        f"the sizes of {shown(name)} stand behind its data (a data descriptor): "
        "write the archive to a file that can be sought in"
    )
