"""Two servers on one PostgreSQL and one store of files: whichever is asked, the answer is the same."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any

import httpx
import pytest

from external_setup import ExternalSetup
from postgresql_cluster import running_cluster
from pypi_contracts.builders import build_wheel
from running_server import RunningServer
from s3_servers import running_s3_server
from uploading import upload

pytestmark = pytest.mark.service

UPLOADS = 200
DISTINCT = 150
CLIENTS = 16
SIMPLE = {"Accept": "application/vnd.pypi.simple.v1+json"}


@pytest.fixture(scope="module", params=["folder", "bucket"])
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningServer, RunningServer]]:
    folder = tmp_path_factory.mktemp("shared")
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(running_cluster())
        settings = folder / "settings.toml"
        if request.param == "folder":
            database = cluster.url(cluster.create_database())
            blobs = folder / "blobs"
            text = f'database = "{database}"\nblobs = {{kind = "local", folder = "{blobs}"}}\n'
        else:
            store = stack.enter_context(running_s3_server("MinIO"))
            text = ExternalSetup(cluster, store, request.getfixturevalue("opensearch")).settings()
        settings.write_text(text)
        first = RunningServer(folder / "a", "--settings", str(settings))
        try:
            second = RunningServer(folder / "b", "--settings", str(settings))
            try:
                yield first, second
            finally:
                second.stop()
        finally:
            first.stop()


def call(server: RunningServer, token: str, method: str, **params: object) -> httpx.Response:
    return httpx.post(
        f"{server.url}rpc",
        json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        timeout=60,
    )


def result(server: RunningServer, token: str, method: str, **params: object) -> Any:
    answer = call(server, token, method, **params).json()
    assert "result" in answer, answer
    return answer["result"]


def test_parallel_uploads_give_the_right_rows_and_serials_without_a_gap(
    servers: tuple[RunningServer, RunningServer],
) -> None:
    first, _second = servers
    before = first.get("changes?limit=50000").json()["since"]
    wheels = [build_wheel(f"parallel-{number % 10}", f"1.{number}") for number in range(DISTINCT)]
    # A quarter of the uploads is sent twice, to both.
    sent = [*wheels, *wheels[: UPLOADS - DISTINCT]]
    assert len(sent) == UPLOADS

    with ThreadPoolExecutor(CLIENTS) as pool:
        attempts = list(pool.map(upload, cycle(servers), sent, [first.token] * UPLOADS))

    assert Counter(each.answer.status_code for each in attempts if each.answer) == {200: UPLOADS}
    changes = first.get(f"changes?since={before}&limit=50000").json()["changes"]
    serials = [each["serial"] for each in changes]
    assert serials == [*range(before + 1, before + len(serials) + 1)]
    actions = Counter(each["action"].partition(" file ")[0] for each in changes)
    assert actions == {"create": 10, "add Owner owner": 10, "new release": DISTINCT, "add py3": DISTINCT}
    for server in servers:
        listed = {
            file["filename"]: file["hashes"]["sha256"]
            for number in range(10)
            for file in server.get(f"simple/parallel-{number}/", headers=SIMPLE).json()["files"]
        }
        assert listed == {each.filename: each.sha256 for each in wheels}


def test_a_page_of_one_server_shows_what_the_other_has_just_confirmed(
    servers: tuple[RunningServer, RunningServer],
) -> None:
    first, second = servers
    missed = []
    with httpx.Client(base_url=second.url, trust_env=False, headers=SIMPLE, timeout=60) as reading:
        for number in range(200):
            version = f"1.{number}"
            attempt = upload(first, build_wheel("fresh", version))
            assert attempt.is_confirmed
            # Read twice, so that the next upload finds the page among the ready answers.
            pages = [reading.get("simple/fresh/").json()["versions"] for _ in range(2)]
            missed += [version for page in pages if version not in page]

    assert missed == []


def test_a_token_that_one_server_revoked_is_refused_by_the_next_request_to_the_other(
    servers: tuple[RunningServer, RunningServer],
) -> None:
    first, second = servers
    # More would be refused as too many failed logins.
    for _ in range(5):
        made = result(first, first.token, "token.create", description="for a moment")
        secret, token_id = made["secret"], made["token"]["id"]
        assert result(second, secret, "account.whoami")

        result(first, first.token, "token.revoke", id=token_id)

        assert call(second, secret, "account.whoami").status_code == 401


def test_a_session_begun_on_one_server_is_finished_on_the_other(
    servers: tuple[RunningServer, RunningServer],
) -> None:
    first, second = servers
    token = first.token
    wheel = build_wheel("shared-session", "1.0", padding=100_000)
    declared = [{"filename": wheel.filename, "size": len(wheel.content), "sha256": wheel.sha256}]
    begun = result(first, token, "upload.begin", name="shared-session", version="1.0", files=declared)
    url, half = begun["files"][0]["url"], len(wheel.content) // 2

    for server, at, content in ((first, 0, wheel.content[:half]), (second, half, wheel.content[half:])):
        httpx.put(
            server.url + url,
            content=content,
            headers={"Authorization": f"Bearer {token}", "Upload-Offset": str(at)},
            trust_env=False,
        ).raise_for_status()
    result(second, token, "release.publish", session=begun["session"])

    for server in servers:
        [file] = server.get("simple/shared-session/", headers=SIMPLE).json()["files"]
        assert file["hashes"]["sha256"] == wheel.sha256


def test_who_waits_at_one_server_is_woken_by_a_commit_on_the_other(
    servers: tuple[RunningServer, RunningServer],
) -> None:
    first, second = servers
    since = second.get("changes?limit=50000").json()["since"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second.get, f"changes?since={since}&wait=30")
        assert upload(first, build_wheel("woken", "1.0")).is_confirmed
        answer = waiting.result()

    assert answer.elapsed.total_seconds() < 5
    assert answer.json()["changes"][0]["project"] == "woken"
