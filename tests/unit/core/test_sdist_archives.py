"""Sdists that are no sdists, or are dangerous to unpack, or that two readers would read differently."""

from __future__ import annotations

import io
import tarfile
import tracemalloc
from collections.abc import Callable

import pytest

from damage.damaged_tars import (
    TOP,
    cut_tar,
    damaged_checksum,
    deflated,
    inflated,
    many_empty_members,
    raw_header,
    tar_bomb,
    with_damaged_stream,
    with_data_behind_the_end,
    with_gzip_behind,
    with_raw_header,
    with_tar_member,
    with_tar_members,
    with_wrong_crc,
)
from pypi_contracts.builders import build_sdist, truncate
from pypi_core.domain.archives.contents import ArchiveContents
from pypi_core.domain.archives.sdists import read_sdist
from pypi_core.domain.filenames import parse_filename
from pypi_core.errors import InvalidArchive

SOUND = build_sdist("sample", "1.0").content
# What stands behind the last member.
BLANK = (len(inflated(SOUND)) - len(inflated(SOUND).rstrip(b"\0"))) // 512 * 512
MEBIBYTE = 1 << 20
METADATA = build_sdist("sample", "1.0").metadata


def read(content: bytes) -> ArchiveContents:
    return read_sdist(parse_filename("sample-1.0.tar.gz"), io.BytesIO(content))


def of_kind(kind: bytes, link: str = "", mode: int = 0o644) -> Callable[[tarfile.TarInfo], None]:
    def change(member: tarfile.TarInfo) -> None:
        member.type, member.linkname, member.mode = kind, link, mode

    return change


def plain(name: str, change: Callable[[tarfile.TarInfo], None] | None = None) -> bytes:
    return with_tar_member(SOUND, name, b"", change)


def link(target: str, name: str = f"{TOP}/sub/link") -> bytes:
    return plain(name, of_kind(tarfile.SYMTYPE, target))


def hard_link(target: str) -> bytes:
    return plain(f"{TOP}/link", of_kind(tarfile.LNKTYPE, target))


def with_long_name(path: str) -> bytes:
    return with_tar_member(SOUND, f"{TOP}/{path}", b"")


def with_tar_member_alone(
    name: str, change: Callable[[tarfile.TarInfo], None] = lambda _: None, content: bytes = b""
) -> bytes:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    change(member)
    return member.tobuf() + content + bytes(-len(content) % 512) + bytes(1024)


