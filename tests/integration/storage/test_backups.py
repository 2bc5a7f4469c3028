"""A backup is written beside an index that changes, and restored as it was at one moment."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from filled_database import fill, publish, rows_of
from operator_command import OperatorOn
from pypi_app.backups.back_up import BackUp
from pypi_app.backups.folder import BackupFolder
from pypi_app.container import Container, assemble
from pypi_app.settings import Settings
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.blob_keys import BlobKey, BlobKind
from pypi_core.domain.entities import ProjectId, Serial, Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_core.errors import PackageIndexError
from pypi_core.index import Index
from pypi_core.ports.pages import PageKind
from pypi_memory.environment import FixedClock

pytestmark = pytest.mark.slow

NOT_BACKED_UP = {"pages", "condemned_blobs", "upload_sessions", "upload_session_files"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with rows in all tables."""
    data = tmp_path_factory.mktemp("filled") / "data"
    fill(Settings(data=str(data)))
    return data


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    """Return a data folder that a test may change."""
    return Path(shutil.copytree(filled, tmp_path / "data"))


@contextmanager
def opened(data: Path) -> Iterator[Container]:
    container = assemble(Settings(data=str(data)))
    try:
        yield container
    finally:
        container.database().dispose()


@contextmanager
def index_in(data: Path, name: IndexName = DEFAULT_INDEX) -> Iterator[Index]:
    with opened(data) as container:
        yield container.site().index(name)


def kept_rows(data: Path) -> dict[str, list[Any]]:
    """Return all rows that a backup has; without what the audit log says of a restore."""
    rows = {
        name: each
        for name, each in rows_of(f"sqlite:///{data}/index.sqlite").items()
        if name not in NOT_BACKED_UP
    }
    rows["audit_log"] = [each for each in rows["audit_log"] if "backup-restored" not in each]
    # The one number that has to move.
    del rows["site_state"]
    return rows


def stored_files(folder: Path) -> dict[str, bytes]:
    found = (each for each in (folder / "blobs").rglob("*") if each.is_file())
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in found
        if each.parent.name != "staging" and each.name != "lock"
    }


def serial_of(data: Path) -> int:
    with opened(data) as container:
        return container.database().serials()[DEFAULT_INDEX]


def changes_since(data: Path, serial: int) -> list[tuple[str, str, int]]:
    with index_in(data) as index:
        return [
            (each.project, each.action, each.serial)
            for each in index.journal.since(OPERATOR, Serial(serial), 10_000)
        ]


