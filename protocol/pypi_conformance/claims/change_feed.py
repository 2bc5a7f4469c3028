"""The change feed: what happened on an index, in order."""

from __future__ import annotations

import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pypi_conformance.distributions import build_sdist
from pypi_conformance.registry import Claims, Level, NotChecked
from pypi_conformance.subject import Subject, is_json, media_type
from pypi_conformance.trials import publish

claim = Claims(Level.CHANGE_FEED)

_PROTOCOL = "our protocol"
_FAR = 2**52
# How long the kit waits for a change that it makes itself, and after how many seconds it makes it.
_WAIT, _PAUSE = 20, 0.3


def is_offered(index: Subject) -> bool:
    """Return whether there is a page of changes."""
    response = index.get(index.url("changes?limit=1"), accept="application/json")
    return response.status_code == 200 and is_json(response) and b'"changes"' in response.content


def _page(index: Subject, **query: int) -> Any:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    response = index.get(index.url(f"changes?{asked}"), accept="application/json")
    assert response.status_code == 200, f"changes?{asked} answers {response.status_code}."
    return response.json()


@claim.must(
    "shape",
    _PROTOCOL,
    "A page has `changes`, the serial to go on from in `since`, and whether there is `more`",
)
def test_shape(index: Subject) -> None:
    page = _page(index, since=0, limit=10)
    assert type(page.get("since")) is int, f"since is {page.get('since')!r}."
    assert type(page.get("more")) is bool, f"more is {page.get('more')!r}."
    for each in page["changes"]:
        assert {"serial", "project", "action", "timestamp"} <= {*each}, f"A change is {each!r}."


@claim.must("order", _PROTOCOL, "Changes are in the order of their serials, all later than the one asked for")
def test_order(index: Subject) -> None:
    since = 0
    for _ in range(3):
        page = _page(index, since=since, limit=20)
        serials = [each["serial"] for each in page["changes"]]
        assert serials == sorted(serials), "The serials do not ascend."
        assert all(each > since for each in serials), "A change is not later than the serial asked for."
        since = page["since"]


@claim.must("complete", _PROTOCOL, "Small pages, one after another, have the same changes as a large one")
def test_complete(index: Subject) -> None:
    whole = _page(index, since=0, limit=50)["changes"]
    if not whole:
        raise NotChecked("There are no changes yet.")
    found: list[Any] = []
    since = 0
    while len(found) < len(whole):
        page = _page(index, since=since, limit=7)
        assert page["changes"], "The pages end too early."
        found += page["changes"]
        since = page["since"]
    assert found[: len(whole)] == whole, "They do not."


@claim.must("limit", _PROTOCOL, "No more changes come than were asked for")
def test_limit(index: Subject) -> None:
    page = _page(index, since=0, limit=1)
    assert len(page["changes"]) <= 1, f"{len(page['changes'])} came."


@claim.must("end", _PROTOCOL, "After the last change a page is empty, and `since` stays")
def test_end(index: Subject) -> None:
    last = _last(index)
    page = _page(index, since=last)
    assert page["changes"] == [] or page["changes"][0]["serial"] > last, "Old changes come again."
    assert page["since"] >= last, f"since goes back from {last} to {page['since']}."


@claim.must("beyond", _PROTOCOL, "After a serial that is not reached yet a page is empty, and `since` stays")
def test_beyond(index: Subject) -> None:
    page = _page(index, since=_FAR)
    assert (page["changes"], page["since"]) == ([], _FAR), (
        f"{len(page['changes'])} came, since {page['since']}."
    )


def _last(index: Subject) -> int:
    page = _page(index, since=0, limit=50_000)
    while page["more"]:
        page = _page(index, since=page["since"], limit=50_000)
    return int(page["since"])


@claim.must("bad-query", _PROTOCOL, "An invalid query is a 400")
def test_bad_query(index: Subject) -> None:
    for query in ("since=five", "since=-1", "limit=0", "wait=-1"):
        status = index.get(index.url(f"changes?{query}"), accept="application/json").status_code
        assert status == 400, f"{query} is answered with {status}."


@claim.must("wait", _PROTOCOL, "A client that waits is answered as soon as something happens")
def test_wait(index: Subject) -> None:
    if index.publication is None:
        raise NotChecked("Something has to happen while it waits: give --token.")
    last, sdist = _last(index), build_sdist(index.publication.name, f"9.{secrets.randbelow(10**9)}")
    with ThreadPoolExecutor(max_workers=1) as pool:
        begin = time.monotonic()
        waiting = pool.submit(_page, index, since=last, wait=_WAIT)
        time.sleep(_PAUSE)
        publish(index, sdist)
        page = waiting.result()
        seconds = time.monotonic() - begin
    assert page["changes"], "It is answered before anything happens, with nothing."
    assert page["changes"][0]["serial"] > last, "It is answered with an old change."
    assert seconds < _WAIT, f"It is answered after {seconds:.0f} seconds."


@claim.must(
    "events", _PROTOCOL, "The same changes come as server-sent events `change`, with the serial as `id`"
)
def test_events(index: Subject) -> None:
    page = _page(index, since=0, limit=1)
    if not page["changes"]:
        raise NotChecked("There are no changes yet.")
    wanted = page["changes"][0]
    event = index.first_event(index.url("changes?since=0"))
    assert event.get("event") == "change", f"The event is {event.get('event')!r}."
    assert event.get("id") == str(wanted["serial"]), f"The id is {event.get('id')!r}."
    assert json.loads(event["data"]) == wanted, "The event reports another change than the page."


@claim.must("last-event-id", _PROTOCOL, "A stream goes on after `Last-Event-ID`, which goes before `since`")
def test_last_event_id(index: Subject) -> None:
    changes = _page(index, since=0, limit=2)["changes"]
    if len(changes) < 2:
        raise NotChecked("There are no two changes yet.")
    event = index.first_event(index.url("changes?since=0"), {"Last-Event-ID": str(changes[0]["serial"])})
    assert event.get("id") == str(changes[1]["serial"]), f"The id is {event.get('id')!r}."


@claim.must("no-wait", _PROTOCOL, "A client that does not wait is answered at once, in JSON")
def test_no_wait(index: Subject) -> None:
    response = index.get(index.url("changes?since=0&wait=0&limit=1"), accept="application/json")
    assert media_type(response) == "application/json", f"It is {media_type(response)}."
