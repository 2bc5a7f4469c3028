"""Clients that read small pages while something happens to what a server stands on."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx

from running_server import RunningServer

_PAGES = (
    ("simple/", 200),
    ("simple/steady/", 200),
    ("project/steady/", 200),
    ("pypi/steady/json", 200),
    # This one is always asked for the first time, so that no ready answer hides that a thread is missing.
    ("simple/missing-{}/", 404),
    ("health/live", 200),
)


@contextlib.contextmanager
def reading_pages(server: RunningServer, *, within: float) -> Iterator[None]:
    """
    Read small pages as long as the block lasts; all of them have to come, each *within* so many seconds.

    The server has the project ``steady``.
    """
    ends = threading.Event()

    def read() -> list[str]:
        wrong: list[str] = []
        with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as session:
            for number, (page, expected) in enumerate(itertools.cycle(_PAGES)):
                if ends.is_set() and number >= len(_PAGES):
                    return wrong
                started = time.monotonic()
                try:
                    status = session.get(page.format(number)).status_code
                except httpx.TransportError as error:
                    wrong.append(f"{page}: {error!r}")
                    continue
                if status != expected or time.monotonic() - started > within:
                    wrong.append(f"{page}: {status} after {time.monotonic() - started:.1f} seconds")
                time.sleep(0.02)
        raise AssertionError("there are always more pages")

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        try:
            yield
        finally:
            ends.set()
        assert reading.result() == []
