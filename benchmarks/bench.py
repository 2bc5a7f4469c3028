"""
Our server beside others: pages, files and uploads, in requests a second and processor time.

All systems of a part run at the same time and are asked in turn, forwards and backwards, so that whatever
else the machine does weighs on all.  nginx serves the very bytes that we answer.  Medians are merged into
``results.json``, a table and a plot in the folder outside the checkout that ``PYPI_BENCH_FOLDER`` names.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from queue import SimpleQueue

import httpx
import msgspec

from filling import fill, made_up_names
from others import FOLDER, Running, Skipped, devpi, nginx, process_of, proxpi, pypiserver
from postgresql_cluster import running_cluster
from pypi_app.settings import Settings
from pypi_contracts.builders import BuiltDistribution, build_wheel
from running import Server, server, upload
from service_programs import free_port

JSON = "application/vnd.pypi.simple.v1+json"
CONNECTIONS = 16
SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "800k": 800_000}
PARTS = [f"{database}-{size}" for database in ("sqlite", "postgres") for size in SIZES]

BARE = """
import hashlib, os, secrets, sqlite3, sys, threading, uvicorn
from concurrent.futures import ThreadPoolExecutor
folder, lock, pool = sys.argv[2], threading.Lock(), ThreadPoolExecutor(8)
rows = sqlite3.connect(folder + "/rows", isolation_level=None, check_same_thread=False)
rows.execute("PRAGMA journal_mode = WAL"); rows.execute("PRAGMA synchronous = FULL")
rows.execute("CREATE TABLE kept (name, digest)")
def keep(body):
    digest, name = hashlib.sha256(body).hexdigest(), folder + "/" + secrets.token_hex(16)
    with open(name, "xb") as file:
        file.write(body); file.flush(); os.fsync(file.fileno())
    above = os.open(folder, os.O_RDONLY); os.fsync(above); os.close(above)
    with lock:
        rows.execute("INSERT INTO kept VALUES (?, ?)", (name, digest))
async def application(scope, receive, send):
    if scope["type"] == "http":
        import asyncio
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if body:
            await asyncio.get_running_loop().run_in_executor(pool, keep, body)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
uvicorn.run(application, port=int(sys.argv[1]), log_level="error", http="httptools")
"""
"""The least that an upload can be: hash, sync, commit."""

_numbers = count()


class Measured(msgspec.Struct, frozen=True):
    """Requests a second, and microseconds of the server's processors for each."""

    rate: float
    processor: float


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    projects: int
    releases: int
    rounds: int
    seconds: int
    uploads: int


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One address of one system."""

    url: str
    headers: tuple[str, ...]
    pid: int


Results = dict[str, dict[str, Measured]]
"""By work, then by system."""


def measure_part(part: str, scale: Scale, systems: set[str]) -> Results:
    """Run the systems of a part and measure them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = stack.enter_context(filled_server(part, scale.projects))
        session = stack.enter_context(httpx.Client(trust_env=False, timeout=60))
        small = build_wheel("small-for-benchmarks", "1.0")
        large = [build_wheel("large-for-benchmarks", f"1.{number}") for number in range(scale.releases)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda each: upload(session, ours, each), [small, *large]))
        running = started(stack, folder, ours, [small, *large], systems)
        results = measured_reads(reads_of(stack, folder, session, ours, running, systems), scale)
        return results | measured_uploads(stack, folder, ours, running, scale)


