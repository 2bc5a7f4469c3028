"""Downloads with and without counting, in processor time; and how fast a worker adds up."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx

from pypi_contracts.builders import build_wheel
from pypi_core.domain.downloads import DownloadClient, DownloadCount
from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_environment.clock import SystemClock
from pypi_environment.download_counter import DownloadCounter
from pypi_sql import SqlDatabase
from running import server, upload

ROUNDS = 5
SECONDS = 3
CALLS = 200_000
BATCHES = 20
ENTRIES = 2500
AGENT = 'pip/24.0 {"installer":{"name":"pip","version":"24.0"},"python":"3.12.3","system":{"name":"Linux"}}'


def main() -> None:
    """Measure and print."""
    times: dict[str, list[float]] = {"true": [], "false": []}
    for _ in range(ROUNDS):
        # In turns, so that both have the same share of what else the machine does.
        for enabled, measured in times.items():
            measured.append(processor_time_of_a_download(enabled))
    counted, plain = (1e6 * statistics.median(each) for each in times.values())
    print(f"a small file: {counted:.1f} µs counted, {plain:.1f} µs not counted, ratio {counted / plain:.3f}")
    print(f"one count in memory: {1e6 * seconds_of_a_count():.2f} µs")
    rate = counts_added_up_a_second()
    print(f"added up on SQLite: {rate:.0f} counts/s ({ENTRIES} in a batch)")


def processor_time_of_a_download(enabled: str) -> float:
    """Ask for one file as fast as 16 connections can, and return the server's seconds for each answer."""
    with (
        tempfile.TemporaryDirectory() as folder,
        written(Path(folder) / "settings.toml", f"[statistics]\nenabled = {enabled}\n") as settings,
        server(options=("--settings", str(settings))) as ours,
        httpx.Client(trust_env=False) as web,
    ):
        wheel = build_wheel("small", "1.0")
        upload(web, ours, wheel)
        digest = wheel.blake2_256
        url = f"{ours.url}packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{wheel.filename}"
        web.get(url).raise_for_status()
        begin = processor_time(ours.process.pid)
        command = ["wrk", "-t1", "-c16", f"-d{SECONDS}s", "-H", f"User-Agent: {AGENT}", url]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        spent = processor_time(ours.process.pid) - begin
    if "Non-2xx" in output:
        raise RuntimeError(output)
    return spent / int(re.search(r"(\d+) requests in", output)[1])  # type: ignore[index]


def processor_time(pid: int) -> float:
    """Return the seconds that a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def written(file: Path, content: str) -> Iterator[Path]:
    """Return a file with this content."""
    file.write_text(content)
    yield file


def seconds_of_a_count() -> float:
    """Return how long one download is in the counter, with nothing being written."""
    with tempfile.TemporaryDirectory() as folder:
        database = SqlDatabase(f"sqlite:///{Path(folder) / 'index.sqlite'}", SystemClock())
        counter = DownloadCounter(database.download_batches, SystemClock())
        begin = time.perf_counter()
        for _ in range(CALLS):
            counter(DEFAULT_INDEX, "a" * 64, AGENT)
        return (time.perf_counter() - begin) / CALLS


def counts_added_up_a_second() -> float:
    """Return how many counts a worker adds up in a second, of files that are listed."""
    with server() as ours, httpx.Client(trust_env=False) as web:
        wheels = [build_wheel(f"project-{number}", "1.0") for number in range(100)]
        for each in wheels:
            upload(web, ours, each)
        database = SqlDatabase(f"sqlite:///{ours.data / 'index.sqlite'}", SystemClock())
        for batch in range(BATCHES):
            database.download_batches.put(
                [
                    DownloadCount(
                        index=DEFAULT_INDEX,
                        blake2_256=wheels[number % len(wheels)].blake2_256,
                        day=date(2026, 1, 1 + batch),
                        client=DownloadClient("pip", f"3.{number % 25}"),
                        count=1,
                    )
                    for number in range(ENTRIES)
                ]
            )
        begin = time.perf_counter()
        while database.download_batches.add_up():
            pass
        seconds = time.perf_counter() - begin
        database.dispose()
    return BATCHES * ENTRIES / seconds


if __name__ == "__main__":
    main()
