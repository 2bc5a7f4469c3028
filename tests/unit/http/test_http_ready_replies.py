"""Replies kept ready: never older than a commit, never somebody else's, never too many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR, Actor
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.changes import Changes, Generation, Position
from pypi_core.ports.pages import PageKind
from pypi_core.use_cases.reading.pages import ServedPage
from pypi_http_api import HttpSettings, build_application

JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}
PAGE = "/simple/sample/"


class CountedReading:
    """Reads pages as the index does and notes which."""

    def __init__(self, memory: InMemorySite) -> None:
        self._read = memory.index.pages.project
        self.pages: list[str] = []
        memory.index.pages.project = self  # type: ignore[method-assign]

    def __call__(self, actor: Actor, name: NormalizedName, kind: PageKind) -> ServedPage:
        self.pages.append(name)
        return self._read(actor, name, kind)


class EventfulSignal:
    """The change signal of *memory*, right after whose answer something may happen, once."""

    def __init__(self, memory: InMemorySite) -> None:
        self._signal = memory.database.change_signal
        self.then: Callable[[], object] | None = None

    def generation(self) -> Generation:
        generation = self._signal.generation()
        if event := self.then:
            self.then = None
            event()
        return generation

    def changes(self, since: Position | None) -> Changes:
        return self._signal.changes(since)


@pytest.fixture
def memory() -> InMemorySite:
    memory = InMemorySite()
    memory.publish(memory.actor("alice"), build_wheel("sample", "1.0"))
    return memory


@pytest.fixture
def signal(memory: InMemorySite) -> EventfulSignal:
    return EventfulSignal(memory)


Get = Callable[..., httpx.Response]


@pytest.fixture
def get(memory: InMemorySite, signal: EventfulSignal) -> Get:
    """Return a function that gets a path; *meanwhile* happens once the answer has begun to be sent."""
    application = build_application(
        site=memory.site,
        change_signal=signal,
        settings=HttpSettings(reply_memory=100_000),
    )

    def ask(
        path: str, headers: dict[str, str] | None = None, meanwhile: Callable[[], object] | None = None
    ) -> httpx.Response:
        async def interrupted(scope: Any, receive: Any, send: Any) -> None:
            async def sending(message: Any) -> None:
                if meanwhile and message["type"] == "http.response.start":
                    meanwhile()
                await send(message)

            await application(scope, receive, sending)

        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(app=interrupted)
            async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as session:
                return await session.get(path, headers={**JSON, **(headers or {})})

        return asyncio.run(request())

    return ask


def publisher(memory: InMemorySite, version: str) -> Callable[[], object]:
    alice = memory.actor("alice")
    return lambda: memory.publish(alice, build_wheel("sample", version))


def test_a_commit_right_after_the_signal_was_asked_is_not_hidden(
    memory: InMemorySite, signal: EventfulSignal, get: Get
) -> None:
    signal.then = publisher(memory, "2.0")

    for _ in range(2):
        assert get(PAGE).json()["versions"] == ["1.0", "2.0"]


def test_a_commit_while_an_answer_is_on_its_way_is_not_hidden(memory: InMemorySite, get: Get) -> None:
    old = get(PAGE, meanwhile=publisher(memory, "2.0"))

    assert old.json()["versions"] == ["1.0"]
    assert get(PAGE).json()["versions"] == ["1.0", "2.0"]


def test_a_commit_while_a_page_is_rendered_is_not_hidden(memory: InMemorySite, get: Get) -> None:
    read, publish = memory.index.pages.project, publisher(memory, "2.0")

    def read_then_publish(actor: Actor, name: NormalizedName, kind: PageKind) -> ServedPage:
        served = read(actor, name, kind)
        memory.index.pages.project = read  # type: ignore[method-assign]
        publish()
        return served

    memory.index.pages.project = read_then_publish  # type: ignore[method-assign]
    get(PAGE)

    assert get(PAGE).json()["versions"] == ["1.0", "2.0"]


def test_a_repeated_request_is_not_read_again(memory: InMemorySite, get: Get) -> None:
    reading = CountedReading(memory)

    for _ in range(3):
        get(PAGE)

    assert reading.pages == ["sample"]


def test_a_request_with_credentials_is_answered_by_the_core(memory: InMemorySite, get: Get) -> None:
    authorization = {"Authorization": f"Bearer {memory.token('bob')}"}
    reading = CountedReading(memory)

    get(PAGE)
    get(PAGE, authorization)
    get(PAGE, authorization)
    get(PAGE)

    assert len(reading.pages) == 3


def test_a_form_or_coding_is_not_taken_for_another(get: Get) -> None:
    forms = [
        {"Accept": accept, "Accept-Encoding": coding}
        for accept in (JSON["Accept"], "text/html", "application/vnd.pypi.simple.v1+html")
        for coding in ("identity", "gzip")
    ]
    first = [get(PAGE, each) for each in forms]

    again = [get(PAGE, each) for each in reversed(forms)]

    assert [each.headers["etag"] for each in again] == [each.headers["etag"] for each in reversed(first)]
    assert len({each.headers["etag"] for each in first}) == len(forms)


def test_the_least_recently_used_reply_is_evicted(memory: InMemorySite, get: Get) -> None:
    names = [f"project-{number}" for number in range(100)]
    for each in names:
        memory.publish(memory.actor("alice"), build_wheel(each, "1.0"))
    reading = CountedReading(memory)
    for each in names:
        get(f"/simple/{each}/")

    get(f"/simple/{names[-1]}/")
    get(f"/simple/{names[0]}/")

    assert reading.pages == [*names, names[0]]


def test_an_oversized_reply_is_not_kept(memory: InMemorySite, get: Get) -> None:
    for number in range(60):
        memory.publish(memory.actor("alice"), build_wheel("sample", f"2.{number}"))
    reading = CountedReading(memory)

    pages = [get(PAGE, {"Accept-Encoding": "identity"}) for _ in range(2)]

    assert len(pages[0].content) > 100_000 / 4
    assert len(reading.pages) == 2


def test_an_answer_outlives_uploads_to_other_projects(memory: InMemorySite, get: Get) -> None:
    reading = CountedReading(memory)
    get(PAGE)

    for number in range(3):
        memory.publish(memory.actor("alice"), build_wheel("other", f"{number}.0"))
        get(PAGE)
    memory.publish(memory.actor("alice"), build_wheel("Sample", "2.0"))

    assert get(PAGE).json()["versions"] == ["1.0", "2.0"]
    assert reading.pages == ["sample", "sample"]


def test_no_answer_outlives_a_change_of_settings(memory: InMemorySite, get: Get) -> None:
    reading = CountedReading(memory)
    get(PAGE)

    memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(title="Another"))
    get(PAGE)

    assert reading.pages == ["sample", "sample"]
