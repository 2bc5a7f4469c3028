"""ZIPs that two readers could understand in two ways, or that would exhaust one, are no wheels."""

from __future__ import annotations

import io
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from damage import damaged_zips
from damage.damaged_zips import DAMAGES
from damage.zip_parts import put_together, take_apart
from pypi_contracts.builders import build_wheel
from pypi_core.domain.archives.contents import ArchiveContents
from pypi_core.domain.archives.wheels import read_wheel
from pypi_core.domain.filenames import parse_filename
from pypi_core.domain.rules import PUBLIC
from pypi_core.errors import InvalidArchive

WHEEL = build_wheel(
    "sample", "1.0", modules={"a.py": "x = 1\n" * 50, "b/c.py": "y = 2\n"}, padding=64, scripts={"run": "a:x"}
)

TOLD = {
    "with_prefix": "does not begin as a ZIP",
    "with_uncounted_prefix": "does not begin as a ZIP",
    "with_trailing_bytes": "stands behind the end record",
    "concatenated": "does not say where the central directory is",
    "with_archive_comment": "stands behind the end record",
    "with_more_disks": "several disks",
    "with_wrong_count": "more in it than its end record counts",
    "with_wrong_directory_size": "does not say where the central directory is",
    "with_wrong_directory_offset": "does not say where the central directory is",
    "without_end": "does not end as a ZIP",
    "without_members": "there is none",
    "with_extensible_zip64_end": "extensible data",
    "without_zip64_locator": "ZIP64 records are missing",
    "with_wrong_zip64_locator": "locator does not point to",
    "with_contradicting_zip64_sizes": "ZIP64 field of 'a.py' contradicts",
    "with_short_zip64_extra": "ZIP64 field of 'a.py' has an impossible length",
    "with_duplicate_zip64_extra": "extra field 0x0001 twice",
    "with_duplicate_unicode_paths": "extra field 0x7075 twice",
    "with_other_unicode_path": "Unicode path of 'a.py' is another",
    "with_control_character_in_unicode_path": "Unicode path of 'a.py' is another",
    "with_overrunning_extra": "overrun",
    "with_duplicate_member": "has 'a.py' twice",
    "with_duplicate_directory_entry": "'a.py' overlaps",
    "with_hidden_member": "belong to no member",
    "with_ghost": "'ghost.py' overlaps",
    "with_other_local_name": "another name than the directory",
    "with_other_local_sizes": "another size or CRC than the directory",
    "with_other_local_compressed_size": "another size or CRC than the directory",
    "with_other_local_crc": "another size or CRC than the directory",
    "with_other_local_method": "other flags than the directory",
    "with_data_descriptors": "data descriptor",
    "with_gap": "belong to no member",
    "with_entry_comment": "'a.py' has a comment",
    "with_member_on_other_disk": "another disk",
    "encrypted": "'a.py' is encrypted",
    "strongly_encrypted": "'a.py' is encrypted",
    "with_bzip2": "method 12: only stored (0) and deflated (8)",
    "with_lzma": "method 14: only stored (0) and deflated (8)",
    "with_zstd": "method 93: only stored (0) and deflated (8)",
    "with_lying_crc": "does not have the CRC-32",
    "with_understated_size": "larger than it declares",
    "with_overstated_size": "smaller than it declares",
    "with_bytes_behind_stream": "behind the compressed data of 'deflated.txt'",
    "with_unfinished_stream": "break off",
    "with_corrupt_stream": "are broken",
    "bomb": "more than 50 times its size",
    "understated_bomb": "larger than it declares",
    "overlapping": "overlaps",
    "quoting": "overlaps",
    "with_absolute_name": "'/abs' is absolute",
    "with_parent_directory": "'a/../../b' has an empty part, '.' or '..'",
    "with_drive_letter": "'C:x' is absolute",
    "with_backslash": "has a backslash",
    "with_control_character": "has a control character",
    "with_undecodable_name": "is not UTF-8",
    "with_names_equal_but_for_case": "'Sample.txt' and 'sample.TXT' are the same",
    "with_names_equal_but_for_composition": "are the same",
    "with_file_as_folder": "'folder' is a file and the folder of 'folder/file'",
    "with_symlink": "'link' is neither a file nor a folder",
    "with_device": "'device' is neither a file nor a folder",
    "with_folder_that_has_content": "'folder/' is a folder by its name",
    "as_tar_too": "a ZIP and a tar archive at once",
    "as_gzip": "does not begin as a ZIP",
    "as_tar": "does not begin as a ZIP",
}


