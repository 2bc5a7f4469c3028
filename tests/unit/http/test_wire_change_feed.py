"""``GET /changes``: pages, waiting and streams."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR, TokenId
from pypi_core.domain.entities import Serial
from pypi_http_api import HttpSettings
from pypi_http_api.change_feed import ChangeReader
from pypi_http_api.costly_calls import CostlyCalls
from pypi_http_api.pools import Pools

if TYPE_CHECKING:
    from tests.unit.http.conftest import Answer, Wire

STREAM = {"accept": "text/event-stream"}


@pytest.fixture
def filled(wire: Wire) -> Wire:
    wire.memory.publish(OPERATOR, build_wheel("Foo.Bar", "1.0"))
    wire.memory.publish(OPERATOR, build_wheel("other", "2.0"))
    return wire


def test_a_page_has_every_change_in_order(filled: Wire) -> None:
    page = filled.get("/changes").json

    assert [each["serial"] for each in page["changes"]] == [1, 2, 3, 4, 5, 6]
    assert page["changes"][1] == {
        "serial": 2,
        "project": "Foo.Bar",
        "version": "1.0",
        "action": "new release",
        "timestamp": page["changes"][1]["timestamp"],
    }
    assert page["changes"][1]["timestamp"].endswith("Z")
    assert (page["since"], page["more"]) == (6, False)


def test_each_page_names_the_next(filled: Wire) -> None:
    serials, since, more = [], 0, True
    while more:
        page = filled.get(f"/changes?since={since}&limit=4").json
        serials += [each["serial"] for each in page["changes"]]
        since, more = page["since"], page["more"]

    assert serials == [1, 2, 3, 4, 5, 6]


def test_a_page_without_changes_is_empty_and_immediate(filled: Wire) -> None:
    assert filled.get("/changes?since=6").json == {"changes": [], "since": 6, "more": False}


def test_a_waiting_request_is_answered_by_the_next_change(filled: Wire) -> None:
    publishing = threading.Timer(0.3, lambda: filled.memory.publish(OPERATOR, build_wheel("late", "1.0")))
    publishing.start()

    page = filled.get("/changes?since=6&wait=60").json

    publishing.join()
    assert page["changes"][0]["project"] == "late"


def test_a_waiting_request_ends_with_an_empty_page(filled: Wire) -> None:
    assert filled.get("/changes?since=6&wait=1").json["changes"] == []


def test_a_stopping_server_answers_waiting_requests(wired: Callable[..., Wire]) -> None:
    assert wired(is_stopping=lambda: True).get("/changes?wait=60").json["changes"] == []


@pytest.mark.parametrize(
    "query",
    [
        "since=-1",
        "since=x",
        "since=%D9%A1",
        "since=99999999999999999999",
        "limit=0",
        "limit=50001",
        "wait=61",
        "since=",
    ],
)
def test_a_number_out_of_range_is_refused_with_a_sentence(filled: Wire, query: str) -> None:
    answer = filled.get(f"/changes?{query}")

    assert answer.status == 400
    assert f"is not a value for {query.partition('=')[0]}: use " in answer.json["message"]


def events(answer: Answer) -> list[Mapping[str, Any]]:
    blocks = [each for each in answer.text.split("\n\n") if "data: " in each]
    return [json.loads(each.split("data: ")[1]) for each in blocks]


@pytest.fixture
def streaming(memory: InMemorySite, wired: Callable[..., Wire]) -> Wire:
    memory.publish(OPERATOR, build_wheel("Foo.Bar", "1.0"))
    return wired(HttpSettings(longest_stream=0.5))


def test_a_stream_sends_past_and_new_changes(streaming: Wire) -> None:
    publishing = threading.Timer(0.1, lambda: streaming.memory.publish(OPERATOR, build_wheel("late", "1.0")))
    publishing.start()

    answer = streaming.get("/changes?since=1", STREAM)

    publishing.join()
    assert answer.headers["content-type"] == "text/event-stream"
    assert [(each["serial"], each["project"]) for each in events(answer)] == [
        (2, "Foo.Bar"),
        (3, "Foo.Bar"),
        (4, "late"),
        (5, "late"),
        (6, "late"),
    ]
    assert "\n\nid: 6\nevent: change\n" in answer.text


def test_a_stream_goes_on_after_the_last_event_seen(streaming: Wire) -> None:
    answer = streaming.get("/changes?since=0", {**STREAM, "last-event-id": "2"})

    assert [each["serial"] for each in events(answer)] == [3]


def test_a_stream_ends_when_the_client_leaves(wired: Callable[..., Wire]) -> None:
    answer = wired(HttpSettings(longest_stream=600)).request("GET", "/changes", STREAM, leaves=True)

    assert answer.text == "retry: 1000\n\n"


def test_a_stream_has_a_head_of_its_own(filled: Wire) -> None:
    answer = filled.request("HEAD", "/changes", STREAM)

    assert (answer.status, answer.body) == (200, b"")


class Follower:
    """A client that follows the changes until the server ends the answer, or until it leaves."""

    def __init__(
        self, wire: Wire, target: str, headers: Mapping[str, str], client: str = "127.0.0.2"
    ) -> None:
        self.status = 0
        self.text = ""
        self.began = asyncio.Event()
        self.is_kept_waiting = asyncio.Event()
        self._leaves = asyncio.Event()
        self._asked = False
        path, _, query = target.partition("?")
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"index.example"), *pairs],
            "client": (client, 1234),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }
        self.task = asyncio.ensure_future(wire.application(scope, self._receive, self._send))

    async def leave(self) -> None:
        self._leaves.set()
        await self.task

    async def _receive(self) -> Any:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        self.is_kept_waiting.set()
        await self._leaves.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.text += message["body"].decode()
            self.began.set()


async def follow(wire: Wire, client: str, headers: Mapping[str, str] = STREAM) -> Follower:
    """Return a follower that has a place, or was refused one."""
    follower = Follower(wire, "/changes", headers, client)
    await follower.began.wait()
    return follower


def test_streams_are_bounded_by_address_and_in_all(wired: Callable[..., Wire]) -> None:
    wire = wired(HttpSettings(event_streams=3, event_streams_per_address=2))

    async def run() -> list[int]:
        clients = ["127.0.0.2", "127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.4"]
        followers = [await follow(wire, each) for each in clients]
        statuses = [each.status for each in followers]
        assert "At most 2 clients at one address follow the changes" in followers[2].text
        assert "Too many clients follow the changes" in followers[4].text
        for each in followers:
            await each.leave()
        again = await follow(wire, "127.0.0.2")
        await again.leave()
        return [*statuses, again.status]

    assert asyncio.run(run()) == [200, 200, 503, 200, 503, 200]


def test_the_address_of_a_stream_is_the_one_that_a_trusted_proxy_names(wired: Callable[..., Wire]) -> None:
    settings = HttpSettings(event_streams_per_address=1, trusted_proxies=("127.0.0.9",))
    wire = wired(settings)

    async def run() -> list[int]:
        named = [{**STREAM, "x-forwarded-for": each} for each in ("192.0.2.1", "192.0.2.2", "192.0.2.1")]
        followers = [await follow(wire, "127.0.0.9", each) for each in named]
        for each in followers:
            await each.leave()
        return [each.status for each in followers]

    assert asyncio.run(run()) == [200, 200, 503]


def test_a_client_that_cannot_be_kept_waiting_is_answered_at_once(wired: Callable[..., Wire]) -> None:
    answer = wired(HttpSettings(event_streams_per_address=0)).get("/changes?wait=60")

    assert answer.status == 200
    assert answer.json["changes"] == []


def test_a_stream_that_is_refused_says_when_to_try_again(wired: Callable[..., Wire]) -> None:
    answer = wired(HttpSettings(event_streams=0)).get("/changes", STREAM)

    assert answer.status == 503
    assert answer.headers["retry-after"]


class CountingPools(Pools):
    """Counts how many calls wait for a thread or run in one."""

    def __init__(self) -> None:
        super().__init__(1, 1)
        self.present = 0
        self.most = 0

    async def read(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        self.present += 1
        self.most = max(self.most, self.present)
        try:
            return await super().read(call, *args, **kwargs)
        finally:
            self.present -= 1


def test_streams_read_one_after_the_other(memory: InMemorySite) -> None:
    memory.publish(OPERATOR, build_wheel("Foo.Bar", "1.0"))
    pools = CountingPools()
    reader = ChangeReader(memory.site, pools, CostlyCalls(1, 1, 1))
    request: Any = SimpleNamespace(index=memory.index, actor=OPERATOR)

    async def run() -> list[Any]:
        reads = [reader.events(request, Serial(0), 10) for _ in range(20)]
        return await asyncio.gather(*reads)

    assert {each.newest for each in asyncio.run(run())} == {3}
    assert pools.most == 1
    pools.close()


Ending = Callable[[InMemorySite, TokenId], None]


def revoke(memory: InMemorySite, token: TokenId) -> None:
    memory.site.revoke_token(OPERATOR, token)


def let_expire(memory: InMemorySite, _token: TokenId) -> None:
    memory.clock.advance(timedelta(days=2))


def disable(memory: InMemorySite, _token: TokenId) -> None:
    memory.site.disable_account(OPERATOR, "alice")


@pytest.mark.parametrize("end", [revoke, let_expire, disable])
@pytest.mark.parametrize("waits", [False, True])
def test_a_client_that_follows_is_sent_away_when_its_token_ends(
    memory: InMemorySite, wired: Callable[..., Wire], end: Ending, waits: bool
) -> None:
    # A stream that goes on must end by itself for the test to fail.
    wire = wired(HttpSettings(longest_stream=3))
    wire.make_private()
    memory.account("alice")
    issued = memory.site.issue_token(
        OPERATOR, "alice", "ends", expires=memory.clock.now() + timedelta(days=1)
    )
    headers = {"authorization": f"Bearer {issued.secret}"}

    async def run() -> Follower:
        if waits:
            follower = Follower(wire, "/changes?wait=60", headers)
            await follower.is_kept_waiting.wait()
        else:
            follower = await follow(wire, "127.0.0.2", {**STREAM, **headers})
        end(memory, issued.token.id)
        memory.publish(OPERATOR, build_wheel("secret", "1.0"))
        await follower.task
        return follower

    follower = asyncio.run(run())

    assert "secret" not in follower.text
    assert follower.status == (401 if waits else 200)


def test_an_anonymous_stream_ends_when_the_index_becomes_private(
    memory: InMemorySite, wired: Callable[..., Wire]
) -> None:
    wire = wired(HttpSettings(longest_stream=3))

    async def run() -> Follower:
        follower = await follow(wire, "127.0.0.2")
        wire.make_private()
        memory.publish(OPERATOR, build_wheel("secret", "1.0"))
        await follower.task
        return follower

    assert "secret" not in asyncio.run(run()).text


@pytest.mark.parametrize("headers", [{}, STREAM])
def test_a_private_index_has_no_public_change_feed(filled: Wire, headers: dict[str, str]) -> None:
    filled.make_private()

    answer = filled.get("/changes?wait=60", headers)

    assert answer.status == 401
    assert "www-authenticate" in answer.headers
    assert "access-control-allow-origin" not in answer.headers
