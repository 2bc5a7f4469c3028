"""PostgreSQL dies, restarts, hangs, or its line is cut while many upload: nothing confirmed is lost."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest

from postgresql_cluster import PostgresqlCluster, running_cluster
from pypi_contracts.builders import build_wheel
from toxiproxy import line_to
from uploading import assert_nothing_is_lost_or_halved, upload, uploading

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer

pytestmark = pytest.mark.service
# The quick ones run with every change.
nightly = pytest.mark.nightly

LIMITS = "[postgresql]\nconnect_seconds = 2\nstatement_seconds = 3\npool_seconds = 2\n"


@pytest.fixture
def cluster() -> Iterator[PostgresqlCluster]:
    with running_cluster(durable=True) as running:
        yield running


@pytest.fixture
def start(start_server: StartServer, tmp_path: Path) -> Callable[[str], RunningServer]:
    """Return a function that starts a server and a worker on the database at a URL."""

    def started(url: str) -> RunningServer:
        settings = tmp_path / "settings.toml"
        settings.write_text(f'database = "{url}"\n{LIMITS}')
        return start_server("--settings", str(settings))

    return started


PATHS = (
    "simple/sample/",
    "simple/",
    "",
    "project/sample/",
    "search/?q=sample",
    "changes",
    "rss/updates.xml",
    "pypi/sample/json",
    "docs/sample/latest/",
)


def refused_readiness(server: RunningServer) -> httpx.Response:
    """Return what readiness says once a look at what is missing is not older than that."""
    until = time.monotonic() + 10
    while (answer := server.get("health/ready")).status_code == 200 and time.monotonic() < until:
        time.sleep(0.1)
    return answer


def wait_until_ready(server: RunningServer) -> None:
    while server.get("health/ready").status_code != 200:
        time.sleep(0.05)


def kill_and_start(cluster: PostgresqlCluster) -> None:
    cluster.kill()
    time.sleep(0.5)
    cluster.start()


def restart(cluster: PostgresqlCluster) -> None:
    cluster.stop()
    cluster.start()


def pause(cluster: PostgresqlCluster) -> None:
    with cluster.paused():
        time.sleep(8)


@pytest.mark.parametrize(
    "harm", [kill_and_start, pytest.param(restart, marks=nightly), pytest.param(pause, marks=nightly)]
)
def test_a_server_outlives_its_database(
    cluster: PostgresqlCluster,
    start: Callable[[str], RunningServer],
    harm: Callable[[PostgresqlCluster], None],
) -> None:
    server = start(cluster.url(cluster.create_database()))

    with uploading(server) as uploads:
        for _ in range(2):
            uploads.wait_for(5)
            harm(cluster)
        uploads.wait_for(5)
    attempts = uploads.end()
    wait_until_ready(server)

    assert_nothing_is_lost_or_halved(server, attempts)
    assert upload(server, build_wheel("afterwards", "1.0")).is_confirmed
    assert "Traceback" not in server.log


def test_a_server_killed_between_bytes_and_commit_has_published_nothing(
    cluster: PostgresqlCluster, start: Callable[[str], RunningServer]
) -> None:
    url = cluster.url(cluster.create_database())
    server = start(url)
    wheel = build_wheel("between", "1.0", padding=300_000)

    with ThreadPoolExecutor(1) as pool, psycopg.connect(url) as other:
        # Units of work wait for each other at this row.
        other.execute("SELECT 1 FROM serials FOR UPDATE")
        uploading = pool.submit(upload, server, wheel)
        while not list((server.data / "blobs" / "distributions").glob("*/*/*")):
            time.sleep(0.01)
        assert not uploading.done()
        server.kill()
        assert uploading.result().answer is None
    server.start()

    assert server.get("simple/between/").status_code == 404
    again = upload(server, wheel)
    assert again.is_confirmed
    assert_nothing_is_lost_or_halved(server, [again])
    assert "Traceback" not in server.log


@nightly
def test_uploads_survive_kill_9_of_the_server(
    cluster: PostgresqlCluster, start: Callable[[str], RunningServer]
) -> None:
    server = start(cluster.url(cluster.create_database()))
    attempts = [upload(server, build_wheel("unharmed", "1.0", padding=300_000))]
    moments = random.Random(22)

    for number in range(5):
        killer = threading.Timer(moments.uniform(0, 0.3), server.process.kill)
        killer.start()
        attempts.append(upload(server, build_wheel(f"killed-{number}", "1.0", padding=300_000)))
        killer.join()
        server.kill()
        server.start()
    attempts += [upload(server, each.wheel) for each in attempts if not each.is_confirmed]

    assert attempts[-1].is_confirmed
    assert_nothing_is_lost_or_halved(server, attempts)
    assert "Traceback" not in server.log


@contextlib.contextmanager
def stopped(cluster: PostgresqlCluster) -> Iterator[None]:
    cluster.stop()
    yield
    cluster.start()


@pytest.mark.parametrize("away", [stopped, pytest.param(PostgresqlCluster.paused, marks=nightly)])
def test_while_the_database_is_away_every_answer_is_a_sentence(
    cluster: PostgresqlCluster,
    start: Callable[[str], RunningServer],
    away: Callable[[PostgresqlCluster], contextlib.AbstractContextManager[None]],
) -> None:
    server = start(cluster.url(cluster.create_database()))
    assert upload(server, build_wheel("sample", "1.0")).is_confirmed

    with away(cluster):
        answers = {path: server.get(path) for path in PATHS}
        readiness = refused_readiness(server)
        assert server.get("health/live").status_code == 200
    wait_until_ready(server)

    assert readiness.status_code == 503
    for path, answer in answers.items():
        assert answer.status_code == 503, path
        assert "Retry-After" in answer.headers, path
        assert "Traceback" not in answer.text
    # The limits of the settings, and not one after the other.
    assert max(answer.elapsed.total_seconds() for answer in answers.values()) < 15
    assert server.get("simple/sample/").status_code == 200
    assert "Traceback" not in server.log


@nightly
def test_a_line_that_is_cut_in_mid_transaction_loses_nothing(
    cluster: PostgresqlCluster, start: Callable[[str], RunningServer]
) -> None:
    moments = random.Random(14)
    with line_to(f"127.0.0.1:{cluster.port}") as line:
        url = cluster.url(cluster.create_database())
        server = start(url.replace(f":{cluster.port}/", f":{line.port}/"))

        with uploading(server) as uploads:
            for number in range(10):
                uploads.wait_for(2)
                # Some thousands of bytes are sent for one upload, in a dozen statements.
                with line.breaking_after(moments.randrange(500, 12_000), answers=bool(number % 2)):
                    time.sleep(0.7)
                line.cut()
                time.sleep(moments.uniform(0, 0.2))
                line.mend()
            uploads.wait_for(5)
        attempts = uploads.end()
        wait_until_ready(server)

        assert_nothing_is_lost_or_halved(server, attempts)
        assert any(not each.is_confirmed for each in attempts)
        assert "Traceback" not in server.log
        server.stop()


@nightly
def test_who_waits_for_a_change_hears_of_it_after_a_restart_of_the_database(
    cluster: PostgresqlCluster, start: Callable[[str], RunningServer]
) -> None:
    server = start(cluster.url(cluster.create_database()))
    since = server.get("changes").json()["since"]

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(server.get, f"changes?since={since}&wait=30")
        time.sleep(0.5)
        restart(cluster)
        wait_until_ready(server)
        assert upload(server, build_wheel("sample", "1.0")).is_confirmed
        answer = waiting.result()

    # One whom the restart met is asked to come again, and misses nothing.
    assert answer.status_code in {200, 503}
    assert server.get(f"changes?since={since}").json()["changes"]
    assert "Traceback" not in server.log
