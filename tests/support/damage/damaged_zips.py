"""
ZIPs with one thing wrong, made from a sound wheel, byte by byte.

Each function takes the bytes of a sound ZIP and returns those of one that breaks one rule of
docs/reference/standards/wheels.md#zip-framing and is otherwise as well made as it
can be; `DAMAGES` names them all.  RECORD is never amended: what damages the framing is found
before it is read.
"""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from damage.zip_parts import Ending, Member, extra_field, put_together, take_apart

_UNICODE_PATH: Final = 0x7075
_ZIP64: Final = 0x0001
_SATURATED: Final = 0xFFFFFFFF


def sound(archive: bytes) -> bytes:
    """Return the same members, with the framing of this module and nothing wrong."""
    return put_together(take_apart(archive))


# What stands around the records.


def with_prefix(archive: bytes, prefix: bytes = b"#!/bin/sh\nexit 1\n") -> bytes:
    """Put bytes before the first record and correct every offset, as self-extractors do."""
    return put_together(take_apart(archive), Ending(prefix=prefix))


def with_uncounted_prefix(archive: bytes, prefix: bytes = b"#!/bin/sh\nexit 1\n") -> bytes:
    """Put bytes before the first record and leave the offsets: most readers find their way."""
    return prefix + archive


def with_trailing_bytes(archive: bytes, trailing: bytes = b"\n") -> bytes:
    """Put bytes behind the end record."""
    return archive + trailing


def concatenated(archive: bytes, second: bytes | None = None) -> bytes:
    """Put two ZIPs into one file: some readers see the first, some the second."""
    return archive + (sound(archive) if second is None else second)


def with_archive_comment(archive: bytes, comment: bytes = b"a comment") -> bytes:
    """Give the archive a comment."""
    return put_together(take_apart(archive), Ending(comment=comment))


def with_more_disks(archive: bytes) -> bytes:
    """Say in the end record that this is the second disk."""
    return put_together(take_apart(archive), Ending(disk=1))


def with_wrong_count(archive: bytes, more: int = -1) -> bytes:
    """Let the end record count other than there are."""
    return put_together(take_apart(archive), Ending(more_entries=more))


def with_wrong_directory_size(archive: bytes, more: int = 1) -> bytes:
    """Let the end record tell a wrong size of the directory."""
    return put_together(take_apart(archive), Ending(more_size=more))


def with_wrong_directory_offset(archive: bytes, more: int = -1) -> bytes:
    """Let the end record tell a wrong offset of the directory."""
    return put_together(take_apart(archive), Ending(more_offset=more))


def without_end(archive: bytes) -> bytes:
    """Cut the end record off."""
    return archive[:-22]


def without_members(_archive: bytes) -> bytes:
    """Return the empty ZIP."""
    return put_together([])


# ZIP64.


def with_zip64_end(archive: bytes) -> bytes:
    """Write the end record as ZIP64 too: sound, if unusual."""
    return put_together(take_apart(archive), Ending(zip64=True))


def with_extensible_zip64_end(archive: bytes, data: bytes = b"\0" * 8) -> bytes:
    """Write an end record of ZIP64 that carries extensible data."""
    return put_together(take_apart(archive), Ending(zip64=True, extensible_data=data))


def without_zip64_locator(archive: bytes) -> bytes:
    """Write an end record of ZIP64 that nothing points to."""
    return put_together(take_apart(archive), Ending(zip64=True, locator=False))


def with_wrong_zip64_locator(archive: bytes, more: int = 4) -> bytes:
    """Let the locator of ZIP64 point elsewhere."""
    return put_together(take_apart(archive), Ending(zip64=True, more_locator_offset=more))


def with_zip64_sizes(archive: bytes) -> bytes:
    """Declare the first member's sizes in a ZIP64 extra field: sound, if unusual."""
    first, *others = take_apart(archive)
    sizes = extra_field(_ZIP64, struct.pack("<2Q", first.size, len(first.data)))
    declared = replace(first, local_extra=sizes, local_size=_SATURATED, local_compressed_size=_SATURATED)
    return put_together([declared, *others])


def with_contradicting_zip64_sizes(archive: bytes) -> bytes:
    """Declare in a ZIP64 extra field other sizes than in the headers."""
    first, *others = take_apart(archive)
    sizes = extra_field(_ZIP64, struct.pack("<2Q", first.size + 1, len(first.data) + 1))
    return put_together([replace(first, local_extra=sizes), *others])


