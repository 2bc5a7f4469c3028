"""
Replies that are ready, compared with nginx serving the same bytes from one worker.

Rounds alternate (ours, nginx, nginx, ours, …).  Requests a second depend on what else the machine does, and
here on the load generator beside it; the processor time of a request depends on it much less.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path

import httpx
import msgspec

from pypi_contracts.builders import build_wheel
from running import Server, server, upload

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
UPLOADS_A_SECOND = 10

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
    open_file_cache max=1000; open_file_cache_valid 60s; default_type application/octet-stream;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A request, for which nginx gets the same answer to serve as a file."""

    what: str
    path: str
    headers: dict[str, str] = {}
    is_known: bool = False
    publishes: bool = False


class Measured(msgspec.Struct):
    """Requests a second, and microseconds of processor time for each, of every round."""

    rates: list[float] = msgspec.field(default_factory=list)
    costs: list[float] = msgspec.field(default_factory=list)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="rounds of each, an even number")
    parser.add_argument("--seconds", type=int, default=5, help="seconds a round")
    parser.add_argument("--releases", type=int, default=1000, help="releases of the large project")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--database", help="URL of an empty PostgreSQL database; SQLite without")
    parser.add_argument("--only", default="", help="measure only what has these words in its name")
    asked = parser.parse_args()
    options = ["--database", asked.database] if asked.database else []
    with (
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(trust_env=False, timeout=60) as session,
        server(options=options) as ours,
        nginx(Path(folder)) as (nginx_url, nginx_process),
    ):
        fill(session, ours, asked.releases)
        print(f"{'':34}{'ours':>9}{'nginx':>9}{'ratio':>7}{'ours':>9}{'nginx':>8}{'ratio':>7}")
        print(f"{'':34}{'requests a second':>20}{'':5}{'µs of processor time':>22}")
        for number, work in enumerate(works(session, ours)):
            if asked.only not in work.what:
                continue
            theirs = nginx_url + str(number)
            ours_headers, their_headers = prepare(
                session, ours, work, theirs, Path(folder) / "www" / str(number)
            )
            one, other = Measured(), Measured()
            with publishing(ours) if work.publishes else nullcontext():
                for turn in range(asked.rounds):
                    both = [
                        (one, ours.process.pid, ours.url + work.path, ours_headers),
                        (other, nginx_process, theirs, their_headers),
                    ]
                    for each, process, url, headers in both if turn % 2 == 0 else reversed(both):
                        measure(each, process, url, headers, asked.connections, asked.seconds)
            show(work.what, one, other)


def fill(session: httpx.Client, ours: Server, releases: int) -> None:
    """Publish a small and a large project."""
    upload(
        session,
        ours,
        build_wheel("small", "1.0", modules={"small/__init__.py": f"X = {os.urandom(8000).hex()!r}"}),
    )
    wheels = [build_wheel("large", f"1.{number}") for number in range(releases)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda wheel: upload(session, ours, wheel), wheels))


def works(session: httpx.Client, ours: Server) -> Iterator[Work]:
    """Return what is measured."""
    page = session.get(f"{ours.url}simple/small/", headers={"Accept": JSON}).json()
    file = page["files"][0]["url"].removeprefix("../../")
    for publishes in (False, True):
        beside = f", {UPLOADS_A_SECOND} uploads/s" if publishes else ""
        for form, accept in (("HTML", HTML), ("JSON", JSON)):
            for coding in ("identity", "gzip"):
                headers = {"Accept": accept, "Accept-Encoding": coding}
                name = f"small page {form} {coding}{beside}"
                yield Work(what=name, path="simple/small/", headers=headers, publishes=publishes)
    headers = {"Accept": JSON, "Accept-Encoding": "gzip"}
    yield Work(what="304 small page", path="simple/small/", headers=headers, is_known=True)
    yield Work(what="304 large page", path="simple/large/", headers=headers, is_known=True)
    for form, accept in (("HTML", HTML), ("JSON", JSON)):
        for coding in ("identity", "gzip"):
            headers = {"Accept": accept, "Accept-Encoding": coding}
            yield Work(what=f"large page {form} {coding}", path="simple/large/", headers=headers)
    yield Work(what="small wheel", path=file)
    yield Work(what=".metadata", path=f"{file}.metadata")


def prepare(
    session: httpx.Client, ours: Server, work: Work, theirs: str, file: Path
) -> tuple[dict[str, str], dict[str, str]]:
    """Give nginx what we answer, and return the headers to ask both with."""
    with session.stream("GET", ours.url + work.path, headers=work.headers) as answer:
        answer.raise_for_status()
        file.write_bytes(b"".join(answer.iter_raw()))
    if not work.is_known:
        return work.headers, work.headers
    etag = session.head(theirs).headers["etag"]
    return (
        {**work.headers, "If-None-Match": answer.headers["etag"]},
        {**work.headers, "If-None-Match": etag},
    )


@contextmanager
def publishing(ours: Server) -> Iterator[None]:
    """Publish to other projects while the block lasts."""
    ends = threading.Event()

    def publish() -> None:
        number = 0
        with httpx.Client(trust_env=False, timeout=60) as session:
            begun = time.monotonic()
            while not ends.wait(max(0.0, begun + number / UPLOADS_A_SECOND - time.monotonic())):
                name = f"other-{number % 50}-{os.getpid()}-{begun:.0f}"
                upload(session, ours, build_wheel(name, f"1.{number}"))
                number += 1
        print(f"{number / (time.monotonic() - begun):60.1f} uploads a second beside the next line")

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


@contextmanager
def nginx(folder: Path) -> Iterator[tuple[str, int]]:
    """Run nginx on a free port, and return its URL and its worker's process."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (folder / "www").mkdir()
    folder.chmod(0o755)
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port))
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(configuration)])
    try:
        with httpx.Client(trust_env=False, transport=httpx.HTTPTransport(retries=8)) as session:
            session.get(f"http://127.0.0.1:{port}/")
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True
        )
        yield f"http://127.0.0.1:{port}/", int(children.stdout.split()[0])
    finally:
        process.terminate()
        process.wait()


def measure(
    measured: Measured, process: int, url: str, headers: dict[str, str], connections: int, seconds: int
) -> None:
    """Ask for *url* as fast as so many connections can."""
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *given, url]
    before = processor_seconds(process)
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = processor_seconds(process) - before
    if "Non-2xx" in output:
        raise RuntimeError(output)
    requests = int(found(r"(\d+) requests in", output))
    measured.rates.append(float(found(r"Requests/sec:\s+([\d.]+)", output)))
    measured.costs.append(spent / requests * 1e6)


def processor_seconds(process: int) -> float:
    """Return how long a process has computed."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def found(pattern: str, text: str) -> str:
    """Return what *pattern* captures."""
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


def show(what: str, ours: Measured, theirs: Measured) -> None:
    """Print a line."""
    rate, their_rate = statistics.median(ours.rates), statistics.median(theirs.rates)
    cost, their_cost = statistics.median(ours.costs), statistics.median(theirs.costs)
    print(
        f"{what:34}{rate:9.0f}{their_rate:9.0f}{rate / their_rate:7.2f}"
        f"{cost:9.1f}{their_cost:8.1f}{their_cost / cost:7.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
