"""
Attackers beside ordinary readers and uploaders: what everybody else notices of them.

A server with a worker serves a thousand projects.  First ordinary clients are alone with it, then
all of `attacks` run at once from addresses of their own for most of the time, then the ordinary
clients are alone again.  Fails if an ordinary request failed, if the processes of the server took more
memory than promised, if ordinary small pages became too slow, or if connections or memory that
attackers held were not given back.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec

from attacks import ATTACKS, Order, Victim
from pypi_app.embedding import open_local_index
from pypi_contracts.builders import BuiltDistribution, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.distributions import describe_upload
from pypi_core.index import Index
from running import Server, server

PROJECTS = 1000
RELEASES_OF_THE_LARGE_ONE = 300
MOST_MEMORY = 400 * 1024 * 1024
# An ordinary client asks again so many seconds after an answer.
READER_PAUSE = 0.02
UPLOADER_PAUSE = 2.0
READERS = 4


class Ordinary(msgspec.Struct):
    """What ordinary clients noticed: seconds for each small page, and a line for each failure."""

    pages: list[float] = msgspec.field(default_factory=list)
    uploads: list[float] = msgspec.field(default_factory=list)
    failures: list[str] = msgspec.field(default_factory=list)

    @property
    def p99(self) -> float:
        """Seconds within which 99 of 100 small pages came."""
        return statistics.quantiles(self.pages, n=100)[98] if len(self.pages) > 1 else 0.0


def main() -> int:
    """Measure, print, and return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="how long attackers run")
    parser.add_argument("--alone", type=float, default=30, help="how long ordinary clients are alone, twice")
    parser.add_argument("--attacks", default="", help="names of attacks, separated by commas (all)")
    parser.add_argument("--slower", type=float, default=10, help="how many times slower pages may become")
    parser.add_argument("--apart", action="store_true", help="run one attack after another, not all at once")
    given = parser.parse_args()
    names = tuple(given.attacks.split(",")) if given.attacks else tuple(each.name for each in ATTACKS)
    groups = [(name,) for name in names] if given.apart else [names]
    with filled_folder() as folder, server(folder, worker=True) as ours:
        return max(
            asyncio.run(
                measure(ours, each, seconds=given.seconds, alone=given.alone, most_slower=given.slower)
            )
            for each in groups
        )


async def measure(
    ours: Server, attacks: tuple[str, ...], *, seconds: float, alone: float, most_slower: float
) -> int:
    """Run the three parts and print what was noticed in each."""
    await ordinary(ours, alone / 4)  # Warm.
    resting = open_connections(ours)
    before = await ordinary(ours, alone)
    order = Order(
        victim=Victim(port=ours.port, small="project-1", large="large"), attacks=attacks, seconds=seconds
    )
    attackers = await asyncio.create_subprocess_exec(
        sys.executable, Path(__file__).with_name("attacks.py"), msgspec.json.encode(order).decode(),
        stdout=subprocess.PIPE,
    )  # fmt: skip
    during = await ordinary(ours, seconds)
    rounds = msgspec.json.decode((await attackers.communicate())[0], type=dict[str, int])
    recovered = await has_recovered(ours, resting)
    after = await ordinary(ours, alone)

    memory = peak_memory(ours)
    slower = during.p99 / before.p99
    failures = [*before.failures, *during.failures, *after.failures]
    print(f"{'':18}{'pages':>8}{'median ms':>11}{'p99 ms':>9}{'uploads':>9}{'median ms':>11}{'failed':>8}")
    for name, part in (("alone", before), ("attacked", during), ("alone again", after)):
        print(
            f"{name:18}{len(part.pages):8}{statistics.median(part.pages) * 1000:11.1f}{part.p99 * 1000:9.1f}"
            f"{len(part.uploads):9}{statistics.median(part.uploads) * 1000:11.1f}{len(part.failures):8}"
        )
    print(f"p99 attacked / alone: {slower:.1f} (at most {most_slower:g})")
    print(f"most memory of all processes together: {memory >> 20} MiB (at most {MOST_MEMORY >> 20})")
    print(f"connections of attackers given up: {'yes' if recovered else 'no'}")
    print("rounds:", ", ".join(f"{name} {count}" for name, count in rounds.items()))
    for line in failures[:20]:
        print("failed:", line)
    return int(bool(failures) or memory >= MOST_MEMORY or slower >= most_slower or not recovered)


