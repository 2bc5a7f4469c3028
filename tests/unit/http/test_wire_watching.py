"""What those see who watch over the server, and what strangers do not."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pypi_contracts.builders import build_wheel
from pypi_http_api import HttpSettings
from pypi_http_api.request_ids import current_request_id
from pypi_http_api.traffic import Sample, Traffic
from pypi_http_api.watching import Shared, Shortcoming, Watched
from pypi_jsonrpc_api import JsonRpcEndpoint

if TYPE_CHECKING:
    from tests.unit.http.conftest import Wire

Wired = Callable[..., "Wire"]

DATABASE = Shortcoming(
    part="database",
    sentence="The database does not answer: check that it runs.",
    since=datetime(2026, 12, 1, 12, 0, 5, tzinfo=UTC),
    stops_serving=True,
)
DISK = Shortcoming(
    part="disk", sentence="The disk is full.", since=datetime(2026, 12, 1, tzinfo=UTC), stops_serving=False
)
STRANGER = "192.0.2.1"


def shown(samples: Mapping[Sample, float], accept: str) -> tuple[str, bytes]:
    return "text/plain", json.dumps([[*sample, value] for sample, value in samples.items()]).encode()


def of(wire: Wire, name: str) -> list[list[Any]]:
    return [each[1:] for each in wire.get("/metrics").json if each[0] == name]


class TestMetrics:
    @pytest.fixture
    def watched(self, wired: Wired) -> Wire:
        return wired(watched=Watched(expose=shown))

    def test_requests_are_counted_by_the_template_of_their_route(self, watched: Wire) -> None:
        for name in ("one", "two", "three"):
            watched.get(f"/simple/{name}/")
        watched.upload(build_wheel("sample", "1.0"))
        for _ in range(3):
            assert watched.get("/simple/sample/").status == 200
            assert watched.request("HEAD", "/i/test/simple/").status == 200
        watched.request("BREW", "/simple/")
        watched.get("/nothing/here")

        counted = {tuple(each[:3]): each[3] for each in of(watched, "pypi_requests_total")}
        assert counted == {
            ("/simple/{name}", "GET", "404"): 3,
            ("/simple/{name}", "GET", "200"): 3,
            ("/simple", "HEAD", "200"): 3,
            ("/legacy", "POST", "200"): 1,
            ("", "other", "405"): 1,
            ("", "GET", "404"): 1,
        }

    def test_ready_answers_bytes_and_uploads_are_counted(self, watched: Wire) -> None:
        wheel = build_wheel("sample", "1.0")
        watched.upload(wheel)
        pages = [watched.get("/simple/sample/") for _ in range(3)]

        assert of(watched, "pypi_ready_answers_total") == [["hit", 2], ["miss", 1]]
        ((sent,),) = of(watched, "pypi_sent_bytes_total")
        assert sent > sum(len(each.body) for each in pages)
        ((received,),) = of(watched, "pypi_received_bytes_total")
        assert received > len(wheel.content)
        assert of(watched, "pypi_uploads") == [[0]]

    def test_latencies_fall_into_buckets(self) -> None:
        traffic = Traffic()
        for seconds in (0.0005, 0.001, 0.03, 99):
            traffic.count("/simple", "GET", 200, seconds)

        found = {sample[2]: value for sample, value in traffic.samples().items() if len(sample) == 3}
        assert {bound: value for bound, value in found.items() if value} == {
            "0.001": 2,
            "0.05": 1,
            "+Inf": 1,
            "sum": pytest.approx(99.0315),
        }

    def test_what_clients_send_makes_no_new_keys(self, watched: Wire) -> None:
        before = len(watched.get("/metrics").json)
        for number in range(50):
            watched.request("GET", f"/made-up/{number}")
            watched.request(f"M{number}", f"/simple/{number}/")
        after = len(watched.get("/metrics").json)

        # Two counts of requests and one histogram for what has no route, and one for the metrics themselves.
        assert after - before < 40

    def test_a_stranger_finds_nothing(self, watched: Wire) -> None:
        answer = watched.request("GET", "/metrics", client=STRANGER)

        assert (answer.status, answer.phrase) == (404, "There is nothing at this address.")

    def test_who_comes_through_a_proxy_that_nobody_trusts_finds_nothing(self, watched: Wire) -> None:
        assert watched.get("/metrics", {"x-forwarded-for": "127.0.0.1"}).status == 404

    @pytest.mark.parametrize(("client", "status"), [("10.1.2.3", 200), (STRANGER, 404)])
    def test_a_trusted_proxy_says_who_asks(self, wired: Wired, client: str, status: int) -> None:
        settings = HttpSettings(trusted_proxies=("127.0.0.1",), watchers=("10.0.0.0/8",))
        wire = wired(settings, watched=Watched(expose=shown))

        assert wire.get("/metrics", {"x-forwarded-for": client}).status == status

    @pytest.mark.parametrize("path", ["/metrics", "/pypi/metrics"])
    def test_metrics_are_found_with_and_without_the_prefix(self, wired: Wired, path: str) -> None:
        settings = HttpSettings(root_path="/pypi", proxy_strips_root_path=False)
        wire = wired(settings, watched=Watched(expose=shown))

        assert wire.get(path).status == 200

    def test_without_metrics_there_is_no_such_address(self, wire: Wire) -> None:
        assert wire.get("/metrics").status == 404


class TestReadiness:
    def test_what_is_missing_is_told_with_since_when(self, wired: Wired) -> None:
        answer = wired(watched=Watched(look=lambda: [DATABASE, DISK])).get("/health/ready")

        first = (
            "Not ready: The database does not answer: check that it runs. "
            "(database, since 2026-12-01 12:00:05 UTC)"
        )
        assert (answer.status, answer.phrase) == (503, first)
        assert answer.text.splitlines() == [first, "The disk is full. (disk, since 2026-12-01 00:00:00 UTC)"]
        assert answer.headers["retry-after"] == "5"

    def test_a_program_reads_it_as_json(self, wired: Wired) -> None:
        wire = wired(watched=Watched(look=lambda: [DATABASE]))

        answer = wire.get("/health/ready", {"accept": "application/json"})

        assert answer.headers["retry-after"] == "5"
        assert (answer.status, answer.json) == (
            503,
            {
                "status": "not ready",
                "missing": [
                    {
                        "part": "database",
                        "sentence": DATABASE.sentence,
                        "since": "2026-12-01T12:00:05Z",
                        "stops_serving": True,
                    }
                ],
            },
        )

    def test_what_only_keeps_work_waiting_takes_no_server_away(self, wired: Wired) -> None:
        wire = wired(watched=Watched(look=lambda: [DISK]))

        assert wire.get("/health/ready").status == 200
        assert "The disk is full." in wire.get("/health/ready").text
        assert wire.get("/health/ready", {"accept": "application/json"}).json["status"] == "degraded"

    @pytest.mark.parametrize(("missing", "status"), [([DATABASE], 503), ([DISK], 200), ([], 200)])
    def test_a_stranger_learns_only_whether_it_is_ready(
        self, wired: Wired, missing: Sequence[Shortcoming], status: int
    ) -> None:
        wire = wired(watched=Watched(look=lambda: missing))

        answer = wire.request("GET", "/health/ready", client=STRANGER)

        assert answer.status == status
        assert "disk" not in answer.text
        assert "does not answer" not in answer.text

    def test_all_who_ask_within_a_second_share_a_look(self, wired: Wired) -> None:
        looks: list[int] = []

        def look() -> Sequence[Shortcoming]:
            looks.append(1)
            return []

        wire = wired(watched=Watched(look=look))
        answers = wire.together(*(wire.exchange("GET", "/health/ready") for _ in range(50)))

        assert {each.status for each in answers} == {200}
        assert looks == [1]

    def test_a_look_that_hangs_is_not_waited_for(self) -> None:
        async def hang() -> None:
            await asyncio.Event().wait()

        with pytest.raises(TimeoutError):
            asyncio.run(_ask(Shared(hang, patience=0.01)))


async def _ask(shared: Shared[None]) -> None:
    await shared()


class TestRequestIds:
    def test_each_answer_has_an_id_of_its_own(self, wire: Wire) -> None:
        ids = {wire.get("/simple/").request_id for _ in range(10)}

        assert len(ids) == 10
        assert all(len(each) == 16 for each in ids)

    def test_a_trusted_proxy_gives_the_id(self, wired: Wired) -> None:
        wire = wired(HttpSettings(trusted_proxies=("127.0.0.1",)))

        assert wire.get("/simple/", {"x-request-id": "0123456789abcdef-1"}).request_id == "0123456789abcdef-1"

    @pytest.mark.parametrize("given", ["short", "x" * 65, 'a"line\\\\forged', "two, of them", ""])
    def test_an_id_that_could_be_misread_is_replaced(self, wired: Wired, given: str) -> None:
        wire = wired(HttpSettings(trusted_proxies=("127.0.0.1",)))

        assert wire.get("/simple/", {"x-request-id": given}).request_id != given

    def test_a_stranger_does_not_give_the_id(self, wire: Wire) -> None:
        assert wire.get("/simple/", {"x-request-id": "0123456789abcdef"}).request_id != "0123456789abcdef"

    @pytest.mark.parametrize("form", ["application/problem+json", "application/json"])
    def test_a_refusal_names_its_request(self, wire: Wire, form: str) -> None:
        answer = wire.get("/changes?since=x", {"accept": form})

        assert answer.status == 400
        assert answer.json["request_id"] == answer.request_id

    def test_a_bug_is_found_by_what_the_user_saw(self, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
        logged: list[tuple[str, str]] = []

        class Collecting(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                logged.append((current_request_id.get(), record.getMessage()))

        handler = Collecting()
        logging.getLogger().addHandler(handler)
        monkeypatch.setattr(wire.memory.index, "pages", None)
        try:
            answer = wire.get("/simple/sample/")
        finally:
            logging.getLogger().removeHandler(handler)

        assert answer.status == 500
        assert answer.phrase == (
            "The server failed and has logged why: try again, or ask its operator "
            f"about request {answer.request_id}."
        )
        assert {each for each, message in logged if message.startswith("A request failed")} == {
            answer.request_id
        }

    def test_a_refused_call_names_its_request(self, wired: Wired) -> None:
        wire = wired()
        wire = wired(json_rpc=JsonRpcEndpoint(wire.memory.site))
        call = {"jsonrpc": "2.0", "id": 1, "method": "project.get", "params": {"name": "missing"}}

        answer = wire.request("POST", "/rpc", {"content-type": "application/json"}, json.dumps(call).encode())

        assert answer.json["error"]["data"]["request_id"] == answer.request_id

    def test_a_call_that_fails_names_its_request_and_its_log_line(
        self, wired: Wired, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wire = wired()
        wire = wired(json_rpc=JsonRpcEndpoint(wire.memory.site))
        seen: list[str] = []

        def fail(*_: object) -> None:
            # In a thread, where what is logged gets the id from.
            seen.append(f"{threading.current_thread().name} {current_request_id.get()}")
            raise ZeroDivisionError

        monkeypatch.setattr(wire.memory.index, "projects", type("", (), {"get": fail, "__getattr__": fail})())
        call = {"jsonrpc": "2.0", "id": 1, "method": "project.get", "params": {"name": "missing"}}

        answer = wire.request("POST", "/rpc", {"content-type": "application/json"}, json.dumps(call).encode())

        assert answer.json["error"]["code"] == -32603
        assert answer.json["error"]["data"] == {
            "code": "internal-error",
            "problems": [],
            "request_id": answer.request_id,
        }
        assert seen[0].endswith(answer.request_id)