@contextmanager
def filled_server(part: str, projects: int) -> Iterator[Server]:
    """Run our server on a database of so many projects, which is kept if it is of SQLite."""
    with ExitStack() as stack:
        log = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "log"
        if part.startswith("sqlite"):
            data, options = FOLDER / "data" / f"sqlite-{projects}", []
            settings = Settings(data=str(data))
        else:
            cluster = stack.enter_context(running_cluster(durable=True))
            url = cluster.url(stack.enter_context(cluster.database()))
            data = log.parent / "data"
            file = log.parent / "settings.toml"
            file.write_text(f'database = "{url}"\n')
            options = ["--settings", str(file)]
            settings = Settings(data=str(data), database=url)
        if not (data / "filled").exists():
            settings.make_data_folder()
            print(f"  filling {data} with {projects} projects", file=sys.stderr)
            fill(settings, made_up_names(2 * projects), projects)
            (data / "filled").touch()
        yield stack.enter_context(server(data, worker=True, options=options, log=log))


def started(
    stack: ExitStack, folder: Path, ours: Server, wheels: Sequence[BuiltDistribution], systems: set[str]
) -> dict[str, Running]:
    """Start the other systems; one that is not to be had is skipped with a word."""
    found = {}
    ways = {"pypiserver": pypiserver, "devpi": devpi, "proxpi": proxpi(ours.url)}
    for name, way in ways.items():
        if name not in systems:
            continue
        place = folder / name
        place.mkdir()
        try:
            found[name] = stack.enter_context(way(place, wheels))  # type: ignore[arg-type]
        except (Skipped, httpx.HTTPError, subprocess.CalledProcessError) as error:
            print(f"  {name} is skipped: {error}", file=sys.stderr)
    return found


def reads_of(
    stack: ExitStack,
    folder: Path,
    session: httpx.Client,
    ours: Server,
    running: Mapping[str, Running],
    systems: set[str],
) -> dict[str, dict[str, Target]]:
    """Return what is read, by work and system."""
    work: dict[str, dict[str, Target]] = {}
    bodies: dict[str, tuple[bytes, Mapping[str, str]]] = {}
    file = _file_of(session, ours)
    asked = [
        *(
            (f"{size} page, {form}{kind}", f"simple/{project}-for-benchmarks/", project, accept, encoding)
            for size, project in (("small", "small"), ("large", "large"))
            for form, accept in (("HTML", "text/html"), ("JSON", JSON))
            for kind, encoding in (("", "identity"), (", gzip", "gzip"))
        ),
        ("list of projects, gzip", "simple/", "", "text/html", "gzip"),
        ("small wheel", file, "file", "*/*", "identity"),
        ("metadata of a wheel", f"{file}.metadata", "", "*/*", "identity"),
    ]
    for number, (name, path, project, accept, encoding) in enumerate(asked):
        headers = (f"Accept: {accept}", f"Accept-Encoding: {encoding}")
        with session.stream("GET", ours.url + path, headers=_dictionary(headers)) as response:
            response.raise_for_status()
            body = b"".join(response.iter_raw())
        told = {"Content-Encoding": "gzip"} if response.headers.get("content-encoding") else {}
        bodies[f"body-{number}"] = (body, told)
        work[name] = {"ours": Target(url=ours.url + path, headers=headers, pid=ours.process.pid)}
        for system, each in running.items():
            there = each.file if project == "file" else each.page if project else None
            if there is not None and encoding == "identity" and accept != JSON:
                url = each.url + there.format(project=f"{project}-for-benchmarks")
                work[name][system] = Target(url=url, headers=headers, pid=each.process.pid)
        if name == "small page, HTML":
            same = (*headers, f"If-None-Match: {response.headers['etag']}")
            work["small page, 304"] = {
                "ours": Target(url=ours.url + path, headers=same, pid=ours.process.pid)
            }
    if "nginx" in systems:
        _add_nginx(stack, folder, session, bodies, work)
    return work