def with_short_zip64_extra(archive: bytes) -> bytes:
    """Give the first member a ZIP64 extra field of a length that there is not."""
    return with_extra_field(archive, extra_field(_ZIP64, b"\0" * 12))


def with_duplicate_zip64_extra(archive: bytes) -> bytes:
    """Give the first member two ZIP64 extra fields."""
    return with_extra_field(archive, extra_field(_ZIP64, b"") * 2)


# Extra fields.


def with_extra_field(archive: bytes, extra: bytes) -> bytes:
    """Give the first member the bytes *extra* as its extra fields, in both headers."""
    first, *others = take_apart(archive)
    return put_together([replace(first, extra=extra, local_extra=extra), *others])


def with_duplicate_unicode_paths(archive: bytes) -> bytes:
    """Give the first member its Unicode path twice."""
    first = take_apart(archive)[0]
    return with_extra_field(archive, _unicode_path(first, first.name) * 2)


def with_other_unicode_path(archive: bytes, path: bytes = b"other.py") -> bytes:
    """Give the first member a Unicode path that differs from its name."""
    return with_extra_field(archive, _unicode_path(take_apart(archive)[0], path))


def with_control_character_in_unicode_path(archive: bytes) -> bytes:
    """Give the first member a Unicode path with a line break."""
    first = take_apart(archive)[0]
    return with_extra_field(archive, _unicode_path(first, first.name + b"\n"))


def with_overrunning_extra(archive: bytes) -> bytes:
    """Give the first member an extra field that claims to be longer than the extra fields are."""
    return with_extra_field(archive, struct.pack("<2H", 0xCAFE, 100) + b"short")


def _unicode_path(member: Member, path: bytes) -> bytes:
    return extra_field(_UNICODE_PATH, struct.pack("<BL", 1, zlib.crc32(member.name)) + path)


# Members and their records.


def with_duplicate_member(archive: bytes) -> bytes:
    """Have the first member twice."""
    first, *others = take_apart(archive)
    return put_together([first, *others, first])


def with_duplicate_directory_entry(archive: bytes) -> bytes:
    """Have two entries in the directory for the first record."""
    first, *others = take_apart(archive)
    return put_together([replace(first, directory_entries=2), *others])


def with_hidden_member(archive: bytes, name: bytes = b"hidden.py") -> bytes:
    """Have a record that the directory does not know."""
    hidden = replace(_stored(name, b"print('hidden')\n"), directory_entries=0)
    return put_together([hidden, *take_apart(archive)])


def with_ghost(archive: bytes, name: bytes = b"ghost.py") -> bytes:
    """Have an entry in the directory, with another name, for the first record."""
    members = take_apart(archive)
    return _with_further_entries(members, [replace(members[0], name=name)], [0])


def with_other_local_name(archive: bytes, name: bytes = b"other.py") -> bytes:
    """Call the first member otherwise in its local header."""
    first, *others = take_apart(archive)
    return put_together([replace(first, local_name=name), *others])


def with_other_local_sizes(archive: bytes) -> bytes:
    """Tell a larger size of the first member in its local header."""
    first, *others = take_apart(archive)
    return put_together([replace(first, local_size=first.size + 1), *others])


def with_other_local_compressed_size(archive: bytes) -> bytes:
    """Tell a smaller compressed size of the first member in its local header."""
    first, *others = take_apart(archive)
    return put_together([replace(first, local_compressed_size=len(first.data) - 1), *others])


def with_other_local_crc(archive: bytes) -> bytes:
    """Tell another CRC-32 of the first member in its local header."""
    first, *others = take_apart(archive)
    return put_together([replace(first, local_crc=first.crc ^ 1), *others])


def with_other_local_method(archive: bytes) -> bytes:
    """Say in the local header alone that the first member is stored."""
    first, *others = take_apart(archive)
    return put_together([replace(first, local_method=0 if first.method else 8), *others])


def with_data_descriptors(archive: bytes) -> bytes:
    """Put CRC and sizes behind the data of each member, as streaming writers do."""
    return put_together(
        replace(
            member,
            flags=member.flags | 8,
            local_crc=0,
            local_size=0,
            local_compressed_size=0,
            gap=struct.pack("<4s3L", b"PK\7\x08", member.crc, len(member.data), member.size),
        )
        for member in take_apart(archive)
    )


