"""What a backup consists of: the file that makes it one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec

from pypi_app.backups.failures import BackupError

FORMAT: Final = 1
"""Grows when an older program could not restore the backup, or not all of it."""

MOST_DAMAGED: Final = 1000
"""With more stored files missing than this, something else is wrong, and there is no backup."""

_LARGEST: Final = 1024 * 1024

BackupId = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}\Z")]
"""When a backup was begun, and something random: a part of the names of its files."""

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """
    A complete backup.

    Attributes:
        format: The version of the format.
        id: A part of the names of its files.
        made: The moment after which its rows were read.
        program: The version of the program that made it.
        serials: The last serial of each index.
        rows: How many rows there are.
        rows_sha256: The SHA-256 of the file with the rows.
        files: How many stored files they point at.
        bytes: How many bytes these have together.
        damaged: The paths of stored files that were missing or changed already.
    """

    format: int
    id: BackupId
    made: Annotated[datetime, msgspec.Meta(tz=True)]
    program: str
    serials: dict[str, _Count]
    rows: _Count
    rows_sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
    files: _Count
    bytes: _Count
    damaged: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_DAMAGED)] = ()


class _Versioned(msgspec.Struct):
    format: _Count


def read_manifest(file: Path) -> Manifest:
    """
    Read the manifest in *file*.

    Raises:
        BackupError: There is none, or it is damaged, or of a later version of this program.
    """
    try:
        with file.open("rb") as content:
            text = content.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise BackupError(
            f"There is no backup in {file.parent}, because it has no {file.name}. Name the folder that "
            "`pypi-server backup` was given. If the first backup was interrupted there, run it again."
        ) from error
    except OSError as error:
        raise BackupError(f"The manifest {file} cannot be read: {error.strerror}.") from error
    if len(text) > _LARGEST:
        raise _damaged(file, "it is too large")
    try:
        version = msgspec.json.decode(text, type=_Versioned).format
        if version > FORMAT:
            raise BackupError(
                f"The backup in {file.parent} has format {version}, and this version of pypi-server knows "
                f"{FORMAT}: restore it with the version that made it, or a later one."
            )
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _damaged(file, str(error).rstrip(".")) from error


def write_manifest(manifest: Manifest) -> bytes:
    """Return *manifest* as it is written into its file."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def _damaged(file: Path, why: str) -> BackupError:
    return BackupError(f"The manifest {file} is damaged: {why}. Restore from another copy of the backup.")
