"""``GET /changes``: pages, waiting and streams."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pypi_core.domain.accounts import OPERATOR
from pypi_core.testing.assembly import InMemorySite
from pypi_core.testing.builders import build_wheel
from pypi_http_api import HttpSettings

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


def test_pages_follow_each_other_by_what_to_ask_next(filled: Wire) -> None:
    serials, since, more = [], 0, True
    while more:
        page = filled.get(f"/changes?since={since}&limit=4").json
        serials += [each["serial"] for each in page["changes"]]
        since, more = page["since"], page["more"]

    assert serials == [1, 2, 3, 4, 5, 6]


def test_where_nothing_happened_the_page_is_empty_and_nobody_waits(filled: Wire) -> None:
    assert filled.get("/changes?since=6").json == {"changes": [], "since": 6, "more": False}


def test_who_waits_is_answered_when_something_happens(filled: Wire) -> None:
    publishing = threading.Timer(0.3, lambda: filled.memory.publish(OPERATOR, build_wheel("late", "1.0")))
    publishing.start()

    page = filled.get("/changes?since=6&wait=60").json

    publishing.join()
    assert page["changes"][0]["project"] == "late"


def test_who_has_waited_long_enough_gets_an_empty_page(filled: Wire) -> None:
    assert filled.get("/changes?since=6&wait=1").json["changes"] == []


def test_the_server_lets_nobody_wait_when_it_stops(wired: Callable[..., Wire]) -> None:
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
def test_what_is_no_number_in_range_is_refused_with_a_sentence(filled: Wire, query: str) -> None:
    answer = filled.get(f"/changes?{query}")

    assert answer.status == 400
    assert f"is no value for {query.partition('=')[0]}: use " in answer.json["message"]


def events(answer: Answer) -> list[Mapping[str, Any]]:
    blocks = [each for each in answer.text.split("\n\n") if "data: " in each]
    return [json.loads(each.split("data: ")[1]) for each in blocks]


@pytest.fixture
def streaming(memory: InMemorySite, wired: Callable[..., Wire]) -> Wire:
    memory.publish(OPERATOR, build_wheel("Foo.Bar", "1.0"))
    return wired(HttpSettings(longest_stream=0.5))


def test_a_stream_sends_what_happened_and_what_happens(streaming: Wire) -> None:
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


def test_too_many_streams_are_sent_away(wired: Callable[..., Wire]) -> None:
    answer = wired(HttpSettings(most_waiting=0)).get("/changes", STREAM)

    assert answer.status == 503
    assert answer.headers["retry-after"]


@pytest.mark.parametrize("headers", [{}, STREAM])
def test_a_private_index_tells_nobody_what_happens(filled: Wire, headers: dict[str, str]) -> None:
    filled.make_private()

    answer = filled.get("/changes?wait=60", headers)

    assert answer.status == 401
    assert "www-authenticate" in answer.headers
    assert "access-control-allow-origin" not in answer.headers
