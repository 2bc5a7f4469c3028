"""Ten writers publish and yank on a real server: who follows the changes meets each once and in order."""

from __future__ import annotations

import json
import xmlrpc.client
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pypi_contracts.builders import build_wheel

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer

pytestmark = pytest.mark.slow

WRITERS = 10
RELEASES = 4
# Few a page, so that readers ask while others write.
PAGE = 7
# The name of what is published when all writers have finished.
END = "end"

Change = tuple[int, str, str]
"""Its serial, project and action."""


def publish(session: httpx.Client, name: str, version: str) -> None:
    wheel = build_wheel(name, version)
    response = session.post(
        "legacy/", data=dict(wheel.form_fields()), files={"content": (wheel.filename, wheel.content)}
    )
    assert response.status_code == 200, response.text


def write(server: RunningServer, number: int) -> None:
    """Publish releases of one project and yank every other one."""
    with connected(server, Authorization=f"Bearer {server.token}") as session:
        for release in range(RELEASES):
            publish(session, f"project-{number}", f"1.{release}")
            if release % 2:
                release_of = {"name": f"project-{number}", "version": f"1.{release}"}
                call(session, "release.yank", release_of)


def connected(server: RunningServer, **headers: str) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=600)


def call(session: httpx.Client, method: str, params: dict[str, Any]) -> Any:
    answer = session.post("rpc", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).json()
    assert "result" in answer, answer
    return answer["result"]


def by_change_feed(server: RunningServer) -> Iterator[Change]:
    since = 0
    with connected(server) as session:
        while True:
            page = session.get("changes", params={"since": since, "limit": PAGE, "wait": 60}).json()
            yield from map(entry, page["changes"])
            since = page["since"]


def by_json_rpc(server: RunningServer) -> Iterator[Change]:
    since = 0
    with connected(server) as session:
        while True:
            page = call(session, "changes.since", {"serial": since, "limit": PAGE})
            yield from map(entry, page["changes"])
            since = page["serial"]


def by_xml_rpc(server: RunningServer) -> Iterator[Change]:
    since: Any = 0
    with xmlrpc.client.ServerProxy(f"{server.url}pypi", allow_none=True) as proxy:
        while True:
            page: Any = proxy.changelog_since_serial(since)
            for project, _version, _time, action, serial in page:
                yield serial, project, action
                since = serial


def by_events(server: RunningServer) -> Iterator[Change]:
    with (
        connected(server, Accept="text/event-stream") as session,
        session.stream("GET", "changes", params={"limit": PAGE}) as stream,
    ):
        for line in stream.iter_lines():
            if line.startswith("data: "):
                yield entry(json.loads(line.removeprefix("data: ")))


def entry(change: dict[str, Any]) -> Change:
    return change["serial"], change["project"], change["action"]


def follow(read: Callable[[RunningServer], Iterator[Change]], server: RunningServer) -> list[Change]:
    """Read changes until the last one."""
    seen = []
    for change in read(server):
        seen.append(change)
        if change[1] == END and change[2].startswith("add py3"):
            break
    return seen


def test_every_reader_meets_every_change_once_and_in_order(start_server: StartServer) -> None:
    server = start_server("--no-worker")
    readers = (by_change_feed, by_json_rpc, by_xml_rpc, by_events)

    with ThreadPoolExecutor(len(readers)) as reading, ThreadPoolExecutor(WRITERS) as writing:
        following = [reading.submit(follow, each, server) for each in readers]
        try:
            list(writing.map(lambda number: write(server, number), range(WRITERS)))
        finally:
            # Without it nobody would stop reading.
            with connected(server, Authorization=f"Bearer {server.token}") as session:
                publish(session, END, "1.0")
        first, *others = [each.result() for each in following]

    # A project with its owner; for each release that, its file and every other time a yank.
    total = WRITERS * (2 + 2 * RELEASES + RELEASES // 2) + 4
    assert [serial for serial, _project, _action in first] == [*range(1, total + 1)]
    assert others == [first] * len(others)
    assert sum(action == "yank release" for _serial, _project, action in first) == WRITERS * RELEASES // 2