@contextlib.contextmanager
def filled_folder() -> Iterator[Path]:
    """Publish what the ordinary clients read, and return the data folder."""
    with tempfile.TemporaryDirectory() as folder:
        with open_local_index(folder) as index:
            for wheel in (
                *(build_wheel(f"project-{number}", "1.0") for number in range(PROJECTS)),
                *(build_wheel("large", f"1.{number}") for number in range(RELEASES_OF_THE_LARGE_ONE)),
            ):
                publish(index, wheel)
        yield Path(folder)


def publish(index: Index, wheel: BuiltDistribution) -> None:
    """Publish one file without a server."""
    arrival = index.staging.begin()
    arrival.append(wheel.content)
    staged = arrival.finish()
    with index.staging.open(staged) as archive:
        upload = describe_upload(wheel.filename, archive, staged.digests)
    index.publish_file(OPERATOR, upload, staged)


# ---------------------------------------------------------------- ordinary clients


async def ordinary(ours: Server, seconds: float) -> Ordinary:
    """Read and upload as ordinary clients do, for so long."""
    noticed, until = Ordinary(), time.monotonic() + seconds
    async with httpx.AsyncClient(base_url=ours.url, trust_env=False, timeout=60) as session:
        readers = (read(session, noticed, until, first) for first in range(READERS))
        await asyncio.gather(*readers, upload(session, ours, noticed, until))
    return noticed


async def read(session: httpx.AsyncClient, noticed: Ordinary, until: float, number: int) -> None:
    """Read small pages of changing projects, each in the form of another client."""
    forms = ("text/html", "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html")
    while time.monotonic() < until:
        number += READERS
        path = f"simple/project-{number % PROJECTS}/"
        began = time.monotonic()
        try:
            answer = await session.get(path, headers={"Accept": forms[number % len(forms)]})
        except httpx.HTTPError as error:
            noticed.failures.append(f"{path}: {error!r}")
        else:
            noticed.pages.append(time.monotonic() - began)
            if answer.status_code != 200:
                noticed.failures.append(f"{path}: {answer.status_code} {answer.text[:200]}")
        await asyncio.sleep(READER_PAUSE)


async def upload(session: httpx.AsyncClient, ours: Server, noticed: Ordinary, until: float) -> None:
    """Upload a release now and then, and read its page."""
    while time.monotonic() < until:
        wheel = build_wheel("uploaded", f"1.{time.time_ns()}")
        began = time.monotonic()
        try:
            answer = await session.post(
                "legacy/",
                data=dict(wheel.form_fields()),
                files={"content": (wheel.filename, wheel.content)},
                headers={"Authorization": f"Bearer {ours.token}"},
            )
            page = await session.get("simple/uploaded/", headers={"Accept": "text/html"})
        except httpx.HTTPError as error:
            noticed.failures.append(f"upload: {error!r}")
        else:
            noticed.uploads.append(time.monotonic() - began)
            if answer.status_code != 200:
                noticed.failures.append(f"upload: {answer.status_code} {answer.text[:200]}")
            elif wheel.filename not in page.text:
                noticed.failures.append(f"upload: {wheel.filename} is not on the page")
        await asyncio.sleep(UPLOADER_PAUSE)


# ---------------------------------------------------------------- the server's processes


def processes(ours: Server) -> list[int]:
    """Return the server and all processes below it."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = dict(map(int, line.split()) for line in listed.stdout.splitlines())
    found = [ours.process.pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def peak_memory(ours: Server) -> int:
    """Return the most memory, in bytes, that each process ever held, added up."""
    status = (Path(f"/proc/{pid}/status").read_text() for pid in processes(ours))
    return sum(int(found[1]) * 1024 for each in status if (found := re.search(r"VmHWM:\s+(\d+) kB", each)))


def open_connections(ours: Server) -> int:
    """Return how many connections the serving process holds, its listening socket among them."""
    folder = Path(f"/proc/{ours.process.pid}/fd")
    held = 0
    for each in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            held += str(each.readlink()).startswith("socket:")
    return held


async def has_recovered(ours: Server, resting: int) -> bool:
    """Wait until connections that attackers left behind are closed: three minutes at most."""
    for _ in range(180):
        if open_connections(ours) <= resting + READERS + 1:
            return True
        await asyncio.sleep(1)
    return False


if __name__ == "__main__":
    sys.exit(main())
