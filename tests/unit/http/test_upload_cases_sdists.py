"""
Nasty uploads: gzipped tar archives.

See docs/reference/standards/nasty-inputs.md#cases-44-to-46.
"""

from __future__ import annotations

import bz2
import gzip
import tarfile
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from damage.raw_tars import (
    TarMember,
    bomb_tar_gz,
    many_members_tar_gz,
    members_of,
    tar_header,
    with_checksum,
    write_tar,
    write_tar_gz,
)
from damage.reworking import with_tar_members
from pypi_contracts.builders import build_sdist

if TYPE_CHECKING:
    from tests.unit.http.conftest import Uploads

SDIST = build_sdist("sample", "1.0")
TOP = "sample-1.0"
MEMBERS = members_of(SDIST.content)


def refuse(uploads: Uploads, content: bytes, *words: str) -> None:
    uploads.refused(replace(SDIST, content=content), "invalid distribution file", *words)


def refuse_member(uploads: Uploads, *members: TarMember) -> None:
    uploads.refused(with_tar_members(SDIST, *members), "invalid distribution file")


def test_the_parts_put_together_unchanged_are_accepted(uploads: Uploads) -> None:
    uploads.accepted(replace(SDIST, content=write_tar_gz(MEMBERS)))


@pytest.mark.parametrize("kept", [0, 1, 10, 17, 100, -1, -4, -8, -9, -100])
def test_case_44_a_gzip_that_was_cut_off_is_refused(uploads: Uploads, kept: int) -> None:
    refuse(uploads, SDIST.content[:kept])


@pytest.mark.parametrize("at", [0, 2, 3, 30, 200, -8, -5, -4, -1])
def test_case_44_a_damaged_gzip_is_refused(uploads: Uploads, at: int) -> None:
    damaged = bytearray(SDIST.content)
    damaged[at] ^= 0xFF

    refuse(uploads, bytes(damaged))


@pytest.mark.parametrize(
    "behind",
    [b"x", b"\0x", gzip.compress(b"x", mtime=0), SDIST.content],
    ids=["byte", "later", "gzip", "sdist"],
)
def test_case_44_nothing_follows_the_archive(uploads: Uploads, behind: bytes) -> None:
    refuse(uploads, SDIST.content + behind)


@pytest.mark.parametrize(
    "content",
    [write_tar(MEMBERS), bz2.compress(write_tar(MEMBERS)), gzip.compress(b""), gzip.compress(bytes(10_240))],
    ids=["tar", "bz2", "empty", "no members"],
)
def test_case_44_a_file_that_is_not_a_gzipped_tar_is_refused(uploads: Uploads, content: bytes) -> None:
    refuse(uploads, content)


@pytest.mark.parametrize(
    "raw_size",
    [
        b"-0000000001",
        b"-1",
        b"\xff" * 12,
        b"\x80" + b"\xff" * 11,
        b"77777777777",
        b"nonsense",
        b"\xff\0",
        b"8",
    ],
)
def test_case_44_a_member_of_an_impossible_size_is_refused(uploads: Uploads, raw_size: bytes) -> None:
    refuse_member(uploads, TarMember(name=f"{TOP}/x", raw_size=raw_size))


def test_case_44_a_header_with_a_wrong_checksum_is_refused(uploads: Uploads) -> None:
    header = bytearray(tar_header(TarMember(name=f"{TOP}/x")))
    header[0] ^= 1
    tar = write_tar(MEMBERS)

    refuse(uploads, gzip.compress(bytes(header) + tar))
    refuse(uploads, gzip.compress(tar[:-1024] + bytes(header) + bytes(1024)))
    refuse(uploads, gzip.compress(tar[:-1024] + with_checksum(bytes(range(256)) * 2) + bytes(1024)))


def test_case_44_a_tar_that_ends_in_a_member_is_refused(uploads: Uploads) -> None:
    tar = write_tar([*MEMBERS, TarMember(name=f"{TOP}/long", content=bytes(5000))])

    for cut in (1024 + 100, 1024 + 4000, 1024 + 5120 + 256):
        refuse(uploads, gzip.compress(tar[:-cut]))


