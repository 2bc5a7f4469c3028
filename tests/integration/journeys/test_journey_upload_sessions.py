"""A release is published whole or not at all, whenever the server is killed; what is abandoned is swept."""

from __future__ import annotations

import random
import re
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import update

from pypi_app.settings import Settings
from pypi_app.settings_sources import SettingsSources
from pypi_blobs.s3_bucket import S3Bucket
from pypi_blobs.s3_settings import S3Blobs
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_sql.engine import Connections, commit
from pypi_sql.tables import upload_sessions

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer
    from tool_client import Client

pytestmark = pytest.mark.slow

ROUNDS = 12
MOST_ROUNDS = 60


def call(server: RunningServer, method: str, **params: object) -> Any:
    """Return the answer, ``None`` when the line broke before it came."""
    try:
        answer = httpx.post(
            f"{server.url}rpc",
            json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params},
            headers={"Authorization": f"Bearer {server.token}"},
            trust_env=False,
            timeout=60,
        )
    except httpx.TransportError:
        return None
    return answer.json()


def release(number: int) -> list[BuiltDistribution]:
    name = f"whole-{number}"
    return [
        build_wheel(name, "1.0", padding=150_000),
        build_wheel(name, "1.0", tag="cp313-cp313-manylinux_2_28_x86_64", padding=150_000),
        build_sdist(name, "1.0", padding=150_000),
    ]


def begin(server: RunningServer, number: int, files: list[BuiltDistribution]) -> Any:
    declared = [
        {"filename": each.filename, "size": len(each.content), "sha256": each.sha256} for each in files
    ]
    return call(server, "upload.begin", name=f"whole-{number}", version="1.0", files=declared)["result"]


def send_rest(server: RunningServer, url: str, content: bytes) -> bool:
    """Send what has not arrived yet; tell whether an answer came."""
    target, headers = server.url + url, {"Authorization": f"Bearer {server.token}"}
    try:
        told = httpx.head(target, headers=headers, trust_env=False, timeout=60)
        offset = int(told.headers["Upload-Offset"])
        headers["Upload-Offset"] = str(offset)
        answer = httpx.put(target, content=content[offset:], headers=headers, trust_env=False, timeout=60)
    except httpx.TransportError:
        return False
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(content)))
    return True


def visible(server: RunningServer, number: int) -> set[str]:
    page = server.get(f"simple/whole-{number}/")
    return set(re.findall(r">(whole_\d+-[^<]+)</a>", page.text)) if page.status_code == 200 else set()


def test_a_release_is_never_seen_in_part_whenever_the_server_is_killed(
    start_server: StartServer, client: Client
) -> None:
    server = start_server("--no-worker")
    moments = random.Random(31)
    usual = 0.2
    outcomes = {"whole": 0, "nothing": 0}
    for number in range(MOST_ROUNDS):
        # Both have to occur, or the loop shows nothing.
        if number >= ROUNDS and all(outcomes.values()):
            break
        files = release(number)
        names = {each.filename for each in files}
        session = begin(server, number, files)
        kill_while_sending = moments.random() < 0.3
        for each, told in zip(files, session["files"], strict=True):
            if kill_while_sending:
                killer = threading.Timer(moments.uniform(0, 0.05), server.process.kill)
                killer.start()
                send_rest(server, told["url"], each.content)
                killer.join()
                server.kill()
                server.start()
                kill_while_sending = False
            assert send_rest(server, told["url"], each.content)
        assert visible(server, number) == set()

        killer = threading.Timer(moments.uniform(0, 1.5 * usual), server.process.kill)
        started = time.monotonic()
        killer.start()
        answer = call(server, "release.publish", session=session["session"])
        if answer is not None:
            usual = time.monotonic() - started
        killer.join()
        server.kill()
        server.start()

        seen = visible(server, number)
        assert seen in (set(), names), "a part of a release was visible"
        assert seen or answer is None, "a release that was confirmed is gone"
        outcomes["whole" if seen else "nothing"] += 1
        again = call(server, "release.publish", session=session["session"])
        assert again["result"]["state"] == "published", again
        assert visible(server, number) == names

    assert all(outcomes.values()), outcomes
    check = client.operate(server, "check", "--thorough")
    assert "No damaged files." in check.stdout
    assert "Traceback" not in server.log


def expire(server: RunningServer, session: str) -> None:
    connections = Connections(load_settings(server).database_url)
    expired = update(upload_sessions).where(upload_sessions.c.id == session)
    with connections.writing() as connection:
        connection.execute(expired.values(expires=datetime(2020, 1, 1, tzinfo=UTC)))
        commit(connection)
    connections.engine.dispose()


def load_settings(server: RunningServer) -> Settings:
    options = dict(zip(server.of_operator[::2], server.of_operator[1::2], strict=True))
    file = options.get("--settings")
    return SettingsSources(Path(file) if file else None, {"data": options["--data"]}).load()


def staged(server: RunningServer) -> set[str]:
    settings = load_settings(server)
    if isinstance(settings.blobs, S3Blobs):
        return {each.path.split("/")[1] for each in S3Bucket(settings.blobs).list("staging/")}
    return {each.name for each in (server.data / "blobs" / "staging").iterdir()}


def test_an_abandoned_session_is_swept_with_its_bytes(start_server: StartServer, client: Client) -> None:
    server = start_server("--no-worker")
    files = release(0)
    kept, abandoned = begin(server, 1, release(1)), begin(server, 0, files)
    for session, sent in ((abandoned, files), (kept, release(1))):
        for each, told in zip(sent, session["files"], strict=True):
            assert send_rest(server, told["url"], each.content)
    expire(server, abandoned["session"])
    assert len(staged(server)) == 6

    swept = client.operate(server, "sweep", "--grace-hours", "0")

    assert "Closed 1 expired upload session." in swept.stdout
    assert len(staged(server)) == 3
    gone = call(server, "upload.status", session=abandoned["session"])
    assert gone["error"]["data"]["code"] == "upload-session-not-found"
    assert call(server, "release.publish", session=kept["session"])["result"]["state"] == "published"
    assert not staged(server)
    assert begin(server, 0, files)["state"] == "open"