def read(content: bytes) -> ArchiveContents:
    return read_wheel(parse_filename(WHEEL.filename), io.BytesIO(content), PUBLIC)


def refusal_of(content: bytes) -> str:
    with pytest.raises(InvalidArchive) as caught:
        read(content)
    [problem] = caught.value.problems
    return problem.message


def test_a_sound_wheel_has_no_problems() -> None:
    contents = read(WHEEL.content)

    assert contents.metadata_file == WHEEL.metadata
    assert (contents.problems, contents.warnings) == ((), ())


@pytest.mark.parametrize("unusual", ["sound", "with_zip64_end", "with_zip64_sizes"])
def test_unusual_but_clear_framing_is_accepted(unusual: str) -> None:
    assert read(getattr(damaged_zips, unusual)(WHEEL.content)).problems == ()


def test_every_damage_has_an_expected_message() -> None:
    assert TOLD.keys() == DAMAGES.keys()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_refused_in_words_that_fit(damage: str) -> None:
    assert TOLD[damage] in refusal_of(DAMAGES[damage](WHEEL.content))


def test_the_order_of_the_directory_does_not_matter() -> None:
    members = take_apart(WHEEL.content)
    records = b"".join(member.local_record() for member in members)
    offsets = [records.index(member.local_record()) for member in members]
    turned = [m.central_entries(at) for m, at in reversed(list(zip(members, offsets, strict=True)))]
    end = put_together(members)[-22:]

    assert read(records + b"".join(turned) + end).problems == ()


def test_a_wheel_cut_off_anywhere_is_refused() -> None:
    for size in range(len(WHEEL.content)):
        assert "Invalid distribution file" in refusal_of(WHEEL.content[:size])


@pytest.mark.parametrize("bomb", ["bomb", "understated_bomb", "overlapping", "quoting"])
def test_a_bomb_is_refused_in_little_memory(bomb: str) -> None:
    archive = DAMAGES[bomb](WHEEL.content)
    tracemalloc.start()
    try:
        refusal_of(archive)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 4 * 1024 * 1024


def test_a_small_wheel_that_compresses_well_is_not_a_bomb() -> None:
    members = {"sample.py": "x = 1\n" * 2_000_000}

    assert read(build_wheel("sample", "1.0", modules=members).content).problems == ()


def test_the_archive_that_is_a_tar_too_is_one() -> None:
    both = damaged_zips.as_tar_too(WHEEL.content)

    assert tarfile.is_tarfile(io.BytesIO(both))
    assert zipfile.ZipFile(io.BytesIO(both)).testzip() is None


def test_a_stream_may_give_less_than_was_asked_for() -> None:
    class Hesitant(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(size if size is None or size < 2 else size // 2)

    contents = read_wheel(parse_filename(WHEEL.filename), Hesitant(WHEEL.content), PUBLIC)

    assert contents.problems == ()


def as_streamed(archive: BinaryIO) -> dict[str, bytes]:
    """Read local records from the start on until something else comes, as streaming installers do."""
    members = {}
    while (header := archive.read(30)).startswith(b"PK\3\4"):
        method, size, name_length, extra_length = struct.unpack("<8xH8xL4x2H", header)
        name, extra = archive.read(name_length), archive.read(extra_length)
        if size == 0xFFFFFFFF:
            size = struct.unpack_from("<Q", extra, extra.index(b"\1\0\x10\0") + 12)[0]
        data = archive.read(size)
        members[name.decode()] = zlib.decompress(data, wbits=-15) if method else data
    return members


Edit = tuple[int, int, bytes]
EDITS = st.lists(
    st.tuples(st.integers(0, 4000), st.integers(0, 4), st.binary(max_size=4)), min_size=1, max_size=3
)


@given(
    edits=EDITS,
    start=st.sampled_from(["sound", "with_zip64_end", "with_zip64_sizes", "with_duplicate_member"]),
)
def test_an_accepted_wheel_reads_the_same_in_every_library(edits: list[Edit], start: str) -> None:
    content = bytearray(getattr(damaged_zips, start)(WHEEL.content))
    for place, length, replacement in edits:
        at = place % len(content)
        content[at : at + length] = replacement
    try:
        read(bytes(content))
    except InvalidArchive:
        return

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        listed = {name: archive.read(name) for name in archive.namelist()}
    assert as_streamed(io.BytesIO(content)) == listed
