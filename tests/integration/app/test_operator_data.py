"""What ``pypi-server`` makes, and what it only uses: no command but two creates anything."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pypi_app.server_command.application import PROGRAM

if TYPE_CHECKING:
    from operator_command import OperatorOn

CREATING = {"serve", "migrate", "restore"}
COMMANDS: dict[str, tuple[str, ...]] = {
    "work": (),
    "check": (),
    "sweep": (),
    "backup": ("backup",),
    "pages rebuild": (),
    "storage copy": ("--to", "other.toml"),
    "database copy": ("--to", "sqlite:///other.sqlite"),
    "database reopen": (),
    "outbox status": (),
    "outbox list": (),
    "outbox show": ("1",),
    "outbox retry": ("1",),
    "outbox drop": ("1",),
    "audit": (),
    "search rebuild": (),
    "index create": ("extra",),
    "index configure": ("pypi",),
    "index rules": ("pypi",),
    "index list": (),
    "project status": ("sample",),
    "project delete": ("sample", "--yes"),
    "project yank": ("sample", "1.0"),
    "project unyank": ("sample", "1.0"),
    "role list": ("sample",),
    "role grant": ("sample", "alice", "owner"),
    "role revoke": ("sample", "alice"),
    "user create": ("alice",),
    "user password": ("alice",),
    "user disable": ("alice",),
    "user enable": ("alice",),
    "user delete": ("alice", "--yes"),
    "user list": (),
    "token create": ("alice",),
    "token list": ("alice",),
    "token revoke": ("0123456789abcdef",),
}


@pytest.fixture(params=COMMANDS)
def arguments(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return (*request.param.split(), *COMMANDS[request.param])


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated") / "data"
    command = [sys.executable, "-m", "pypi_app.server_command", "migrate", "--data", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def data(migrated: Path, tmp_path: Path) -> Path:
    """Return a data folder as `migrate` creates it."""
    return shutil.copytree(migrated, tmp_path / "data")


def test_every_command_is_tried() -> None:
    assert PROGRAM.commands.keys() - CREATING == COMMANDS.keys()


def everything_below(folder: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(folder)): each.read_bytes() if each.is_file() else b""
        for each in sorted(folder.rglob("*"))
        if not each.name.endswith(("-wal", "-shm"))
    }


def test_a_command_on_a_missing_data_folder_names_it_and_makes_nothing(
    operator_on: OperatorOn, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    missing = tmp_path / "nowhere"

    code, out, err = operator_on(missing)(*arguments)

    assert (code, out) == (3, "")
    assert f"There is no data folder {missing}." in err
    assert "`pypi-server migrate`" in err
    assert list(tmp_path.iterdir()) == []


def test_a_command_on_a_folder_without_a_database_names_it_and_makes_nothing(
    operator_on: OperatorOn, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    code, out, err = operator_on(tmp_path)(*arguments)

    assert (code, out) == (3, "")
    assert f"There is no database {tmp_path / 'index.sqlite'}." in err
    assert list(tmp_path.iterdir()) == []


def test_a_command_on_a_database_elsewhere_that_is_missing_makes_nothing(
    operator_on: OperatorOn, data: Path
) -> None:
    elsewhere = data.parent / "elsewhere" / "rows.sqlite"

    code, out, err = operator_on(data, "--database", f"sqlite:///{elsewhere}")("user", "list")

    assert (code, out) == (3, "")
    assert f"There is no database {elsewhere}." in err
    assert not elsewhere.parent.exists()


def test_a_folder_of_files_that_is_gone_is_named_and_not_made(operator_on: OperatorOn, data: Path) -> None:
    shutil.rmtree(data / "blobs")

    code, out, err = operator_on(data)("check")

    assert (code, out) == (3, "")
    assert f"There is no folder {data / 'blobs'}" in err
    assert not (data / "blobs").exists()


def test_a_database_of_another_version_is_left_as_it_is(
    operator_on: OperatorOn, data: Path, arguments: tuple[str, ...]
) -> None:
    with sqlite3.connect(data / "index.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    before = everything_below(data)

    code, out, err = operator_on(data)(*arguments)

    assert (code, out) == (6, "")
    assert "run `pypi-server migrate`" in err
    assert everything_below(data) == before


def test_migrating_creates_everything_that_the_other_commands_need(
    operator_on: OperatorOn, data: Path
) -> None:
    assert operator_on(data)("user", "list") == (0, "", "")
    assert operator_on(data)("check").out == "No damaged files.\n"
    assert operator_on(data)("migrate").code == 0
