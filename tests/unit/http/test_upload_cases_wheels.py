"""
Nasty uploads: what is in a wheel.

See docs/reference/standards/nasty-inputs.md#cases-40-to-43.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from damage.raw_zips import entries_of, write_zip, zip_entry
from damage.reworking import wheel_members, with_members
from pypi_contracts.builders import build_wheel, with_member, without_member
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.rules import UploadRules

if TYPE_CHECKING:
    from tests.unit.http.conftest import Uploads

WHEEL = build_wheel("sample", "1.0")
DIST_INFO = "sample-1.0.dist-info"
RECORD = f"{DIST_INFO}/RECORD"


@pytest.mark.parametrize(
    "name",
    [
        "/abs.py",
        "a/../../b.py",
        "../b.py",
        "a/..",
        "./b.py",
        "a//b.py",
        "C:x.py",
        "C:/x.py",
        "a\\b.py",
        "\\\\server\\x.py",
        "a\nb.py",
        "a\x7fb.py",
        "a\x00b.py",
        "SAMPLE.py",
        "sample.py/inside.py",
        "Sample-1.0.dist-info/METADATA",
    ],
)
def test_case_40_a_name_outside_the_wheel_is_refused(uploads: Uploads, name: str) -> None:
    entries = entries_of(with_members(WHEEL, {"placeholder.py": b"x"}).content)
    record = wheel_members(with_members(WHEEL, {"placeholder.py": b"x"}))[RECORD]
    renamed = [
        zip_entry(name, b"x") if each.name == b"placeholder.py" else each
        for each in entries
        if each.name != RECORD.encode()
    ]
    quoted = f'"{name}"'.encode()
    renamed.append(zip_entry(RECORD, record.replace(b"placeholder.py", quoted)))

    uploads.refused(replace(WHEEL, content=write_zip(renamed)), "invalid distribution file")


@pytest.mark.parametrize(("first", "second"), [("stra\u00dfe.py", "STRASSE.py"), ("\u00e9.py", "e\u0301.py")])
def test_case_40_two_names_equal_on_some_file_system_are_refused(
    uploads: Uploads, first: str, second: str
) -> None:
    uploads.refused(with_members(WHEEL, {first: b"1", second: b"2"}), "invalid distribution file")


def test_case_40_a_name_is_utf_8(uploads: Uploads) -> None:
    entries = [*entries_of(WHEEL.content), zip_entry(b"\xff\xfe.py", b"x", flags=0x800)]

    uploads.refused(replace(WHEEL, content=write_zip(entries)), "invalid distribution file")


@pytest.mark.parametrize("mode", [0o120777, 0o060644, 0o010644, 0o020644, 0o140644])
def test_case_40_links_and_devices_are_refused(uploads: Uploads, mode: int) -> None:
    entries = entries_of(WHEEL.content)
    entries[0] = replace(entries[0], attributes=mode << 16)

    uploads.refused(replace(WHEEL, content=write_zip(entries)), "invalid distribution file")


def test_case_40_sound_names_of_every_kind_are_accepted(uploads: Uploads) -> None:
    members = {
        "sample/\u4f60\u597d.py": b"",
        "sample/a b.txt": b"x",
        "sample/a,b.txt": b"x",
        "x..y/...z": b"x",
    }

    uploads.accepted(with_members(WHEEL, dict(members)))


@pytest.mark.parametrize("member", [RECORD, f"{DIST_INFO}/WHEEL", f"{DIST_INFO}/METADATA"])
def test_case_41_a_wheel_needs_its_wheel_file(uploads: Uploads, member: str) -> None:
    wheel = replace(WHEEL, content=without_member(WHEEL.content, member))

    uploads.refused(wheel, "invalid distribution file", member.partition("/")[2])


def recorded(old: bytes, new: bytes) -> bytes:
    record = wheel_members(WHEEL)[RECORD]
    assert old in record
    return with_member(WHEEL.content, RECORD, record.replace(old, new, 1))


LISTED = next(each for each in wheel_members(WHEEL)[RECORD].split(b"\n") if each.startswith(b"sample.py"))
HASHED = LISTED.split(b",")[1]

WRONG_RECORDS = {
    "lacks a file": recorded(LISTED + b"\n", b""),
    "lists a ghost": recorded(LISTED, LISTED + b"\nghost.py,,"),
    "lists a ghost with a hash": recorded(LISTED, LISTED + b"\nghost.py," + HASHED + b",1"),
    "wrong hash": recorded(HASHED, b"sha256=" + b"A" * 43),
    "no hash": recorded(HASHED, b""),
    "weak hash": recorded(HASHED, b"md5=1B2M2Y8AsgTpgAmY7PhCfg"),
    "padded hash": recorded(HASHED, HASHED + b"="),
    "unknown hash": recorded(HASHED, b"sha255=x"),
    "no base64": recorded(HASHED, b"sha256=***"),
    "wrong size": recorded(LISTED, LISTED[:-1]),
    "no number": recorded(LISTED, LISTED + b"x"),
    "huge number": recorded(LISTED, LISTED + b"9" * 5000),
    "twice": recorded(LISTED, LISTED + b"\nsample.py,sha256=" + b"A" * 43 + b",1"),
    "one column": recorded(LISTED, b"sample.py"),
    "no UTF-8": recorded(b"sample.py", b"s\xffmple.py"),
    "open quote": recorded(b"sample.py", b'"sample.py'),
    "nul": recorded(b"sample.py", b"sample.py\0"),
    "a file not listed": with_member(WHEEL.content, "further.py", b"x"),
    "other bytes": with_member(WHEEL.content, "sample.py", b"x"),
    "a file gone": without_member(WHEEL.content, "sample.py"),
    "a signature listed": recorded(LISTED, LISTED + f"\n{DIST_INFO}/RECORD.jws,,".encode()),
    "empty": with_member(WHEEL.content, RECORD, b""),
}


@pytest.mark.parametrize("damage", WRONG_RECORDS)
def test_case_41_record_lists_what_is_in_the_wheel(uploads: Uploads, damage: str) -> None:
    uploads.refused(replace(WHEEL, content=WRONG_RECORDS[damage]), "RECORD")


@pytest.mark.parametrize("name", ["RECORD.jws", "RECORD.p7s"])
def test_case_41_legacy_signatures_need_not_be_listed(uploads: Uploads, name: str) -> None:
    uploads.accepted(replace(WHEEL, content=with_member(WHEEL.content, f"{DIST_INFO}/{name}", b"{}")))


def test_case_41_an_index_may_allow_records_that_lie(uploads: Uploads) -> None:
    settings = IndexSettings(rules=UploadRules(allow_record_mismatch=True))
    uploads.memory.site.configure_index(OPERATOR, DEFAULT_INDEX, settings)

    uploads.accepted(replace(WHEEL, content=WRONG_RECORDS["lists a ghost"]))


@pytest.mark.parametrize(
    "entry_points",
    [
        b"[console_scripts]\n../../bin/sh = x:y\n",
        b"[gui_scripts]\n../sh = x:y\n",
        b"[console_scripts]\na/b = x:y\n",
        b"[console_scripts]\na\\b = x:y\n",
        b"[console_scripts]\n.. = x:y\n",
        b"[console_scripts]\n. = x:y\n",
        b"[console_scripts]\na b = x:y\n",
        b"[console_scripts]\nx = a:b\nx = c:d\n",
        b"[console_scripts]\n[console_scripts]\n",
        b"[console_scripts\nx = y:z\n",
        b"x = y:z\n",
        b"[console_scripts]\nx: y\n",
        b"[console_scripts]\n\xff = y:z\n",
    ],
)
def test_case_42_a_script_that_is_a_path_is_refused(uploads: Uploads, entry_points: bytes) -> None:
    wheel = with_members(WHEEL, {f"{DIST_INFO}/entry_points.txt": entry_points})

    uploads.refused(wheel, "invalid distribution file", "entry")


@pytest.mark.parametrize(
    "entry_points",
    [
        b"",
        b"[console_scripts]\nsample-tool = sample:main\nSample_Tool.exe = sample:main [extra]\n",
        b"[my.plugins]\nany name/you like = sample:main\n[console_scripts]\nx=y:z\n",
        b"# a comment\n[gui_scripts]\nx = y:z\n; another\n",
    ],
)
def test_case_42_sound_entry_points_are_accepted(uploads: Uploads, entry_points: bytes) -> None:
    uploads.accepted(with_members(WHEEL, {f"{DIST_INFO}/entry_points.txt": entry_points}))


@pytest.mark.parametrize("name", ["simple-1.0", "sample-1.1", "Sample-1.0", "sample-1.0.0", "sample"])
def test_case_43_the_metadata_folder_repeats_the_file_name(uploads: Uploads, name: str) -> None:
    uploads.refused(
        build_wheel("sample", "1.0", dist_info_name=name), "invalid distribution file", "dist-info"
    )


@pytest.mark.parametrize("second", ["other-1.0.dist-info", "sample-1.1.dist-info"])
def test_case_43_a_wheel_has_one_metadata_folder(uploads: Uploads, second: str) -> None:
    members = wheel_members(WHEEL)
    wheel = with_members(WHEEL, {f"{second}/METADATA": members[f"{DIST_INFO}/METADATA"]})

    uploads.refused(wheel, "invalid distribution file", "dist-info")


def test_case_43_packages_within_a_package_are_accepted(uploads: Uploads) -> None:
    vendored = {
        f"sample/_vendor/other-1.0.dist-info/{name}": b"x" for name in ("METADATA", "RECORD", "WHEEL")
    }

    uploads.accepted(with_members(WHEEL, dict(vendored)))


@pytest.mark.parametrize(
    "wheel_file",
    [b"", b"Wheel-Version: 2.0\n", b"Wheel-Version: x\n", b"\xff\xfe", b"Root-Is-Purelib: true\n"],
)
def test_case_43_an_unknown_wheel_version_is_refused(uploads: Uploads, wheel_file: bytes) -> None:
    uploads.refused(with_members(WHEEL, {f"{DIST_INFO}/WHEEL": wheel_file}), "WHEEL")
