"""Uploading, compared with computing the digests of the same bytes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import httpx

from pypi_contracts.builders import BuiltDistribution, build_wheel
from pypi_core.domain.digests import digests_of
from running import server, upload

ROUNDS = 5
SMALL_FILES = 100
LARGE = 100 * 1024 * 1024

_numbers = count()


def main() -> None:
    """Measure and print."""
    with server() as ours, httpx.Client(trust_env=False, timeout=600) as session:

        def small(connections: int) -> float:
            wheels = [build_wheel(f"small-{next(_numbers)}", "1.0") for _ in range(SMALL_FILES)]
            with ThreadPoolExecutor(connections) as pool:
                return SMALL_FILES / seconds(
                    lambda: list(pool.map(lambda each: upload(session, ours, each), wheels))
                )

        for connections in (1, 8):
            rate = statistics.median(small(connections) for _ in range(ROUNDS))
            print(f"small wheels, {connections} connections: {rate:.0f} uploads a second, median of {ROUNDS}")
        ratios = []
        for _ in range(ROUNDS):
            wheel = large_wheel()
            hashing = seconds(lambda wheel=wheel: digests_of(wheel.content))
            uploading = seconds(lambda wheel=wheel: upload(session, ours, wheel))
            ratios.append(uploading / hashing)
        print(f"wheel of 100 MiB: {statistics.median(ratios):.2f} times as long as its three digests")


def large_wheel() -> BuiltDistribution:
    """Build a wheel of which there is no other."""
    return build_wheel(f"large-{next(_numbers)}", "1.0", padding=LARGE)


def seconds(work: Callable[[], object]) -> float:
    """Return how long *work* takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