def _add_nginx(
    stack: ExitStack,
    folder: Path,
    session: httpx.Client,
    bodies: Mapping[str, tuple[bytes, Mapping[str, str]]],
    work: dict[str, dict[str, Target]],
) -> None:
    place = folder / "nginx"
    place.mkdir()
    try:
        running = stack.enter_context(nginx(place, bodies))
    except Skipped as error:
        print(f"  nginx is skipped: {error}", file=sys.stderr)
        return
    names = [each for each in work if each != "small page, 304"]
    for name, body in zip(names, bodies, strict=True):
        work[name]["nginx"] = Target(url=running.url + body, headers=(), pid=running.process.pid)
    etag = session.get(f"{running.url}body-0").headers["etag"]
    same = Target(url=f"{running.url}body-0", headers=(f"If-None-Match: {etag}",), pid=running.process.pid)
    work["small page, 304"]["nginx"] = same


def measured_reads(work: Mapping[str, Mapping[str, Target]], scale: Scale) -> Results:
    """Ask in turn, forwards and backwards, and return medians."""
    rounds: dict[tuple[str, str], list[Measured]] = {}
    for turn in range(scale.rounds):
        for name, targets in work.items():
            for system in list(targets) if turn % 2 == 0 else [*targets][::-1]:
                rounds.setdefault((name, system), []).append(asked(targets[system], scale.seconds))
    return _medians(rounds)


def asked(target: Target, seconds: int) -> Measured:
    """Ask for one address as fast as the connections can."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", target.url]
    command += [word for each in target.headers for word in ("-H", each)]
    before = processor_seconds(target.pid)
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = processor_seconds(target.pid) - before
    if "Non-2xx" in output:
        raise RuntimeError(f"{target.url}: {output}")
    requests = int(re.search(r"(\d+) requests in", output)[1])  # type: ignore[index]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])  # type: ignore[index]
    return Measured(rate, used / max(requests, 1) * 1e6)


def measured_uploads(
    stack: ExitStack, folder: Path, ours: Server, running: Mapping[str, Running], scale: Scale
) -> Results:
    """Upload to us and to the bare application, one by one and eight at a time."""
    place = folder / "bare"
    place.mkdir()
    port = free_port()
    bare = stack.enter_context(
        process_of([sys.executable, "-c", BARE, port, place], f"http://127.0.0.1:{port}/", place)
    )
    systems = {"ours": (f"{ours.url}legacy/", {"Authorization": f"Bearer {ours.token}"}, ours.process.pid)}
    systems["bare"] = (f"http://127.0.0.1:{port}/", {}, bare.pid)
    rounds: dict[tuple[str, str], list[Measured]] = {}
    for turn in range(scale.rounds):
        for connections in (1, 8):
            for system in list(systems) if turn % 2 == 0 else [*systems][::-1]:
                what = (f"uploads, {connections} at a time", system)
                rounds.setdefault(what, []).append(uploaded(*systems[system], scale.uploads, connections))
    return _medians(rounds)


def uploaded(url: str, headers: Mapping[str, str], pid: int, files: int, connections: int) -> Measured:
    """Upload small wheels that are not there yet."""
    requests: SimpleQueue[httpx.Request] = SimpleQueue()
    with httpx.Client() as builder:
        for _ in range(files):
            wheel = build_wheel(f"upload-{os.getpid()}-{time.time_ns()}-{next(_numbers)}", "1.0")
            form = {
                "data": dict(wheel.form_fields()),
                "files": {"content": (wheel.filename, wheel.content)},
            }
            request = builder.build_request("POST", url, headers=headers, **form)  # type: ignore[arg-type]
            request.read()
            requests.put(request)

    def send(_number: int) -> None:
        with httpx.Client(trust_env=False, timeout=60) as session:
            while not requests.empty():
                session.send(requests.get()).raise_for_status()

    before, began = processor_seconds(pid), time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(send, range(connections)))
    took = time.perf_counter() - began
    return Measured(files / took, (processor_seconds(pid) - before) / files * 1e6)


def processor_seconds(pid: int) -> float:
    """Return how long a process and those that it started have kept processors busy."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return 0.0
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(each)) for each in children)


