"""Which replies the application lets a server give again, and what is counted when it does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.ports.blobs import Streamed
from pypi_http_api import HttpSettings
from pypi_http_api.ready_replies import EXTENSION, ReadyReply
from pypi_http_api.request_ids import current_request_id
from pypi_http_api.traffic import Traffic
from pypi_http_api.watching import Watched
from tests.unit.http.conftest import Wire

WHEEL = build_wheel("sample", "1.0")
DIGEST = WHEEL.blake2_256
FILE = f"/packages/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST[4:]}/{WHEEL.filename}"
PAGE = "/simple/sample/"
JSON = {"accept": "application/vnd.pypi.simple.v1+json"}


class Offering:
    """A wire whose server takes replies, and all that is counted behind it."""

    def __init__(self, **options: Any) -> None:
        self.memory = InMemorySite()
        self.memory.publish(self.memory.actor("alice"), WHEEL)
        # In memory there is only the address of a file to send to.
        sent = Streamed(len(WHEEL.content), partial(BytesIO, WHEEL.content))
        self.memory.blobs.locate = lambda key, filename: sent  # type: ignore[method-assign]
        self.traffic = Traffic()
        self.downloads: list[tuple[str, str, str]] = []
        watched = Watched(traffic=self.traffic, **options)
        self.wire = Wire(
            self.memory,
            HttpSettings(access_log=True),
            watched=watched,
            count_download=lambda *counted: self.downloads.append(counted),
        )

    def offered(
        self, path: str, headers: dict[str, str] | None = None, *, method: str = "GET", times: int = 2
    ) -> list[ReadyReply]:
        """Ask so many times, and return what was offered the last time."""
        found: list[ReadyReply] = []
        for _ in range(times):
            found.clear()
            self.wire.request(method, path, headers, scope={"extensions": {EXTENSION: found.append}})
        return found


@pytest.fixture
def offering() -> Offering:
    return Offering()


@pytest.mark.parametrize("path", [PAGE, FILE, f"{FILE}.metadata", "/i/pypi/simple/sample/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_pages_and_small_files_are_offered(offering: Offering, path: str, method: str) -> None:
    # HEAD is answered from what GET has made ready.
    offering.offered(path, JSON)

    [reply] = offering.offered(path, JSON, method=method)
    assert reply.validity.holds


def test_a_page_that_has_not_changed_is_offered_as_such(offering: Offering) -> None:
    etag = offering.wire.get(PAGE, JSON).headers["etag"]

    assert len(offering.offered(PAGE, {**JSON, "if-none-match": etag})) == 1


@pytest.mark.parametrize("path", ["/pypi/sample/json", "/simple/", "/simple/absent/", "/", "/health/live"])
def test_what_depends_on_more_is_not_offered(offering: Offering, path: str) -> None:
    assert offering.offered(path) == []


@pytest.mark.parametrize("header", ["range", "authorization"])
def test_what_depends_on_the_request_is_not_offered(offering: Offering, header: str) -> None:
    value = "bytes=0-1" if header == "range" else f"Bearer {offering.wire.token}"

    assert offering.offered(FILE, {header: value}) == []


def test_a_private_index_offers_nothing(offering: Offering) -> None:
    offering.memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

    authorization = {"authorization": f"Bearer {offering.wire.token}"}
    assert offering.offered(PAGE, {**JSON, **authorization}) == []
    assert offering.offered(PAGE, JSON) == []


def test_an_upload_ends_what_was_offered(offering: Offering) -> None:
    [page] = offering.offered(PAGE, JSON)
    offering.memory.publish(offering.memory.actor("alice"), build_wheel("other", "1.0"))
    offering.wire.get("/simple/other/", JSON)
    assert page.validity.holds

    offering.memory.publish(offering.memory.actor("alice"), build_wheel("sample", "2.0"))
    offering.wire.get("/simple/other/", JSON)
    assert not page.validity.holds


def test_what_is_given_again_is_counted_as_what_was_answered(offering: Offering) -> None:
    [reply] = offering.offered(FILE, {"user-agent": "pip/26.0"})
    before, sent, downloads = counted(offering.traffic), offering.traffic.sent, len(offering.downloads)

    reply.count(3)

    assert counted(offering.traffic) == before + 3
    assert offering.traffic.sent == sent + 3 * len(WHEEL.content)
    assert offering.downloads[downloads:] == [("pypi", DIGEST, "pip/26.0")] * 3


def test_pages_and_heads_of_files_are_no_downloads(offering: Offering) -> None:
    [page] = offering.offered(PAGE, JSON)
    offering.offered(FILE)
    [head] = offering.offered(FILE, method="HEAD")
    downloads = len(offering.downloads)
    page.count(2)
    head.count(2)

    assert len(offering.downloads) == downloads


def test_what_is_given_again_is_logged_with_its_own_client_and_id(
    offering: Offering, caplog: pytest.LogCaptureFixture
) -> None:
    [reply] = offering.offered(PAGE, {**JSON, "user-agent": "pip/26.0"})
    seen: list[str] = []
    logged = record_ids(seen)
    assert reply.log is not None

    with caplog.at_level(logging.INFO, "pypi_http_api.requests"):
        logging.getLogger("pypi_http_api.requests").addFilter(logged)
        caplog.clear()
        reply.log(("192.0.2.7", 1), "0123456789abcdef")
        logging.getLogger("pypi_http_api.requests").removeFilter(logged)

    assert '192.0.2.7 - "GET /simple/sample/ HTTP/1.1" 200' in caplog.text
    assert "pip/26.0" in caplog.text
    assert seen == ["0123456789abcdef"]


def test_a_server_that_traces_requests_offers_nothing() -> None:
    def traced(application: Any) -> Any:
        async def call(scope: Any, receive: Any, send: Any) -> None:
            await application(scope, receive, send)

        return call

    assert Offering(trace=traced).offered(PAGE, JSON) == []


def record_ids(seen: list[str]) -> Callable[[logging.LogRecord], bool]:
    def note(_record: logging.LogRecord) -> bool:
        seen.append(current_request_id.get())
        return True

    return note


def counted(traffic: Traffic) -> float:
    found = traffic.samples()
    return sum(
        value for sample, value in found.items() if sample[0] == "pypi_requests_total" and "200" in sample
    )
