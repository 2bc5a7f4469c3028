"""
Nasty uploads: ZIPs that readers see differently.

See docs/reference/standards/nasty-inputs.md#cases-34-to-39.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from damage.raw_tars import members_of, write_tar
from damage.raw_zips import (
    EndRecord,
    ZipEntry,
    bomb_entry,
    data_descriptor,
    entries_of,
    local_header,
    overlapping_entries,
    quoting_entries,
    write_zip,
    zip64_end,
    zip64_extra,
    zip_entry,
)
from damage.reworking import with_members
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel

if TYPE_CHECKING:
    from tests.unit.http.conftest import Uploads

Entries = list[ZipEntry]
MEBIBYTE = 1 << 20

WHEEL = build_wheel("sample", "1.0")
DIST_INFO = "sample-1.0.dist-info"


def refuse(uploads: Uploads, content: bytes, *words: str) -> None:
    uploads.refused(replace(WHEEL, content=content), "invalid distribution file", *words)


def changed(number: int, **fields: object) -> Entries:
    """Return the members of the wheel with one of them told otherwise; 0 is the module, -1 RECORD."""
    entries = entries_of(WHEEL.content)
    entries[number] = replace(entries[number], **fields)
    return entries


def lying_locally(**fields: object) -> Entries:
    return changed(0, local=fields)


def test_the_parts_put_together_unchanged_are_accepted(uploads: Uploads) -> None:
    uploads.accepted(replace(WHEEL, content=write_zip(entries_of(WHEEL.content))))


def twice(*, in_directory: bool) -> Entries:
    entries = entries_of(WHEEL.content)
    again = zip_entry("sample.py", b"import other\n", in_directory=in_directory)
    return [*entries, again] if in_directory else [again, *entries]


@pytest.mark.parametrize(
    "entries",
    [
        twice(in_directory=True),
        twice(in_directory=False),
        [*entries_of(WHEEL.content), replace(entries_of(WHEEL.content)[0], in_stream=False)],
        lying_locally(name=b"simple.py"),
        lying_locally(name=b"sample.pyc"),
        lying_locally(name=b"SAMPLE.py"),
        lying_locally(name=b"sample.py\0"),
    ],
    ids=["both", "stream", "directory", "other", "longer", "case", "nul"],
)
def test_case_34_a_member_has_one_name_and_is_there_once(uploads: Uploads, entries: Entries) -> None:
    refuse(uploads, write_zip(entries))


@pytest.mark.parametrize(
    "entries",
    [
        [*entries_of(WHEEL.content), zip_entry("ghost.py", b"x", in_directory=False)],
        [*entries_of(WHEEL.content), zip_entry("ghost.py", b"x", in_stream=False)],
    ],
)
def test_case_34_stream_and_directory_name_the_same_members(uploads: Uploads, entries: Entries) -> None:
    refuse(uploads, write_zip(entries))


@pytest.mark.parametrize("prefix", [b"#!/usr/bin/env python3\n", b"MZ" + bytes(510), b"\0", b"PK\x05\x06"])
@pytest.mark.parametrize("offsets_are_right", [True, False])
def test_case_35_nothing_stands_before_the_archive(
    uploads: Uploads, prefix: bytes, offsets_are_right: bool
) -> None:
    entries = entries_of(WHEEL.content)

    refuse(uploads, write_zip(entries, prefix=prefix) if offsets_are_right else prefix + write_zip(entries))


@pytest.mark.parametrize("suffix", [b"\0", b"\n", bytes(600), b"PK\x05\x06" + bytes(18), WHEEL.content])
def test_case_35_nothing_stands_behind_the_archive(uploads: Uploads, suffix: bytes) -> None:
    refuse(uploads, WHEEL.content + suffix)


def test_case_35_one_archive_is_not_two(uploads: Uploads) -> None:
    other = build_wheel("sample", "1.0", summary="The other one")

    refuse(uploads, other.content + WHEEL.content)
    refuse(uploads, write_zip(entries_of(WHEEL.content), EndRecord(before=other.content)))


def test_case_35_an_archive_has_no_comment(uploads: Uploads) -> None:
    refuse(uploads, write_zip(entries_of(WHEEL.content), EndRecord(comment=b"hello")))
    refuse(uploads, write_zip(changed(0, comment=b"hello")))


@pytest.mark.parametrize("number", [0, 1, -1])
def test_case_36_sizes_stand_before_the_data(uploads: Uploads, number: int) -> None:
    entries = entries_of(WHEEL.content)
    entries[number] = data_descriptor(entries[number])

    refuse(uploads, write_zip(entries))


def zip64(**parts: object) -> bytes:
    entries = entries_of(WHEEL.content)
    stream = sum(30 + len(each.name) + len(each.packed) for each in entries)
    size = sum(46 + len(each.name) for each in entries)
    record = zip64_end(len(entries), size, stream, **parts)  # type: ignore[arg-type]
    return write_zip(
        entries,
        EndRecord(
            entries=0xFFFF,
            entries_on_disk=0xFFFF,
            directory_size=2**32 - 1,
            directory_offset=2**32 - 1,
            before=record,
        ),
    )


def test_case_36_zip64_by_the_letter_is_accepted(uploads: Uploads) -> None:
    uploads.accepted(replace(WHEEL, content=zip64()))


@pytest.mark.parametrize("parts", [{"further": bytes(8)}, {"further": b"PK\x01\x02" * 4}, {"locator": False}])
def test_case_36_zip64_fields_agree(uploads: Uploads, parts: dict[str, object]) -> None:
    refuse(uploads, zip64(**parts))


def unicode_path(name: bytes, actual: bytes = b"sample.py") -> bytes:
    content = struct.pack("<BI", 1, zlib.crc32(actual)) + name
    return struct.pack("<2H", 0x7075, len(content)) + content


@pytest.mark.parametrize(
    "extra",
    [
        unicode_path(b"sample.py") * 2,
        unicode_path(b"other.py"),
        unicode_path(b"sample\n.py"),
        zip64_extra(5, 5) * 2,
        zip64_extra(5, 5),
        zip64_extra(1, 2, 3, 4),
        struct.pack("<2H", 1, 5) + bytes(5),
        struct.pack("<2H", 1, 400) + bytes(8),
        b"\x01",
        b"\x01\0\xff",
    ],
    ids=["paths", "path", "control", "sizes", "contradicting", "long", "odd", "overrunning", "cut", "short"],
)
def test_case_36_extra_fields_agree(uploads: Uploads, extra: bytes) -> None:
    refuse(uploads, write_zip(changed(0, extra=extra)))


@pytest.mark.parametrize(
    "fields",
    [
        {"size": 1},
        {"packed_size": 1},
        {"crc": 1},
        {"method": 0},
        {"flags": 1},
        {"size": 0, "packed_size": 0},
        {"size": 2**32 - 1},
    ],
)
def test_case_36_the_local_header_agrees_with_the_directory(
    uploads: Uploads, fields: dict[str, object]
) -> None:
    refuse(uploads, write_zip(lying_locally(**fields)))


@pytest.mark.parametrize(
    "end",
    [
        EndRecord(entries=1),
        EndRecord(entries=5),
        EndRecord(entries_on_disk=1),
        EndRecord(disk=1),
        EndRecord(directory_size=1),
        EndRecord(directory_size=46),
        EndRecord(directory_offset=0),
        EndRecord(directory_offset=2**32 - 2),
        EndRecord(before=bytes(20)),
        EndRecord(before=zip64_end(4, 1, 1)),
    ],
)
def test_case_36_the_end_record_agrees_with_the_archive(uploads: Uploads, end: EndRecord) -> None:
    refuse(uploads, write_zip(entries_of(WHEEL.content), end))


BOMBS: dict[str, Callable[[], Entries]] = {
    "told": lambda: [bomb_entry("bomb.bin", 4095 * MEBIBYTE)],
    "lying": lambda: [bomb_entry("bomb.bin", 4095 * MEBIBYTE, told=100)],
    "many": lambda: [bomb_entry(f"{number}.bin", 63 * MEBIBYTE) for number in range(65)],
    "overlapping": lambda: overlapping_entries(137, 30 * MEBIBYTE),
    "quoting": lambda: quoting_entries(137, 30 * MEBIBYTE),
}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("first", [True, False])
def test_case_37_a_bomb_is_refused(uploads: Uploads, bomb: str, first: bool) -> None:
    sound = entries_of(WHEEL.content)
    entries = [*BOMBS[bomb](), *sound] if first else [*sound, *BOMBS[bomb]()]

    refuse(uploads, write_zip(entries))


def test_case_37_metadata_that_are_a_bomb_are_refused(uploads: Uploads) -> None:
    for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt"):
        kept = [each for each in entries_of(WHEEL.content) if not each.name.endswith(name.encode())]

        refuse(uploads, write_zip([*kept, bomb_entry(f"{DIST_INFO}/{name}", 63 * MEBIBYTE)]))


@pytest.mark.parametrize("number", [0, 1, -1])
@pytest.mark.parametrize("method", [1, 9, 12, 14, 93, 99, 0xFFFF])
def test_case_38_data_are_stored_or_deflated(uploads: Uploads, number: int, method: int) -> None:
    refuse(uploads, write_zip(changed(number, method=method)))


@pytest.mark.parametrize("flags", [0x1, 0x41, 0x2000, 0x20])
def test_case_38_nothing_is_encrypted_or_patched(uploads: Uploads, flags: int) -> None:
    refuse(uploads, write_zip(changed(0, flags=flags)))


@pytest.mark.parametrize(
    "packed",
    [b"", b"\0", b"\xff" * 20, b"\x03\0", entries_of(WHEEL.content)[0].packed[:-1]],
    ids=["nothing", "byte", "nonsense", "empty", "cut"],
)
def test_case_38_data_inflates_to_the_declared_size(uploads: Uploads, packed: bytes) -> None:
    refuse(uploads, write_zip(changed(0, packed=packed, packed_size=len(packed))))


def test_case_38_nothing_follows_the_deflated_data(uploads: Uploads) -> None:
    entry = entries_of(WHEEL.content)[0]

    refuse(uploads, write_zip(changed(0, packed=entry.packed + b"x", packed_size=entry.packed_size + 1)))


def test_case_39_a_wheel_is_not_a_tar_as_well(uploads: Uploads) -> None:
    header = tarfile.TarInfo("sample.py").tobuf()
    refuse(uploads, write_zip(entries_of(WHEEL.content), prefix=header))

    polyglot = wheel_and_tar()
    assert tarfile.is_tarfile(io.BytesIO(polyglot))
    assert zipfile.ZipFile(io.BytesIO(polyglot)).testzip() is None
    refuse(uploads, polyglot, "tar")


def wheel_and_tar() -> bytes:
    """Return a sound wheel whose first block is a tar header, checksum and all."""
    header = local_header(zip_entry("a.bin", b"", method=0))
    data = bytearray(2048)
    for number in range(100_000):
        data = bytearray(2048)
        # The header of the member has the CRC of its data, so what fits the checksum has to be found.
        for at, field in ((124, b"0" * 11), (148, b"007640\0 "), (257, b"ustar\x0000"), (400, b"\x7f" * 8)):
            data[at - len(header) : at - len(header) + len(field)] = field
        data[440:444] = number.to_bytes(4, "little")
        entry = zip_entry("a.bin", bytes(data), method=0)
        block = (local_header(entry) + data)[:512]
        if sum(block[:148]) + 8 * 32 + sum(block[156:]) == 0o7640:
            break
    return write_zip(entries_of(with_members(WHEEL, {"a.bin": bytes(data)}).content))


def test_case_39_an_sdist_is_not_a_zip_as_well(uploads: Uploads) -> None:
    sdist = build_sdist("sample", "1.0")
    entries = entries_of(WHEEL.content)

    for content in (
        sdist.content + write_zip(entries),
        write_zip(entries, prefix=sdist.content),
        write_zip(entries, prefix=write_tar(members_of(sdist.content))),
        write_zip(entries),
    ):
        uploads.refused(replace(sdist, content=content), "invalid distribution file")


def test_case_39_a_file_that_is_neither_is_refused(uploads: Uploads) -> None:
    for distribution in (WHEEL, build_sdist("sample", "1.0")):
        for content in (b"", b"x", b"PK\x03\x04", b"\x1f\x8b\x08", bytes(10_000)):
            sent: BuiltDistribution = replace(distribution, content=content)
            uploads.refused(sent, "invalid distribution file")