def table_of(results: Mapping[str, Results]) -> str:
    """Return all results as Markdown."""
    lines = []
    for part, by_work in results.items():
        systems = list(dict.fromkeys(system for each in by_work.values() for system in each))
        lines += [f"## {part}", "", f"| | {' | '.join(systems)} | ours of nginx or bare |"]
        lines.append("|---|" + "---:|" * (len(systems) + 1))
        for work, by_system in by_work.items():
            cells = [
                f"{by_system[each].rate:,.0f}/s, {by_system[each].processor:,.0f} µs"
                if each in by_system
                else ""
                for each in systems
            ]
            lines.append(f"| {work} | {' | '.join(cells)} | {_ratio(by_system)} |")
        lines.append("")
    return "\n".join(lines)


def plot_of(part: str, results: Results) -> str:
    """Return a bar for each work, as SVG: our requests a second as a part of nginx's, or of the bare ones."""
    rows = [(work, _ratio(each)) for work, each in results.items() if _ratio(each)]
    height = 24 * len(rows) + 40
    bars = ""
    for row, (work, ratio) in enumerate(rows):
        top, width = 35 + 24 * row, min(float(ratio), 1.5) * 200
        bars += (
            f'<text x="190" y="{top + 12}" text-anchor="end">{work}</text>'
            f'<rect x="200" y="{top}" width="{width:.0f}" height="16" fill="#3572a5"/>'
            f'<text x="{206 + width:.0f}" y="{top + 12}">{ratio}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="560" height="{height}" font-family="sans-serif" '
        f'font-size="12"><text x="8" y="18">{part}: requests a second, nginx (of uploads: a bare '
        f'application) = 1</text><path d="M400 26V{height}" stroke="#999"/>{bars}</svg>\n'
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure parts, merge the results with those that are kept, and write table and plots."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--part", action="append", choices=PARTS, help="again for each part")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="for each address in each round")
    parser.add_argument("--uploads", type=int, default=200, help="in each round")
    parser.add_argument("--releases", type=int, default=1000, help="of the large page")
    parser.add_argument("--projects", type=int, help="in place of what the part says")
    parser.add_argument("--systems", default="nginx,pypiserver,devpi,proxpi", help="to compare with")
    given = parser.parse_args(arguments)
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = FOLDER / "results.json"
    results = msgspec.json.decode(kept.read_bytes(), type=dict[str, Results]) if kept.exists() else {}
    for part in given.part or PARTS:
        scale = Scale(
            projects=given.projects or SIZES[part.partition("-")[2]],
            releases=given.releases,
            rounds=given.rounds,
            seconds=given.seconds,
            uploads=given.uploads,
        )
        print(f"{part}", file=sys.stderr)
        results[part] = measure_part(part, scale, set(given.systems.split(",")))
        kept.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2))
        (FOLDER / f"{part}.svg").write_text(plot_of(part, results[part]))
    (FOLDER / "results.md").write_text(table_of(results))
    print(table_of({part: results[part] for part in given.part or PARTS}))
    print(f"Kept in {FOLDER}: results.json, results.md and a plot of each part.")


def _medians(rounds: Mapping[tuple[str, str], Sequence[Measured]]) -> Results:
    results: Results = {}
    for (work, system), measured in rounds.items():
        results.setdefault(work, {})[system] = Measured(
            statistics.median(each.rate for each in measured),
            statistics.median(each.processor for each in measured),
        )
    return results


def _ratio(by_system: Mapping[str, Measured]) -> str:
    other = by_system.get("nginx") or by_system.get("bare")
    return f"{by_system['ours'].rate / other.rate:.2f}" if other and other.rate else ""


def _file_of(session: httpx.Client, ours: Server) -> str:
    page = session.get(f"{ours.url}simple/small-for-benchmarks/", headers={"Accept": JSON}).json()
    return str(page["files"][0]["url"]).removeprefix("../../")


def _dictionary(headers: Sequence[str]) -> dict[str, str]:
    return dict(each.split(": ", 1) for each in headers)


if __name__ == "__main__":
    main()