def with_gap(archive: bytes, gap: bytes = b"\0\0\0\0") -> bytes:
    """Leave bytes between the first record and the next that belong to neither."""
    first, *others = take_apart(archive)
    return put_together([replace(first, gap=gap), *others])


def with_entry_comment(archive: bytes, comment: bytes = b"a comment") -> bytes:
    """Give the first member a comment."""
    first, *others = take_apart(archive)
    return put_together([replace(first, comment=comment), *others])


def with_member_on_other_disk(archive: bytes) -> bytes:
    """Say that the first member starts on another disk."""
    first, *others = take_apart(archive)
    return put_together([replace(first, disk=1), *others])


def with_flags(archive: bytes, flags: int) -> bytes:
    """Set general purpose *flags* on the first member, in both headers."""
    first, *others = take_apart(archive)
    return put_together([replace(first, flags=first.flags | flags), *others])


def encrypted(archive: bytes) -> bytes:
    """Say that the first member is encrypted."""
    return with_flags(archive, 0x0001)


def strongly_encrypted(archive: bytes) -> bytes:
    """Say that the first member is strongly encrypted and its local header masked."""
    return with_flags(archive, 0x2041)


# Compression and what comes out.


def compressed(archive: bytes, method: int, compress: Callable[[bytes], bytes]) -> bytes:
    """Add a member that is compressed by *method*."""
    content = b"compressed otherwise\n" * 20
    member = replace(_stored(b"other.txt", content), method=method, data=compress(content))
    return put_together([*take_apart(archive), member])


def with_bzip2(archive: bytes) -> bytes:
    """Add a member compressed by bzip2."""
    return compressed(archive, 12, bz2.compress)


def with_lzma(archive: bytes) -> bytes:
    """Add a member compressed by LZMA."""
    # The version of the SDK, how long the properties are, and those of the default filter.
    header = b"\x09\x04\x05\0" + b"\x5d\0\0\x80\0"
    filters = [{"id": lzma.FILTER_LZMA1}]
    return compressed(
        archive, 14, lambda content: header + lzma.compress(content, lzma.FORMAT_RAW, filters=filters)
    )


def with_zstd(archive: bytes) -> bytes:
    """Add a member that claims to be compressed by Zstandard."""
    return compressed(archive, 93, lambda content: b"\x28\xb5\x2f\xfd" + content)


def with_lying_crc(archive: bytes) -> bytes:
    """Tell in both headers a CRC-32 that the first member's content does not have."""
    first, *others = take_apart(archive)
    return put_together([replace(first, crc=first.crc ^ 1), *others])


def with_understated_size(archive: bytes) -> bytes:
    """Tell in both headers a smaller size than the first member's content has."""
    first, *others = take_apart(archive)
    return put_together([replace(first, size=first.size - 1), *others])


def with_overstated_size(archive: bytes) -> bytes:
    """Tell in both headers a larger size than the first member's content has."""
    first, *others = take_apart(archive)
    return put_together([replace(first, size=first.size + 1), *others])


def with_bytes_behind_stream(archive: bytes, rest: bytes = b"rest") -> bytes:
    """Put bytes behind the end of a deflated stream, inside of its member."""
    member = _deflated(b"deflated.txt", b"deflated\n" * 100)
    return put_together([*take_apart(archive), replace(member, data=member.data + rest)])


def with_unfinished_stream(archive: bytes) -> bytes:
    """Add a member whose deflated stream breaks off."""
    member = _deflated(b"deflated.txt", b"deflated\n" * 100)
    return put_together([*take_apart(archive), replace(member, data=member.data[:-2])])


def with_corrupt_stream(archive: bytes) -> bytes:
    """Add a member whose deflated stream makes no sense."""
    member = replace(_deflated(b"deflated.txt", b"deflated\n" * 100), data=b"\x07" * 30)
    return put_together([*take_apart(archive), member])


def bomb(archive: bytes, size: int = 1 << 27) -> bytes:
    """Add a member of *size* zero bytes, which deflate makes a thousandth of."""
    return put_together([*take_apart(archive), _zeros(b"bomb.bin", size)])


def understated_bomb(archive: bytes, size: int = 1 << 27, declared: int = 1000) -> bytes:
    """Add a bomb that declares to be harmless."""
    return put_together([*take_apart(archive), replace(_zeros(b"bomb.bin", size), size=declared)])