def test_a_sound_sdist_is_read_to_the_end() -> None:
    contents = read(with_tar_member(SOUND, f"{TOP}/licenses/MIT.txt", b"text"))

    assert contents.metadata_file == METADATA
    assert contents.license_paths >= {"PKG-INFO", "pyproject.toml", "licenses/MIT.txt"}
    assert (contents.problems, contents.warnings) == ((), ())


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(plain(f"./{TOP}/x"), id="a dot in front"),
        pytest.param(plain(f"{TOP}//x"), id="two slashes"),
        pytest.param(plain(f"{TOP}/{'d/' * 200}x"), id="a long name"),
        pytest.param(plain(f"{TOP}/ünïcode"), id="a name beyond ASCII"),
        pytest.param(plain(f"{TOP}/folder", of_kind(tarfile.DIRTYPE, mode=0o755)), id="a folder"),
        pytest.param(plain(f"{TOP}/a\\b"), id="a backslash, which is a letter in tar"),
        pytest.param(link("../PKG-INFO"), id="a link to a file above"),
        pytest.param(link("somewhere/below"), id="a link to nothing"),
        pytest.param(link(".."), id="a link to the top-level folder"),
        pytest.param(hard_link(f"{TOP}/PKG-INFO"), id="a hard link to an earlier file"),
        pytest.param(with_tar_member(SOUND, f"{TOP}/x", b"x" * 10_000, pax={"comment": "x"}), id="pax"),
        pytest.param(with_raw_header(SOUND, raw_header(f"{TOP}/x", magic=b"ustar  \0")), id="of GNU"),
        pytest.param(with_raw_header(SOUND, raw_header(f"{TOP}/x", magic=b"")), id="a header of old"),
        pytest.param(SOUND + bytes(1000), id="zeros behind the stream"),
        pytest.param(deflated(inflated(SOUND) + bytes(10_240)), id="zeros behind the archive"),
        pytest.param(deflated(inflated(SOUND)[:-BLANK]), id="no end"),
    ],
)
def test_an_sdist_that_every_reader_understands_is_accepted(content: bytes) -> None:
    assert read(content).metadata_file == METADATA


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "was cut off"),
        (b"no gzip at all", "gzip stream is damaged"),
        (truncate(SOUND, len(SOUND) // 2), "was cut off"),
        (truncate(SOUND, len(SOUND) - 1), "was cut off"),
        (with_damaged_stream(SOUND), "gzip stream is damaged"),
        (with_wrong_crc(SOUND), "gzip stream is damaged"),
        (with_gzip_behind(SOUND), "Something follows its gzip stream"),
        (SOUND + b"x", "Something follows its gzip stream"),
        (damaged_checksum(SOUND), "its checksum is wrong"),
        (cut_tar(SOUND), "was cut off"),
        (with_data_behind_the_end(SOUND), "Something follows the end of its tar archive"),
        (deflated(b"x" * 512), "a number cannot be read"),
        (deflated(b""), "no PKG-INFO"),
        (with_raw_header(SOUND, raw_header(f"{TOP}/x", magic=b"rats!!")), "unknown format"),
        (with_raw_header(SOUND, raw_header(f"{TOP}/x", size=b"\xff" * 12)), "negative or senseless size"),
        (with_raw_header(SOUND, raw_header(f"{TOP}/x", size=b"\x80" + b"\xff" * 11)), "senseless size"),
        (with_raw_header(SOUND, raw_header(f"{TOP}/x", size=b"0000000008\0")), "a number cannot be read"),
        (with_tar_member(SOUND, f"{TOP}/x", pax={"size": "-1"}), "negative or senseless size"),
    ],
)
def test_a_damaged_sdist_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(InvalidArchive, match=why):
        read(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (plain("/etc/passwd"), "is absolute"),
        (plain("C:/x"), "is absolute"),
        (plain("\\x"), "is absolute"),
        (plain(f"{TOP}/../../x"), "leads out of its folder"),
        (plain(f"{TOP}/..\\x"), "leads out of its folder"),
        (plain(f"{TOP}/a\nb"), "control character"),
        (plain(f"{TOP}/a\x7fb"), "control character"),
        (plain(f"{TOP}/\udcff"), "is not UTF-8"),
        (plain("other-1.0/x"), "two top-level folders"),
        (plain("x"), "not in a top-level folder"),
        (plain(f"{TOP}/PKG-INFO"), "twice"),
        (plain(f"{TOP}/./PKG-INFO"), "twice"),
        (plain(f"{TOP}/backend"), "lies below 'backend', which is not a folder"),
        (plain(f"{TOP}/PKG-INFO/x"), "lies below 'PKG-INFO', which is not a folder"),
        (with_tar_member(link("."), f"{TOP}/sub/link/x"), "lies below 'sub/link', which is not a folder"),
        (plain(f"{TOP}/x", of_kind(tarfile.REGTYPE, mode=0o4755)), "setuid"),
        (plain(f"{TOP}/x", of_kind(tarfile.DIRTYPE, mode=0o2755)), "setgid"),
        (plain(f"{TOP}/x", of_kind(tarfile.CHRTYPE)), "a device"),
        (plain(f"{TOP}/x", of_kind(tarfile.BLKTYPE)), "a device"),
        (plain(f"{TOP}/x", of_kind(tarfile.FIFOTYPE)), "a FIFO"),
        (plain(f"{TOP}/x", of_kind(tarfile.CONTTYPE)), "a contiguous file"),
        (plain(f"{TOP}/x", of_kind(tarfile.GNUTYPE_SPARSE)), "a sparse file"),
        (with_tar_member(SOUND, f"{TOP}/x", pax={"GNU.sparse.major": "1"}), "a sparse file"),
        (plain(f"{TOP}/x", of_kind(b"V")), "an unknown kind"),
        (link("/etc/passwd"), "leads out"),
        (link("../../x"), "leads out"),
        (link("a/../../../x"), "leads out"),
        (link("..\\..\\x"), "leads out"),
        (link("C:\\x"), "leads out"),
        (link(""), "leads out"),
        (hard_link("/etc/passwd"), "is absolute"),
        (hard_link(f"{TOP}/missing"), "to no file before it"),
        (hard_link("other-1.0/PKG-INFO"), "to no file before it"),
        (with_raw_header(SOUND, raw_header(f"{TOP}/d/", kind=b"5", size=b"1000"), b"x" * 512), "has content"),
    ],
)  # fmt: skip
def test_an_sdist_that_is_dangerous_to_unpack_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(InvalidArchive, match=why):
        read(content)


