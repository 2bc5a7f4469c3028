"""
What watching costs a small page, and what a second process gives.

The first part calls the application without a server, since all that is counted is counted there, and takes
processor time: with the layer that names, counts and logs requests, and without it.  The second asks a server
of one and of two processes as fast as 16 connections can.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Coroutine
from typing import Any

import httpx

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_http_api import build_application
from reads import JSON, requests_a_second
from running import server, upload

ROUNDS = 7
CALLS = 5000
PAGE = "/simple/small/"


def main() -> None:
    """Measure and print."""
    print(f"{'':34}{'':>10}{'':>10}{'ratio':>8}   medians of {ROUNDS}")
    compare_layers()
    compare_processes()


def compare_layers() -> None:
    """Measure a ready page with and without what watches."""
    memory = InMemorySite()
    memory.publish(memory.actor("alice"), build_wheel("small", "1.0"))
    watched: Any = build_application(site=memory.site, change_signal=memory.database.change_signal)
    bare = watched._application
    taken: dict[str, list[float]] = {"watched": [], "bare": []}
    for _ in range(ROUNDS):
        for name, application in (("watched", watched), ("bare", bare)):
            taken[name].append(asyncio.run(microseconds(application)))
    one, other = (statistics.median(each) for each in taken.values())
    print(
        f"{'ready page, watched and not':34}{one:10.1f}{other:10.1f}{other / one:8.2f}   µs of processor time"
    )


async def microseconds(application: Callable[..., Coroutine[Any, Any, None]]) -> float:
    """Return the processor time of one request for a page that is ready."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": PAGE, "raw_path": PAGE.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"index.example"), (b"accept", JSON.encode())],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Any) -> None:
        pass

    await application(scope.copy(), receive, send)
    began = time.process_time()
    for _ in range(CALLS):
        await application(scope.copy(), receive, send)
    return (time.process_time() - began) / CALLS * 1e6


def compare_processes() -> None:
    """Measure one process and two of them."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    with (
        server() as single,
        server(options=("--processes", "2")) as double,
        httpx.Client(trust_env=False) as session,
    ):
        for each in (single, double):
            upload(session, each, build_wheel("small", "1.0"))
        for _ in range(ROUNDS):
            rates[1].append(requests_a_second(f"{single.url}simple/small/", f"Accept: {JSON}"))
            rates[2].append(requests_a_second(f"{double.url}simple/small/", f"Accept: {JSON}"))
    single_rate, double_rate = (statistics.median(each) for each in rates.values())
    ratio = double_rate / single_rate
    print(
        f"{'small page, 2 processes and 1':34}{double_rate:10.0f}{single_rate:10.0f}{ratio:8.2f}   a second"
    )


if __name__ == "__main__":
    main()