@pytest.mark.parametrize(
    "member",
    [
        TarMember(name=f"{TOP}/x", kind=tarfile.GNUTYPE_SPARSE),
        TarMember(name=f"{TOP}/x", pax_headers={"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}),
        TarMember(name=f"{TOP}/x", pax_headers={"GNU.sparse.map": "0,1", "GNU.sparse.size": "9"}),
        TarMember(name=f"{TOP}/x", kind=tarfile.CHRTYPE),
        TarMember(name=f"{TOP}/x", kind=tarfile.BLKTYPE),
        TarMember(name=f"{TOP}/x", kind=tarfile.FIFOTYPE),
        TarMember(name=f"{TOP}/x", kind=b"Z"),
        TarMember(name=f"{TOP}/x", mode=0o4755),
        TarMember(name=f"{TOP}/x", mode=0o2755),
        TarMember(name=f"{TOP}/x", mode=0o1755),
        TarMember(name=f"{TOP}/a\nb"),
        TarMember(name=f"{TOP}/a\x7fb"),
        TarMember(name=f"{TOP}/PKG-INFO", content=b"another"),
        TarMember(name=f"{TOP}/x", pax_headers={"size": "-1"}),
        TarMember(name=f"{TOP}/x", pax_headers={"size": "9" * 5000}),
        TarMember(name=f"{TOP}/x", pax_headers={"path": "/etc/passwd"}),
    ],
    ids=lambda each: "",
)
def test_case_45_special_members_are_refused(uploads: Uploads, member: TarMember) -> None:
    refuse_member(uploads, member)


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.SYMTYPE])
@pytest.mark.parametrize("target", ["../outside", "/etc/passwd", "a/../../..", "../sample-1.1/x", ""])
def test_case_45_links_that_leave_the_tree_are_refused(uploads: Uploads, kind: bytes, target: str) -> None:
    refuse_member(uploads, TarMember(name=f"{TOP}/x", kind=kind, link=target))


def test_case_45_links_within_the_tree_are_accepted(uploads: Uploads) -> None:
    symbolic = TarMember(name=f"{TOP}/docs/x", kind=tarfile.SYMTYPE, link="../pyproject.toml")
    hard = TarMember(name=f"{TOP}/y", kind=tarfile.LNKTYPE, link=f"{TOP}/pyproject.toml")

    uploads.accepted(with_tar_members(SDIST, symbolic, hard))


@pytest.mark.parametrize(
    "names",
    [
        ["/sample-1.0/x"],
        ["/etc/passwd", f"{TOP}/x"],
        ["../x"],
        [f"{TOP}/../x"],
        [f"{TOP}/a/../../x"],
        [f"{TOP}/x", f"{TOP}/x"],
        [f"{TOP}/x/y", f"{TOP}/x"],
        ["\\x"],
        ["C:/x"],
        [f"{TOP}/a\\..\\x"],
    ],
)
def test_case_45_names_outside_the_tree_are_refused(uploads: Uploads, names: list[str]) -> None:
    refuse_member(uploads, *(TarMember(name=each) for each in names))


def test_case_45_ten_million_empty_members_are_refused(uploads: Uploads) -> None:
    refuse(uploads, many_members_tar_gz(TOP, 10_000_000))


@pytest.mark.parametrize("member", ["x", "PKG-INFO"])
def test_case_45_a_bomb_is_refused(uploads: Uploads, member: str) -> None:
    refuse(uploads, bomb_tar_gz(f"{TOP}/{member}", 4095 << 20))


def test_case_46_an_sdist_has_one_top_level_folder(uploads: Uploads) -> None:
    refuse_member(uploads, TarMember(name="other-1.0/x"))
    refuse_member(uploads, TarMember(name="x"))
    refuse(uploads, write_tar_gz([replace(each, name=each.name.partition("/")[2]) for each in MEMBERS]))


def test_case_46_an_sdist_has_its_metadata(uploads: Uploads) -> None:
    refuse(uploads, write_tar_gz(MEMBERS[1:]), "PKG-INFO")
    deeper = replace(MEMBERS[0], name=f"{TOP}/deeper/PKG-INFO")
    refuse(uploads, write_tar_gz([deeper, *MEMBERS[1:]]), "PKG-INFO")
    folder = replace(MEMBERS[0], kind=tarfile.DIRTYPE, content=b"")
    refuse(uploads, write_tar_gz([folder, *MEMBERS[1:]]), "PKG-INFO")


def test_case_46_folders_of_their_own_are_accepted(uploads: Uploads) -> None:
    folders = [TarMember(name=each, kind=tarfile.DIRTYPE, mode=0o755) for each in (TOP, f"{TOP}/empty")]

    uploads.accepted(replace(SDIST, content=write_tar_gz([folders[0], *MEMBERS, folders[1]])))
