"""
Reading, compared with the least a Python server can do for the same bytes.

The bare application answers each request with ready bytes and knows nothing else: what we
are slower by is what an index costs.
"""

from __future__ import annotations

import re
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from pypi_contracts.builders import build_wheel
from running import Server, server, upload

ROUNDS = 5
SECONDS = 3
RELEASES = 500
JSON = "application/vnd.pypi.simple.v1+json"

BARE = """
import sys, uvicorn
body = sys.stdin.buffer.read()
async def application(scope, receive, send):
    if scope["type"] == "http":
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
uvicorn.run(application, port=int(sys.argv[1]), log_level="error", http="httptools")
"""


def main() -> None:
    """Measure and print."""
    with server() as ours, httpx.Client(trust_env=False) as session:
        upload(session, ours, build_wheel("small", "1.0"))
        for number in range(RELEASES):
            upload(session, ours, build_wheel("large", f"1.{number}"))
        file = session.get(f"{ours.url}simple/small/", headers={"Accept": JSON}).json()["files"][0]["url"]
        print(f"{'':34}{'ours':>10}{'bare':>10}{'ratio':>8}   requests a second, medians of {ROUNDS}")
        compare(session, ours, "page of 1 file", "simple/small/", f"Accept: {JSON}")
        compare(session, ours, f"page of {RELEASES} files", "simple/large/", f"Accept: {JSON}")
        compare(session, ours, f"page of {RELEASES} files, gzip", "simple/large/", "Accept-Encoding: gzip")
        compare(session, ours, "small file", file.removeprefix("../../"), "Accept: */*")
        compare(session, ours, "front page", "", "Accept: */*")


def compare(session: httpx.Client, ours: Server, what: str, path: str, header: str) -> None:
    """Measure one address and print a line."""
    name, value = header.split(": ")
    with session.stream(
        "GET", ours.url + path, headers={"Accept-Encoding": "identity", name: value}
    ) as response:
        body = b"".join(response.iter_raw())
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    with bare(body) as bare_url:
        for _ in range(ROUNDS):
            rates["ours"].append(requests_a_second(ours.url + path, header))
            rates["bare"].append(requests_a_second(bare_url, header))
    one, other = (statistics.median(each) for each in rates.values())
    print(f"{what:34}{one:10.0f}{other:10.0f}{one / other:8.2f}   {len(body)} bytes")


@contextmanager
def bare(body: bytes) -> Iterator[str]:
    """Run the bare application."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", BARE, str(port)], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(body)
    process.stdin.close()
    url = f"http://127.0.0.1:{port}/"
    try:
        with httpx.Client(trust_env=False, transport=httpx.HTTPTransport(retries=8)) as session:
            session.get(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def requests_a_second(url: str, header: str, connections: int = 16) -> float:
    """Ask for *url* as fast as so many connections can."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-H", header, url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output:
        raise RuntimeError(output)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])  # type: ignore[index]


if __name__ == "__main__":
    main()
