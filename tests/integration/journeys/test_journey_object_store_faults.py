"""An object store dies, hangs, is slow or full, or its line is cut: nothing confirmed is lost."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import subprocess
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from page_readers import reading_pages
from pypi_blobs.s3_bucket import S3Bucket
from pypi_blobs.s3_settings import S3Blobs
from pypi_contracts.builders import BuiltDistribution, build_wheel
from s3_servers import S3Server, running_s3_server, settings_file
from toxiproxy import Line, line_to
from uploading import assert_nothing_is_lost_or_halved, upload, uploading

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer
    from tool_client import Client

pytestmark = pytest.mark.service
# The quick ones run with every change.
nightly = pytest.mark.nightly

MIB = 1024 * 1024
SILENCE = 4
"""Seconds after which an answer of the store is given up; each request is made twice."""
PATIENCE = 4
"""Seconds within which a small page comes, whatever the store does: less than one of its requests takes."""

STEADY = build_wheel("steady", "1.0", padding=300_000)
LARGE = build_wheel("large", "1.0", padding=12 * MIB)


@pytest.fixture(scope="module")
def store() -> Iterator[S3Server]:
    with running_s3_server("MinIO") as running:
        yield running


@pytest.fixture
def line(store: S3Server) -> Iterator[Line]:
    with line_to(f"127.0.0.1:{store.port}") as found:
        yield found


Start = Callable[..., "RunningServer"]


@pytest.fixture
def start(store: S3Server, start_server: StartServer, tmp_path: Path) -> Start:
    """Return a function that starts a server, with the project ``steady``, on a new bucket."""

    def started(endpoint: str = store.endpoint) -> RunningServer:
        settings = replace(store.settings(), read_seconds=SILENCE)
        S3Bucket(settings).create()
        file = settings_file(tmp_path, replace(settings, endpoint=endpoint))
        server = start_server("--settings", str(file))
        assert upload(server, STEADY).is_confirmed
        return server

    return started


def settings_of(server: RunningServer) -> Path:
    return server.data.parent / "settings.toml"


def stored(server: RunningServer, begin: str) -> list[str]:
    """Return what is in the bucket of a server, by the beginning of its path."""
    blobs = tomllib.loads(settings_of(server).read_text())["blobs"]
    return [each.path for each in S3Bucket(msgspec.convert(blobs, S3Blobs)).list(begin)]


def over(line: Line) -> str:
    return f"http://127.0.0.1:{line.port}"


def url_of(server: RunningServer, wheel: BuiltDistribution) -> str:
    name = wheel.filename.partition("-")[0]
    page = server.get(f"simple/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}).json()
    [url] = [each["url"] for each in page["files"] if each["filename"] == wheel.filename]
    return str(httpx.URL(f"{server.url}simple/{name}/").join(url)).removeprefix(server.url)


def refused_readiness(server: RunningServer) -> httpx.Response:
    """Return what readiness says once a look at what is missing is not older than that."""
    until = time.monotonic() + 10
    while (answer := server.get("health/ready")).status_code == 200 and time.monotonic() < until:
        time.sleep(0.1)
    return answer


def wait_until_ready(server: RunningServer) -> None:
    while server.get("health/ready").status_code != 200:
        time.sleep(0.05)


def assert_told(answer: httpx.Response) -> None:
    """Check that an answer says for a while no, in a sentence."""
    assert answer.status_code == 503, answer.text
    assert "Retry-After" in answer.headers
    assert "blobs." in answer.text or "busy" in answer.text


def traces_of(server: RunningServer) -> list[str]:
    return [each[-3000:] for each in server.log.splitlines() if "Traceback" in each]


def kill_and_start(store: S3Server) -> None:
    store.stop()
    time.sleep(2)
    store.start()


def pause(store: S3Server) -> None:
    with store.paused():
        time.sleep(2.5 * SILENCE)


@pytest.mark.parametrize("harm", [kill_and_start, pytest.param(pause, marks=nightly)])
def test_a_server_outlives_its_object_store(
    store: S3Server, start: Start, harm: Callable[[S3Server], None]
) -> None:
    server = start()

    with reading_pages(server, within=PATIENCE), uploading(server) as uploads:
        uploads.wait_for(5)
        harm(store)
        recovering = time.monotonic()
        uploads.wait_for(5)
        recovered = time.monotonic() - recovering
        uploads.end()
    wait_until_ready(server)

    assert_nothing_is_lost_or_halved(server, uploads.attempts)
    assert recovered < 30
    assert traces_of(server) == []


@pytest.mark.parametrize(
    "is_hanging", [pytest.param(False, id="down"), pytest.param(True, id="hanging", marks=nightly)]
)
def test_while_the_store_is_away_downloads_are_refused_and_pages_come(
    store: S3Server, start: Start, is_hanging: bool
) -> None:
    server = start()
    url = url_of(server, STEADY)

    with ThreadPoolExecutor(40) as pool:
        with reading_pages(server, within=PATIENCE):
            if is_hanging:
                with store.paused():
                    answers = list(pool.map(server.get, [url] * 40))
                    readiness = refused_readiness(server)
            else:
                store.stop()
                answers = list(pool.map(server.get, [url] * 40))
                readiness = refused_readiness(server)
                store.start()
            wait_until_ready(server)
        # All threads and connections are given back.
        after = list(pool.map(server.get, [url] * 40))

    for each in answers:
        assert_told(each)
    assert max(each.elapsed.total_seconds() for each in answers) < 60
    assert readiness.status_code == 503
    assert {each.content for each in after} == {STEADY.content}
    assert traces_of(server) == []


@nightly
def test_a_line_that_is_cut_in_mid_transfer_loses_nothing(line: Line, start: Start) -> None:
    moments = random.Random(14)
    server = start(over(line))

    with reading_pages(server, within=PATIENCE), uploading(server) as uploads:
        for number in range(8):
            uploads.wait_for(2)
            # Some of it breaks what is sent, some only the answer that it was stored.
            size = moments.randrange(500, 24_000) if number % 2 else moments.randrange(50, 600)
            with line.breaking_after(size, answers=not number % 2):
                time.sleep(0.7)
        uploads.wait_for(2)
        with line.disturbed("reset_peer", answers=True, timeout=50):
            time.sleep(1)
        uploads.wait_for(2)
        uploads.end()

    assert_nothing_is_lost_or_halved(server, uploads.attempts)
    assert any(not each.is_confirmed for each in uploads.attempts)
    assert traces_of(server) == []


@nightly
def test_a_download_whose_source_breaks_off_is_never_taken_for_whole(line: Line, start: Start) -> None:
    server = start(over(line))
    assert upload(server, LARGE).is_confirmed
    url = url_of(server, LARGE)

    broken = 0
    for size in (150, 300, 1000, 300_000, 600_000, 2 * MIB):
        with line.breaking_after(size, answers=True):
            try:
                response = server.get(url)
            except httpx.TransportError:
                # Shorter than announced, which is an error to every client.
                broken += 1
                continue
        if response.status_code == 200:
            # What broke off once was asked for again.
            assert response.content == LARGE.content
        else:
            assert_told(response)
            broken += 1
    assert broken
    assert server.get(url).content == LARGE.content
    assert traces_of(server) == []


@nightly
def test_a_slow_store_makes_files_slow_and_nothing_else(line: Line, start: Start) -> None:
    server = start(over(line))
    url = url_of(server, STEADY)

    with (
        line.disturbed("latency", answers=True, latency=700, jitter=200),
        line.disturbed("bandwidth", answers=False, rate=400),
        reading_pages(server, within=PATIENCE),
        ThreadPoolExecutor(16) as pool,
    ):
        wheels = [build_wheel(f"slow-{number}", "1.0", padding=200_000) for number in range(6)]
        uploads = [pool.submit(upload, server, each) for each in wheels]
        downloads = list(pool.map(server.get, [url] * 10))
        attempts = [each.result() for each in uploads]

    assert all(each.is_confirmed for each in attempts)
    assert {each.content for each in downloads} == {STEADY.content}
    assert_nothing_is_lost_or_halved(server, attempts)
    assert traces_of(server) == []


def test_a_full_store_refuses_uploads_until_it_has_room(start_server: StartServer, tmp_path: Path) -> None:
    with running_s3_server("MinIO", small=True) as small:
        settings = small.settings()
        S3Bucket(settings).create()
        server = start_server("--settings", str(settings_file(tmp_path, settings)))
        assert upload(server, STEADY).is_confirmed
        wheels = (build_wheel("filling", f"1.{number}", padding=8 * MIB) for number in range(20))
        attempts = [upload(server, STEADY)]

        with reading_pages(server, within=PATIENCE):
            while attempts[-1].is_confirmed:
                attempts.append(upload(server, next(wheels)))
        refusal = attempts[-1].answer
        assert refusal is not None
        assert_told(refusal)
        assert "has no room left for files" in refusal.text
        assert_nothing_is_lost_or_halved(server, attempts)

        subprocess.run(["mount", "-o", "remount,size=512m", small.folder], check=True)
        # No hands needed but those that make room.
        wait_until(lambda: upload(server, attempts[-1].wheel).is_confirmed)
        assert traces_of(server) == []
        server.stop()


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.1)


@nightly
def test_uploads_survive_kill_9_of_the_server_and_leave_nothing_half(
    store: S3Server, start: Start, client: Client
) -> None:
    server = start()
    started = time.monotonic()
    attempts = [upload(server, build_wheel("unharmed", "1.0", padding=300_000))]
    usual = time.monotonic() - started
    moments = random.Random(21)

    for number in range(5):
        killer = threading.Timer(moments.uniform(0, 2 * usual), server.process.kill)
        killer.start()
        attempts.append(upload(server, build_wheel(f"killed-{number}", "1.0", padding=300_000)))
        killer.join()
        server.kill()
        server.start()

    assert {each.is_confirmed for each in attempts} == {True, False}
    assert_nothing_is_lost_or_halved(server, attempts)
    options = ("--settings", settings_of(server), "--data", server.data)
    assert "No damaged files." in client.run("pypi-server", "check", "--thorough", *options).stdout
    # What was sent in vain is noted by one sweep and deleted by the next.
    for _ in range(2):
        time.sleep(1.1)
        client.run("pypi-server", "sweep", "--grace-hours", "0", *options)
    names = [each.wheel.filename.partition("-")[0].replace("_", "-") for each in attempts]
    listed = [each for each in names if server.get(f"simple/{each}/").is_success]
    assert len(stored(server, "distributions/")) == 1 + len(listed)
    assert stored(server, "staging/") == []
    assert_nothing_is_lost_or_halved(server, attempts)
    assert traces_of(server) == []


def test_a_server_killed_between_bytes_and_commit_has_published_nothing(start: Start) -> None:
    server = start()
    wheel = build_wheel("between", "1.0", padding=300_000)
    before = len(stored(server, "distributions/"))

    with ThreadPoolExecutor(1) as pool, contextlib.closing(rows_of(server)) as rows:
        rows.execute("BEGIN IMMEDIATE")
        uploading = pool.submit(upload, server, wheel)
        wait_until(lambda: len(stored(server, "distributions/")) > before)
        assert not uploading.done()
        server.kill()
        assert uploading.result().answer is None
    server.start()

    assert server.get("simple/between/").status_code == 404
    again = upload(server, wheel)
    assert again.is_confirmed
    assert_nothing_is_lost_or_halved(server, [again])
    assert traces_of(server) == []


def rows_of(server: RunningServer) -> sqlite3.Connection:
    return sqlite3.connect(server.data / "index.sqlite", isolation_level=None)


@nightly
def test_a_session_whose_server_is_killed_goes_on_at_another(
    start: Start, start_server: StartServer, tmp_path: Path
) -> None:
    server = start()
    database = f"sqlite:///{server.data / 'index.sqlite'}"
    other = start_server(
        "--settings", str(settings_of(server)), "--database", database, data=tmp_path / "other"
    )
    headers = {"Authorization": f"Bearer {server.token}"}
    declared = {"filename": LARGE.filename, "size": len(LARGE.content), "sha256": LARGE.sha256}
    begun = call(server, headers, "upload.begin", name="large", version="1.0", files=[declared])
    url = begun["files"][0]["url"]

    def first_half() -> Iterator[bytes]:
        yield LARGE.content[: 10 * MIB]
        wait_until(lambda: bool(stored(server, "staging/")))
        server.kill()
        yield LARGE.content[10 * MIB :]

    with pytest.raises(httpx.TransportError):
        httpx.put(server.url + url, content=first_half(), headers=headers, trust_env=False, timeout=60)
    assert other.get("simple/large/").status_code == 404
    told = httpx.head(other.url + url, headers=headers, trust_env=False, timeout=60)
    offset = int(told.headers["Upload-Offset"])
    assert 8 * MIB <= offset <= 10 * MIB
    rest = httpx.put(
        other.url + url,
        content=LARGE.content[offset:],
        headers={**headers, "Upload-Offset": str(offset)},
        trust_env=False,
        timeout=60,
    )
    assert rest.status_code == 204
    call(other, headers, "release.publish", session=begun["session"])

    assert other.get(url_of(other, LARGE)).content == LARGE.content
    assert stored(other, "staging/") == []
    assert traces_of(other) == []


@nightly
def test_a_session_goes_on_after_the_store_hung_in_the_middle_of_it(store: S3Server, start: Start) -> None:
    server = start()
    headers = {"Authorization": f"Bearer {server.token}"}
    declared = {"filename": LARGE.filename, "size": len(LARGE.content), "sha256": LARGE.sha256}
    begun = call(server, headers, "upload.begin", name="large", version="1.0", files=[declared])
    url = server.url + begun["files"][0]["url"]

    with reading_pages(server, within=PATIENCE):
        with store.paused():
            refused = httpx.put(url, content=LARGE.content, headers=headers, trust_env=False, timeout=60)
            assert_told(refused)
        offset = int(httpx.head(url, headers=headers, trust_env=False, timeout=60).headers["Upload-Offset"])
        headers["Upload-Offset"] = str(offset)
        rest = httpx.put(url, content=LARGE.content[offset:], headers=headers, trust_env=False, timeout=60)
    assert rest.status_code == 204, rest.text
    call(server, headers, "release.publish", session=begun["session"])

    assert server.get(url_of(server, LARGE)).content == LARGE.content
    assert traces_of(server) == []


def call(server: RunningServer, headers: dict[str, str], method: str, **params: object) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = httpx.post(f"{server.url}rpc", json=body, headers=headers, trust_env=False, timeout=60).json()
    assert "result" in answer, answer
    return answer["result"]