@pytest.mark.parametrize(
    ("header", "content", "why"),
    [
        (raw_header("x", kind=b"x", size=b"00000000005\0"), b"5 a=b", "malformed extended header"),
        (raw_header("x", kind=b"x", size=b"00000000006\0"), b"9 a=b\n", "malformed extended header"),
        (raw_header("x", kind=b"x", size=b"00000000014\0"), b"6 a=b\n6 a=c\n", "says 'a' twice"),
        (raw_header("x", kind=b"x", size=b"00000000006\0"), b"6 a=b\n", "ends after an extended header"),
        (raw_header("x", kind=b"x", size=b"77777777777\0"), b"", "an extended header of 8589934591 bytes"),
        (raw_header("x", kind=b"L", size=b"77777777777\0"), b"", "an extended header of 8589934591 bytes"),
        (raw_header("x", kind=b"g", size=b"00000000012\0"), b"10 path=x\n", "names several members alike"),
    ],
)
def test_an_extended_header_is_bounded_and_read_strictly(header: bytes, content: bytes, why: str) -> None:
    with pytest.raises(InvalidArchive, match=why):
        read(with_raw_header(SOUND, header, content))


def test_an_sdist_without_pkg_info_is_refused() -> None:
    with pytest.raises(InvalidArchive, match="no PKG-INFO in its top-level folder"):
        read(deflated(with_tar_member_alone(f"{TOP}/sub/PKG-INFO")))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(with_long_name("d/" * 10_000), "longer than 4096 bytes", id="a path of 20 kB"),
        pytest.param(with_long_name("x" * 4096), "longer than 4096 bytes", id="one long part"),
        pytest.param(link("x" * 4097), "longer than 4096 bytes", id="the target of a link"),
        pytest.param(with_long_name("d/" * 256), "more than 256 folders deep", id="many folders"),
        pytest.param(with_long_name("./" * 1000 + "x"), "more than 256 folders deep", id="many empty parts"),
    ],
)
def test_a_path_is_bounded_in_length_and_depth(content: bytes, why: str) -> None:
    with pytest.raises(InvalidArchive, match=why):
        read(content)


def test_the_memory_for_paths_grows_with_their_length_alone() -> None:
    content = with_tar_members(SOUND, (f"{TOP}/{number}/{'d/' * 250}x" for number in range(2000)))

    tracemalloc.start()
    try:
        contents = read(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(contents.license_paths) > 2000
    assert peak < 16 * MEBIBYTE


def test_pkg_info_is_a_regular_file() -> None:
    with pytest.raises(InvalidArchive, match="PKG-INFO is not a regular file"):
        read(deflated(with_tar_member_alone(f"{TOP}/PKG-INFO", of_kind(tarfile.SYMTYPE, "x"))))


def test_a_large_pkg_info_is_refused() -> None:
    content = bytes(8 * 2**20 + 1)
    with pytest.raises(InvalidArchive, match="PKG-INFO is larger than 8 MiB"):
        read(deflated(with_tar_member_alone(f"{TOP}/PKG-INFO", content=content)))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = tar_bomb(128 * 2**20)

    with pytest.raises(InvalidArchive, match="decompression bomb"):
        read(bomb)


def test_a_crowd_of_members_is_refused() -> None:
    with pytest.raises(InvalidArchive, match="more than 100000 members"):
        read(many_empty_members(100_001))


@pytest.mark.parametrize(
    ("filename", "content", "warning"),
    [
        ("sample-1.0.0.tar.gz", SOUND, "should be 'sample-1.0.0', not 'sample-1.0'"),
        (
            "sample-1.0.tar.gz",
            build_sdist("sample", "1.0", metadata_version="1.2").content,
            "has metadata version 1.2; from 2.2 on",
        ),
        (
            "sample-1.0.tar.gz",
            deflated(with_tar_member_alone(f"{TOP}/PKG-INFO", content=METADATA)),
            "has no pyproject.toml",
        ),
    ],
)
def test_an_outdated_sdist_is_accepted_with_a_warning(filename: str, content: bytes, warning: str) -> None:
    (told,) = read_sdist(parse_filename(filename), io.BytesIO(content)).warnings

    assert warning in told
