"""The manifest of a backup is read, or refused in a sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pypi_app.backups.failures import BackupError
from pypi_app.backups.manifest import FORMAT, Manifest, read_manifest, write_manifest

MANIFEST = Manifest(
    format=FORMAT,
    id="20260301T030000Z-0123abcd",
    made=datetime(2026, 3, 1, 3, tzinfo=UTC),
    program="1.0",
    serials={"pypi": 12},
    rows=100,
    rows_sha256="0" * 64,
    files=2,
    bytes=1000,
    damaged=("distributions/aa/bb/cc",),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "manifest.json"


def test_a_manifest_is_read_as_it_was_written(file: Path) -> None:
    file.write_bytes(write_manifest(MANIFEST))
    assert read_manifest(file) == MANIFEST


def test_a_later_program_may_add_members(file: Path) -> None:
    file.write_text(json.dumps({**json.loads(write_manifest(MANIFEST)), "new": [1]}))
    assert read_manifest(file) == MANIFEST


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"\xff\xfe",
        b"{",
        b"[]",
        b"null",
        b'{"format": "1"}',
        b'{"format": -1}',
        b'{"format": 1}',
        b"[" * 100_000,
        b" " * (1024 * 1024 + 1),
    ],
)
def test_what_is_no_manifest_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(BackupError, match=r"The manifest .* is damaged: .*another copy of the backup\.$"):
        read_manifest(file)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "../../etc/passwd"},
        {"id": "20260301T030000Z-0123abcd\n"},
        {"id": "20260301T030000Z-0123abcd/../x"},
        {"made": "2026-03-01T03:00:00"},
        {"made": 0},
        {"serials": {"pypi": -1}},
        {"serials": {"pypi": 2**80}},
        {"serials": []},
        {"rows": -1},
        {"rows_sha256": "0" * 63},
        {"files": None},
        {"damaged": ["x"] * 1001},
    ],
)
def test_a_member_that_cannot_be_is_refused(file: Path, changed: dict[str, object]) -> None:
    file.write_text(json.dumps({**json.loads(write_manifest(MANIFEST)), **changed}))
    with pytest.raises(BackupError, match="is damaged"):
        read_manifest(file)


def test_a_later_format_is_refused_with_what_to_do(file: Path) -> None:
    file.write_text(json.dumps({"format": FORMAT + 1, "everything": "else"}))
    with pytest.raises(BackupError, match="restore it with the version that made it"):
        read_manifest(file)


def test_a_folder_without_a_manifest_is_told(file: Path) -> None:
    with pytest.raises(BackupError, match=r"There is no backup in .*manifest\.json"):
        read_manifest(file)


def test_a_manifest_that_cannot_be_read_is_told(file: Path) -> None:
    file.mkdir()
    with pytest.raises(BackupError, match="cannot be read"):
        read_manifest(file)