def overlapping(archive: bytes, entries: int = 128, size: int = 1 << 25) -> bytes:
    """Have many entries in the directory, each with its name, for one bomb: 42 kB become 4 GB."""
    members = [*take_apart(archive), _zeros(b"bomb/0", size)]
    start = _length(members[:-1])
    ghosts = [replace(members[-1], name=b"bomb/%d" % number) for number in range(1, entries)]
    return _with_further_entries(members, ghosts, [start] * len(ghosts))


def quoting(archive: bytes, entries: int = 128, size: int = 1 << 25) -> bytes:
    """
    Have members that each quote the next one's local header and share its data.

    So every local header has its entry and every name is there once, but the records overlap.
    """
    nested = [_zeros(b"bomb/%d" % entries, size)]
    for number in range(entries - 1, 0, -1):
        inner = nested[0]
        header = inner.local_record()[: 30 + len(inner.name)]
        # A stored block that is not the last one, then whatever the inner member is.
        data = struct.pack("<B2H", 0, len(header), len(header) ^ 0xFFFF) + header + inner.data
        nested.insert(0, replace(inner, name=b"bomb/%d" % number, data=data, size=len(header) + inner.size))
    members = [*take_apart(archive), nested[0]]
    offsets, position = [], _length(members[:-1])
    for member in nested[:-1]:
        position += 30 + len(member.name) + 5
        offsets.append(position)
    return _with_further_entries(members, nested[1:], offsets)


def _with_further_entries(members: list[Member], further: list[Member], offsets: list[int]) -> bytes:
    # The directory ends with entries for `further`, whose records are within those of `members`.
    whole, end = put_together(members)[:-22], _length(members)
    entries = [member.central_entries(offset) for member, offset in zip(further, offsets, strict=True)]
    whole += b"".join(entries)
    count = len(members) + len(further)
    return whole + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(whole) - end, end, 0)


def _length(members: list[Member]) -> int:
    return sum(len(member.local_record()) for member in members)


# Names and kinds of members.


def with_names(archive: bytes, *names: bytes) -> bytes:
    """Add a small member of each of the *names*."""
    return put_together([*take_apart(archive), *(_stored(name, b"") for name in names)])


def with_absolute_name(archive: bytes) -> bytes:
    """Add ``/abs``."""
    return with_names(archive, b"/abs")


def with_parent_directory(archive: bytes) -> bytes:
    """Add ``a/../../b``."""
    return with_names(archive, b"a/../../b")


def with_drive_letter(archive: bytes) -> bytes:
    """Add ``C:x``."""
    return with_names(archive, b"C:x")


def with_backslash(archive: bytes) -> bytes:
    r"""Add ``a\b``."""
    return with_names(archive, b"a\\b")


def with_control_character(archive: bytes) -> bytes:
    """Add a name with a line break."""
    return with_names(archive, b"a\nb")


def with_undecodable_name(archive: bytes) -> bytes:
    """Add a name that is flagged UTF-8 and is not."""
    member = replace(_stored(b"\xff.py", b""), flags=0x0800)
    return put_together([*take_apart(archive), member])


def with_names_equal_but_for_case(archive: bytes) -> bytes:
    """Add two names that a file system without case cannot keep apart."""
    return with_names(archive, b"Sample.txt", b"sample.TXT")


def with_names_equal_but_for_composition(archive: bytes) -> bytes:
    """Add one name twice, with its letter composed and decomposed."""
    both = [replace(_stored(name.encode(), b""), flags=0x0800) for name in ("\xe9.txt", "e\u0301.txt")]
    return put_together([*take_apart(archive), *both])


def with_file_as_folder(archive: bytes) -> bytes:
    """Add a file and another below it."""
    return with_names(archive, b"folder", b"folder/file")


def with_symlink(archive: bytes, target: bytes = b"../../etc/passwd") -> bytes:
    """Add a symbolic link."""
    return put_together([*take_apart(archive), replace(_stored(b"link", target), mode=0o120777)])


def with_device(archive: bytes) -> bytes:
    """Add a character device."""
    return put_together([*take_apart(archive), replace(_stored(b"device", b""), mode=0o020666)])


def with_folder_that_has_content(archive: bytes) -> bytes:
    """Add a folder of some bytes."""
    return put_together([*take_apart(archive), _stored(b"folder/", b"content")])


