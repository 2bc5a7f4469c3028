"""
Small pages on PostgreSQL, compared with the same on SQLite.

Before each answer the server asks whether anything changed: on SQLite a file, on PostgreSQL the server, in
one query for all requests that came meanwhile.  With more connections more requests share it.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from postgresql_cluster import running_cluster
from pypi_contracts.builders import build_wheel
from reads import JSON, requests_a_second
from running import Server, server, upload

ROUNDS = 5
CONNECTIONS = (1, 16, 64)


def main() -> None:
    """Measure and print."""
    with (
        server() as on_sqlite,
        server_on_postgresql() as on_postgresql,
        httpx.Client(trust_env=False) as session,
    ):
        for each in (on_sqlite, on_postgresql):
            upload(session, each, build_wheel("small", "1.0"))
        print(f"Requests a second, medians of {ROUNDS}")
        print(f"{'connections':>12}{'PostgreSQL':>12}{'SQLite':>10}{'ratio':>8}")
        for connections in CONNECTIONS:
            rates: dict[str, list[float]] = {each.url: [] for each in (on_postgresql, on_sqlite)}
            for _ in range(ROUNDS):
                for url, measured in rates.items():
                    address = f"{url}simple/small/"
                    measured.append(requests_a_second(address, f"Accept: {JSON}", connections))
            one, other = (statistics.median(each) for each in rates.values())
            print(f"{connections:12}{one:12.0f}{other:10.0f}{one / other:8.2f}")


@contextmanager
def server_on_postgresql() -> Iterator[Server]:
    """Run a server on a new cluster."""
    with running_cluster() as cluster, tempfile.NamedTemporaryFile("w", suffix=".toml") as settings:
        settings.write(f'database = "{cluster.url(cluster.create_database())}"\n')
        settings.flush()
        with server(options=["--settings", settings.name]) as found:
            yield found


if __name__ == "__main__":
    main()
