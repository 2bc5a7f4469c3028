"""Bombs against a real server: small files that unpack to gigabytes are refused, cheaply."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from msgspec.structs import replace

from damage.raw_tars import bomb_tar_gz, many_members_tar_gz
from damage.raw_zips import (
    ZipEntry,
    bomb_entry,
    entries_of,
    overlapping_entries,
    quoting_entries,
    write_zip,
)
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel

if TYPE_CHECKING:
    from running_server import RunningServer

MEBIBYTE = 1 << 20
MOST_MEMORY = 200 * MEBIBYTE
MOST_PROCESSOR_SECONDS = 5

WHEEL = build_wheel("bomb", "1.0")
SDIST = build_sdist("bomb", "1.0")


def wheel_with(entries: list[ZipEntry]) -> BuiltDistribution:
    return replace(WHEEL, content=write_zip([*entries, *entries_of(WHEEL.content)]))


def sdist_of(content: bytes) -> BuiltDistribution:
    return replace(SDIST, content=content)


BOMBS: dict[str, tuple[Callable[[], BuiltDistribution], int]] = {
    # Each with the size that it must not be larger than, in kB.
    "one member of 4 GiB": (lambda: wheel_with([bomb_entry("bomb.bin", 4095 * MEBIBYTE)]), 4300),
    "one that tells another size": (
        lambda: wheel_with([bomb_entry("bomb.bin", 4095 * MEBIBYTE, told=100)]),
        4300,
    ),
    "42 kB of overlapping entries": (lambda: wheel_with(overlapping_entries(137, 30 * MEBIBYTE)), 42),
    "42 kB of entries that quote each other": (lambda: wheel_with(quoting_entries(120, 30 * MEBIBYTE)), 48),
    "a tar member of 4 GiB": (lambda: sdist_of(bomb_tar_gz("bomb-1.0/bomb.bin", 4095 * MEBIBYTE)), 4300),
    "10 million tar members": (lambda: sdist_of(many_members_tar_gz("bomb-1.0", 10_000_000)), 24_000),
}


def stored_files(server: RunningServer) -> list[Path]:
    """Return every file in the blob folder, staged ones too, that is no lock."""
    return [each for each in (server.data / "blobs").rglob("*") if each.is_file() and "lock" not in each.name]


def processor_seconds(server: RunningServer) -> float:
    """Return the processor time that the server has taken so far, in its own code and in the system's."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_in_little_memory_and_time(server: RunningServer, bomb: str) -> None:
    build, largest = BOMBS[bomb]
    distribution = build()
    assert len(distribution.content) <= largest * 1000
    before, started = processor_seconds(server), time.monotonic()

    answer = httpx.post(
        f"{server.url}legacy/",
        data=dict(distribution.form_fields()),
        files={"content": (distribution.filename, distribution.content)},
        headers={"Authorization": f"Bearer {server.token}"},
        trust_env=False,
        timeout=300,
    )

    elapsed, taken = time.monotonic() - started, processor_seconds(server) - before
    print(
        f"{bomb}: {len(distribution.content):,} bytes, {elapsed:.2f} s, {taken:.2f} s of processor, "
        f"{server.peak_memory() / MEBIBYTE:.0f} MiB: {answer.text.strip()}"
    )
    assert answer.status_code == 400
    assert answer.text.startswith("Invalid distribution file.")
    assert server.peak_memory() < MOST_MEMORY
    # Not a limit in time, which depends on who else is running: so much work, and no more.
    assert taken < MOST_PROCESSOR_SECONDS
    assert stored_files(server) == []
    assert server.get("simple/bomb/").status_code == 404