def test_every_row_and_every_file_comes_back(operator_on: OperatorOn, data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    made = operator_on(data)("backup", backup, "--json")
    restored = operator_on(tmp_path / "new")("restore", backup, "--json")

    assert (made.code, restored.code) == (0, 0), made.err + restored.err
    assert kept_rows(tmp_path / "new") == kept_rows(data)
    # What was deleted is in the store until it is swept.
    assert stored_files(tmp_path / "new").items() <= stored_files(data).items()
    assert len(stored_files(tmp_path / "new")) == made.result["files"] == restored.result["copied_files"]
    assert restored.result["serials"] == made.result["serials"] == {"pypi": serial_of(data), "test": 0}
    assert changes_since(tmp_path / "new", 0) == changes_since(data, 0)
    assert operator_on(tmp_path / "new")("check", "--thorough").code == 0


def test_pages_and_search_come_back_by_themselves(
    operator_on: OperatorOn, data: Path, tmp_path: Path
) -> None:
    assert operator_on(data)("backup", tmp_path / "backup").code == 0
    assert operator_on(tmp_path / "new")("restore", tmp_path / "backup").code == 0
    name = NormalizedName("sample-1")

    with index_in(data) as before, index_in(tmp_path / "new") as after:
        pages = [each.pages.project(OPERATOR, name, PageKind.SIMPLE_JSON) for each in (before, after)]
        lists = [each.pages.project_list(OPERATOR, PageKind.SIMPLE_JSON) for each in (before, after)]
        # As the worker does.
        assert after.rebuild_search(only_if_empty=True) == 6

    assert pages[0] == pages[1]
    assert lists[0].etag == lists[1].etag


def test_a_second_backup_copies_what_is_new_alone(
    operator_on: OperatorOn, data: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    first = operator_on(data)("backup", backup, "--json").result
    with index_in(data) as index:
        publish(index, OPERATOR, "added", "1.0")
        index.delete_release(OPERATOR, NormalizedName("sample-2"), parse_version("1.2"))
    second = operator_on(data)("backup", backup, "--json").result
    third = operator_on(data)("backup", backup, "--json").result

    # A wheel and its metadata.
    assert first["copied_files"] == first["files"]
    assert (second["copied_files"], second["files"]) == (2, first["files"])
    assert third["copied_files"] == 0
    # What no row points at any more is gone from the backup, too; so are the rows of the first one.
    assert len(stored_files(backup)) == third["files"]
    assert len(list(backup.glob("rows-*"))) == len(list(backup.glob("settings-*"))) == 1
    assert operator_on(tmp_path / "new")("restore", backup).code == 0
    assert kept_rows(tmp_path / "new") == kept_rows(data)


def test_a_backup_is_of_one_serial_while_everything_changes(
    operator_on: OperatorOn, data: Path, tmp_path: Path
) -> None:
    ends = threading.Event()

    def change() -> None:
        number = 0
        with index_in(data) as index:
            while not ends.is_set():
                name = f"changing-{number % 5}"
                publish(index, OPERATOR, name, f"1.{number}")
                if number % 3 == 1:
                    index.yank_release(
                        OPERATOR, NormalizedName(name), parse_version(f"1.{number}"), Yank(reason="broken")
                    )
                if number % 4 == 3:
                    index.delete_project(OPERATOR, NormalizedName(name))
                number += 1

    changing = threading.Thread(target=change)
    changing.start()
    try:
        time.sleep(0.5)
        for round_ in range(3):
            made = operator_on(data)("backup", tmp_path / "backup", "--json")
            assert made.code == 0, made.err
            assert operator_on(tmp_path / f"new-{round_}")("restore", tmp_path / "backup").code == 0
    finally:
        ends.set()
        changing.join()

    for round_ in range(3):
        new = tmp_path / f"new-{round_}"
        serial = serial_of(new)
        now, then = (rows_of(f"sqlite:///{each}/index.sqlite") for each in (data, new))
        assert then["journal"] == [row for row in now["journal"] if row.serial <= serial]
        # What the journal says of files, and nothing else, is listed.
        assert listed_files(then) == files_by_journal(then["journal"])
        assert operator_on(new)("check", "--thorough").code == 0
    assert serial_of(data) > serial_of(tmp_path / "new-2") > serial_of(tmp_path / "new-0")


def listed_files(rows: dict[str, list[Any]]) -> set[str]:
    return {each.filename for each in rows["files"]}


def files_by_journal(journal: list[Any]) -> set[str]:
    files: dict[str, str] = {}
    for each in journal:
        words = each.action.split()
        if words[0] == "add" and words[2] == "file":
            files[words[3]] = f"{each.project} {each.version}"
        elif each.action == "remove release":
            files = {name: of for name, of in files.items() if of != f"{each.project} {each.version}"}
        elif each.action == "remove project":
            files = {name: of for name, of in files.items() if of.split()[0] != each.project}
    return set(files)


def test_what_is_deleted_and_swept_meanwhile_is_in_the_backup(data: Path, tmp_path: Path) -> None:
    with opened(data) as container:
        site = container.site()
        clock = FixedClock(container.clock().now() + timedelta(days=10))
        container.clock.override(clock)

        class Deletes:
            """Deletes and sweeps when the rows are read, before the bytes are."""

            is_done = False

            def rows(self, table: str, done: int, total: int) -> None:
                if table == "journal" and done == total and not self.is_done:
                    self.is_done = True
                    site.index(DEFAULT_INDEX).delete_project(OPERATOR, NormalizedName("sample-1"))
                    # Less than a grace period passes, however often it sweeps.
                    for _sweep in range(3):
                        site.sweep_blobs()
                        clock.advance(timedelta(hours=7))

            def bytes(self, size: int) -> None:
                pass

        watch = Deletes()
        back_up = BackUp(
            folder=BackupFolder(tmp_path / "backup"),
            database=container.database(),
            blobs=container.blobs(),
            settings_text="",
            clock=clock,
            randomness=container.randomness(),
        )
        manifest, copied = back_up(watch, map)

    assert watch.is_done
    assert manifest.damaged == ()
    assert copied.files == manifest.files


def test_a_file_that_the_index_has_lost_is_named_and_the_rest_is_backed_up(
    operator_on: OperatorOn, data: Path, tmp_path: Path
) -> None:
    digests = sorted(each.blake2_256 for each in rows_of(f"sqlite:///{data}/index.sqlite")["files"])
    lost, changed = (data / "blobs" / BlobKey(BlobKind.DISTRIBUTION, each).path for each in digests[:2])
    lost.unlink()
    changed.write_bytes(bytes(len(changed.read_bytes())))
    paths = sorted(str(each.relative_to(data / "blobs")) for each in (lost, changed))

    made = operator_on(data)("backup", tmp_path / "backup", "--json")
    restored = operator_on(tmp_path / "new")("restore", tmp_path / "backup", "--json")

    assert (made.code, made.result["damaged"]) == (1, paths)
    assert (restored.code, restored.result["damaged"]) == (1, paths)
    assert kept_rows(tmp_path / "new") == kept_rows(data)


def test_a_store_that_is_not_the_right_one_spoils_no_backup(
    operator_on: OperatorOn, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pypi_app.backups.back_up.MOST_DAMAGED", 10)
    backup = tmp_path / "backup"
    assert operator_on(data)("backup", backup).code == 0
    before = (backup / "manifest.json").read_bytes()
    shutil.rmtree(backup / "blobs" / "distributions")
    shutil.rmtree(data / "blobs" / "distributions")

    refused = operator_on(data)("backup", backup)

    assert refused.code == 1
    assert "Is `blobs` set to the right store?" in refused.err
    assert (backup / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("damage", ["changed", "missing", "shorter"])
def test_a_tampered_file_is_named_and_nothing_is_restored(
    operator_on: OperatorOn, data: Path, tmp_path: Path, damage: str
) -> None:
    backup = tmp_path / "backup"
    assert operator_on(data)("backup", backup).code == 0
    file = next((backup / "blobs" / "metadata").glob("*/*/*"))
    content = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        # As long as before, or not: of metadata no row says how long it is.
        file.write_bytes(b"X" + content[1:] if damage == "changed" else content[:-1])

    refused = operator_on(tmp_path / "new")("restore", backup)

    assert refused.code == 1
    assert f"blobs/{file.relative_to(backup / 'blobs')}" in refused.err
    assert "Traceback" not in refused.err
    with opened(tmp_path / "new") as container:
        assert container.database().is_empty()
    # Mended, it is restored.
    file.write_bytes(content)
    assert operator_on(tmp_path / "new")("restore", backup).code == 0


def test_tampered_rows_are_refused(operator_on: OperatorOn, data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    assert operator_on(data)("backup", backup).code == 0
    [file] = backup.glob("rows-*")
    with file.open("r+b") as rows:
        rows.seek(5000)
        rows.write(b"tampered")

    refused = operator_on(tmp_path / "new")("restore", backup)
    file.unlink()
    missing = operator_on(tmp_path / "new")("restore", backup)

    assert refused.code == missing.code == 1
    assert "are not those that were written" in refused.err
    assert "cannot be read: No such file" in missing.err


def test_a_database_in_use_is_not_restored_without_force(
    operator_on: OperatorOn, data: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    assert operator_on(data)("backup", backup).code == 0
    old = serial_of(data)
    with index_in(data) as index:
        publish(index, OPERATOR, "later", "1.0")
        name = NormalizedName("sample-1")
        version = index.projects.read(OPERATOR, name).releases[0].version
        index.yank_release(OPERATOR, name, version, Yank(reason="late"))
    seen = serial_of(data)
    before = kept_rows(data)

    refused = operator_on(data)("restore", backup)

    assert refused.code == 5
    assert f"pypi is at serial {seen}, and at {old} in the backup" in refused.err
    assert kept_rows(data) == before

    forced = operator_on(data)("restore", backup, "--force", "--json")

    assert forced.code == 0, forced.err
    # Mirrors that were at `seen` learn what has to be fetched or dropped again.
    assert changes_since(data, seen) == [
        ("later", "remove project", seen + 1),
        ("sample-1", "restore project", seen + 2),
    ]
    assert forced.result["serials"]["pypi"] == serial_of(data) == seen + 2
    # The journal is kept for ever.
    assert [serial for _, _, serial in changes_since(data, 0)] == list(range(1, seen + 3))
    with index_in(data) as index:
        assert index.projects.read(OPERATOR, NormalizedName("sample-1")).project.serial == seen + 2
        publish(index, OPERATOR, "later", "1.0")
    assert [each for _, _, each in changes_since(data, seen + 2)] == [seen + 3, seen + 4, seen + 5]


def test_serials_go_on_above_what_a_mirror_has_seen(
    operator_on: OperatorOn, data: Path, tmp_path: Path
) -> None:
    assert operator_on(data)("backup", tmp_path / "backup").code == 0
    new = tmp_path / "new"

    restored = operator_on(new)("restore", tmp_path / "backup", "--seen-serial", 1000, "--json")

    assert restored.code == 0, restored.err
    # Nobody knows what changed since: all of them are told.
    assert [(action, serial) for _, action, serial in changes_since(new, 1000)] == [
        ("restore project", serial) for serial in range(1001, 1007)
    ]
    assert restored.result["serials"] == {"pypi": 1006, "test": 1000}


def test_an_index_that_the_backup_does_not_know_keeps_its_serial(
    operator_on: OperatorOn, data: Path, tmp_path: Path
) -> None:
    assert operator_on(data)("backup", tmp_path / "backup").code == 0
    with opened(data) as container:
        container.site().create_index(OPERATOR, IndexName("newer"), IndexSettings(title="Newer"))
        publish(container.site().index(IndexName("newer")), OPERATOR, "gone", "1.0")
        before = container.database().serials()[IndexName("newer")]

    forced = operator_on(data)("restore", tmp_path / "backup", "--force", "--json")

    assert forced.result["serials"]["newer"] == before + 1
    with index_in(data, IndexName("newer")) as index:
        assert not index.projects.page(OPERATOR, ProjectId(0)).projects
    assert operator_on(data)("check").code == 0


def test_ids_are_not_reused_after_a_restore(operator_on: OperatorOn, data: Path, tmp_path: Path) -> None:
    assert operator_on(data)("backup", tmp_path / "backup").code == 0
    with index_in(data) as index:
        publish(index, OPERATOR, "later", "1.0")
        later = index.projects.read(OPERATOR, NormalizedName("later")).project.id
    assert operator_on(data)("restore", tmp_path / "backup", "--force").code == 0
    with index_in(data) as index:
        publish(index, OPERATOR, "again", "1.0")
        assert index.projects.read(OPERATOR, NormalizedName("again")).project.id > later


@pytest.mark.parametrize("what", ["blobs", "data", "something else"])
def test_a_folder_that_is_in_use_is_refused(
    operator_on: OperatorOn, data: Path, tmp_path: Path, what: str
) -> None:
    folder = {"blobs": data / "blobs", "data": data, "something else": tmp_path}[what]
    before = {each: each.stat().st_mtime_ns for each in folder.iterdir()}

    refused = operator_on(data)("backup", folder)

    assert refused.code in (1, 2)
    assert "name" in refused.err
    assert "Traceback" not in refused.err
    assert before.keys() == set(folder.iterdir())


def run(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pypi_app.server_command", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_when(process: subprocess.Popen[bytes], folder: Path, pattern: str) -> None:
    """Kill a process at the moment when a file appears."""
    while not any(folder.glob(pattern)):
        assert process.poll() is None, "it was done before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("moment", ["work/rows.sqlite", "blobs/distributions/*/*/*", "rows-*"])
def test_a_backup_killed_at_any_moment_leaves_the_one_before(
    operator_on: OperatorOn, data: Path, tmp_path: Path, moment: str
) -> None:
    backup = tmp_path / "backup"
    made = operator_on(data)("backup", backup, "--json").result
    before = kept_rows(data)
    with index_in(data) as index:
        for number in range(20):
            publish(index, OPERATOR, "meanwhile", f"1.{number}")
    known = {str(each.relative_to(backup)) for each in backup.glob(moment)}
    process = run("backup", backup, "--data", data)
    while not {str(each.relative_to(backup)) for each in backup.glob(moment)} - known:
        assert process.poll() is None, "it was done before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert json.loads((backup / "manifest.json").read_bytes())["serials"] == made["serials"]
    assert operator_on(tmp_path / "new")("restore", backup).code == 0
    assert kept_rows(tmp_path / "new") == before
    # The next one finishes what was begun.
    again = operator_on(data)("backup", backup, "--json")
    assert again.code == 0
    assert again.result["serials"]["pypi"] == serial_of(data)
    assert not list(backup.glob("work")) + list((backup / "blobs" / "staging").iterdir())


@pytest.mark.parametrize("moment", ["index.sqlite", "blobs/distributions/*/*/*"])
def test_a_restore_killed_at_any_moment_is_finished_by_the_next(
    operator_on: OperatorOn, data: Path, tmp_path: Path, moment: str
) -> None:
    backup, new = tmp_path / "backup", tmp_path / "new"
    assert operator_on(data)("backup", backup).code == 0
    kill_when(run("restore", backup, "--data", new), new, moment)

    restored = operator_on(new)("restore", backup, "--json")

    assert restored.code == 0, restored.err
    assert kept_rows(new) == kept_rows(data)
    assert operator_on(new)("check", "--thorough").code == 0


def test_two_backups_into_one_folder_do_not_mix(operator_on: OperatorOn, data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    with BackupFolder(backup).written():
        refused = operator_on(data)("backup", backup)
    assert refused.code == 1
    assert "is at work in" in refused.err


def test_a_backup_is_for_its_owner_alone(operator_on: OperatorOn, data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    os.umask(0o022)
    assert operator_on(data)("backup", backup).code == 0
    everything = [backup, *(each for each in backup.rglob("*"))]
    assert not [each for each in everything if each.stat().st_mode & 0o077]


def test_a_folder_that_cannot_be_written_is_told(operator_on: OperatorOn, data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = operator_on(data)("backup", tmp_path / "file")
    assert refused.code == 1
    assert "cannot be used" in refused.err
    with pytest.raises(PackageIndexError), index_in(tmp_path / "nothing") as index:
        index.projects.page(OPERATOR, ProjectId(0))
