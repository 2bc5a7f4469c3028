"""Names of members that lead elsewhere, or to the same file as another's."""

from __future__ import annotations

import pytest

from pypi_core.domain.archives.member_names import check_member_names
from pypi_core.domain.archives.zip_records import Member
from pypi_core.errors import InvalidArchive

REGULAR = 0o100644 << 16
FOLDER = (0o040755 << 16) | 0x10


def member(name: str, attributes: int = REGULAR, size: int = 0) -> Member:
    return Member(
        name=name,
        raw_name=name.encode(),
        flags=0,
        method=0,
        crc=0,
        compressed_size=size,
        size=size,
        offset=0,
        attributes=attributes,
    )


def check(*names: str) -> None:
    check_member_names([member(name, FOLDER if name.endswith("/") else REGULAR) for name in names])


@pytest.mark.parametrize(
    "names",
    [
        ["a", "b/a", "b/c/a"],
        ["folder/", "folder/file"],
        ["folder/file", "folder/"],
        ["folder", "folder.py", "folder-1/file"],
        ["...", "a..b", "..a/b..", ".hidden", "a/.b"],
        ["a b.txt", "ab:c", "(1).py", "\U0001f40d.py", "\xe9/\xe9"],
        ["a" * 4096],
        [],
    ],
)
def test_usual_names_pass(names: list[str]) -> None:
    check(*names)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("/abs", "absolute"),
        ("//server/share", "absolute"),
        ("C:x", "absolute"),
        ("c:/x", "absolute"),
        ("..", "empty part, '.' or '..'"),
        ("../x", "empty part, '.' or '..'"),
        ("a/../../b", "empty part, '.' or '..'"),
        ("a/..", "empty part, '.' or '..'"),
        ("a/../", "empty part, '.' or '..'"),
        (".", "empty part, '.' or '..'"),
        ("./a", "empty part, '.' or '..'"),
        ("a/./b", "empty part, '.' or '..'"),
        ("a//b", "empty part, '.' or '..'"),
        ("a//", "empty part, '.' or '..'"),
        ("/", "empty part, '.' or '..'"),
        ("", "empty part, '.' or '..'"),
        ("a\\b", "backslash"),
        ("..\\b", "backslash"),
        ("a\0b", "control character"),
        ("a\n", "control character"),
        ("a\x7f", "control character"),
        ("a" * 4097, "longer than 4096 bytes"),
        ("\u20ac" * 1366, "longer than 4096 bytes"),
    ],
)
def test_a_name_that_leads_outside_the_wheel_is_refused(name: str, told: str) -> None:
    with pytest.raises(InvalidArchive, match=told):
        check("sample.py", name)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["a", "a"], "'a' twice"),
        (["a/", "a/"], "'a/' twice"),
        (["a", "A"], "the same to some file systems"),
        (["Folder/a", "folder/A"], "the same to some file systems"),
        (["stra\xdfe", "STRASSE"], "the same to some file systems"),
        (["\xe9", "e\u0301"], "the same to some file systems"),
        (["\xc9", "e\u0301"], "the same to some file systems"),
        (["a/", "a"], "the same to some file systems"),
        (["a", "a/b"], "'a' is a file and the folder of 'a/b'"),
        (["a/b/c", "a-b", "a"], "'a' is a file and the folder of 'a/b/c'"),
        (["A", "a/b"], "'A' is a file and the folder of 'a/b'"),
        (["a", "a/b/"], "'a' is a file and the folder of 'a/b/'"),
    ],
)
def test_names_that_meet_in_one_file_are_refused(names: list[str], told: str) -> None:
    with pytest.raises(InvalidArchive, match=told):
        check(*names)


@pytest.mark.parametrize(
    "kind",
    [0o120777, 0o010644, 0o020644, 0o060644, 0o140644],
    ids=["link", "fifo", "char", "block", "socket"],
)
def test_only_files_and_folders_are_accepted(kind: int) -> None:
    with pytest.raises(InvalidArchive, match="neither a file nor a folder"):
        check_member_names([member("a", kind << 16)])


@pytest.mark.parametrize("attributes", [FOLDER, 0x10])
def test_a_folder_is_one_by_its_name_too(attributes: int) -> None:
    with pytest.raises(InvalidArchive, match="a file by its name and a folder otherwise"):
        check_member_names([member("a", attributes)])


def test_a_folder_has_no_content() -> None:
    with pytest.raises(InvalidArchive, match="a folder by its name and has content"):
        check_member_names([member("a/", FOLDER, size=3)])


def test_attributes_may_be_left_empty() -> None:
    check_member_names([member("a", 0), member("b/", 0), member("c", 0o755 << 16), member("d", 0x20)])


def test_names_that_differ_only_in_case_may_be_taken() -> None:
    check_member_names([member("a/README"), member("a/readme")], may_differ_in_case=True)


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["\xe9", "e\u0301"], "are the same to some file systems"),
        (["a", "a"], "twice"),
        (["a", "a/b"], "is a file"),
    ],
)
def test_names_that_are_the_same_to_every_reader_never_are(names: list[str], why: str) -> None:
    with pytest.raises(InvalidArchive, match=why):
        check_member_names(map(member, names), may_differ_in_case=True)