# Other formats.


def as_tar_too(archive: bytes) -> bytes:
    """Return a file that is a valid ZIP and a valid tar at once."""
    name = b"both.bin"
    start = 30 + len(name)
    fields = bytearray(tarfile.TarInfo("both").tobuf(tarfile.USTAR_FORMAT)[start:])
    fields[: 100 - start] = bytes(100 - start)  # the local header is the beginning of the tar member's name
    guess = sum(_tar_header(name, bytes(fields)))
    # The local header has a CRC of the data, and the data a sum of the local header: the
    # unused bytes at the end of the tar header are changed until both are right.
    for salt in range(1 << 16):
        fields[-8:] = b"%08x" % salt
        fields[148 - start : 156 - start] = b"%06o\0 " % guess
        member = _stored(name, bytes(fields) + bytes(1024))
        if sum(_tar_header(name, bytes(fields))) == guess:
            return put_together([member, *take_apart(archive)])
    raise AssertionError("no bytes make both right")


def _tar_header(name: bytes, fields: bytes) -> bytes:
    header = _stored(name, fields + bytes(1024)).local_record()[:512]
    return header[:148] + b" " * 8 + header[156:]


def as_gzip(archive: bytes) -> bytes:
    """Return the archive compressed once more."""
    return zlib.compress(archive, wbits=31)


def as_tar(archive: bytes) -> bytes:
    """Return a tar with the archive in it."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        member = tarfile.TarInfo("sample.whl")
        member.size = len(archive)
        tar.addfile(member, io.BytesIO(archive))
    return content.getvalue()


def _stored(name: bytes, content: bytes) -> Member:
    return Member(name=name, data=content, size=len(content), crc=zlib.crc32(content))


def _deflated(name: bytes, content: bytes) -> Member:
    data = zlib.compress(content, wbits=-15)
    return Member(
        name=name, data=data, size=len(content), crc=zlib.crc32(content), method=zipfile.ZIP_DEFLATED
    )


def _zeros(name: bytes, size: int) -> Member:
    block = bytes(1 << 20)
    deflate, crc, data = zlib.compressobj(9, wbits=-15), 0, []
    for length in [len(block)] * (size >> 20) + [size % len(block)]:
        crc = zlib.crc32(block[:length], crc)
        data.append(deflate.compress(block[:length]))
    data.append(deflate.flush())
    return Member(name=name, data=b"".join(data), size=size, crc=crc, method=zipfile.ZIP_DEFLATED)


DAMAGES: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    damage.__name__: damage
    for damage in (
        with_prefix,
        with_uncounted_prefix,
        with_trailing_bytes,
        concatenated,
        with_archive_comment,
        with_more_disks,
        with_wrong_count,
        with_wrong_directory_size,
        with_wrong_directory_offset,
        without_end,
        without_members,
        with_extensible_zip64_end,
        without_zip64_locator,
        with_wrong_zip64_locator,
        with_contradicting_zip64_sizes,
        with_short_zip64_extra,
        with_duplicate_zip64_extra,
        with_duplicate_unicode_paths,
        with_other_unicode_path,
        with_control_character_in_unicode_path,
        with_overrunning_extra,
        with_duplicate_member,
        with_duplicate_directory_entry,
        with_hidden_member,
        with_ghost,
        with_other_local_name,
        with_other_local_sizes,
        with_other_local_compressed_size,
        with_other_local_crc,
        with_other_local_method,
        with_data_descriptors,
        with_gap,
        with_entry_comment,
        with_member_on_other_disk,
        encrypted,
        strongly_encrypted,
        with_bzip2,
        with_lzma,
        with_zstd,
        with_lying_crc,
        with_understated_size,
        with_overstated_size,
        with_bytes_behind_stream,
        with_unfinished_stream,
        with_corrupt_stream,
        bomb,
        understated_bomb,
        overlapping,
        quoting,
        with_absolute_name,
        with_parent_directory,
        with_drive_letter,
        with_backslash,
        with_control_character,
        with_undecodable_name,
        with_names_equal_but_for_case,
        with_names_equal_but_for_composition,
        with_file_as_folder,
        with_symlink,
        with_device,
        with_folder_that_has_content,
        as_tar_too,
        as_gzip,
        as_tar,
    )
}
"""Every damage with its defaults, by its name; each result is to be refused."""
