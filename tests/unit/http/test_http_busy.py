"""A server whose threads are busy still shows that it lives, and reads while it writes."""

from __future__ import annotations

import asyncio
import threading
from typing import Any
from xmlrpc.client import dumps

import httpx
import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import Actor
from pypi_core.errors import TooMany, Unavailable
from pypi_core.ports.blobs import Arrival
from pypi_http_api import HttpSettings, build_application
from pypi_http_api.costly_calls import CostlyCalls
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_xmlrpc_api import XmlRpcEndpoint

WHEEL = build_wheel("sample", "1.0")


class Gate:
    """Keeps who comes to it waiting until it is opened, and tells when somebody has come."""

    def __init__(self) -> None:
        self._came = threading.Semaphore(0)
        self._opened = threading.Event()

    def pass_through(self) -> bool:
        self._came.release()
        return self._opened.wait()

    async def somebody_came(self) -> None:
        await asyncio.to_thread(self._came.acquire)

    def open(self) -> None:
        self._opened.set()


class SlowStaging:
    """Staging in memory behind a gate."""

    def __init__(self, memory: InMemorySite, gate: Gate) -> None:
        self._staging = memory.staging
        self._gate = gate

    def begin(self, *, resumable: bool = True) -> Arrival:
        self._gate.pass_through()
        return self._staging.begin(resumable=resumable)


def test_probes_are_answered_while_every_reader_and_writer_is_busy() -> None:
    memory, gate = InMemorySite(), Gate()
    token = memory.token("alice")
    memory.index.staging = SlowStaging(memory, gate)  # type: ignore[assignment]
    find = memory.index.files.find
    memory.index.files.find = lambda *wanted: gate.pass_through() and find(*wanted)  # type: ignore[method-assign, assignment]
    application = build_application(
        site=memory.site,
        change_signal=memory.database.change_signal,
        settings=HttpSettings(read_threads=1, write_threads=1),
    )

    async def ask() -> tuple[httpx.Response, httpx.Response, list[int]]:
        transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as session:
            upload = session.post(
                "/legacy/",
                headers={"Authorization": f"Bearer {token}"},
                data=dict(WHEEL.form_fields()),
                files={"content": (WHEEL.filename, WHEEL.content)},
            )
            writing = asyncio.create_task(upload)
            await gate.somebody_came()
            reading = asyncio.create_task(session.get(f"/packages/py3/s/sample/{WHEEL.filename}"))
            await gate.somebody_came()
            live, ready = await session.get("/health/live"), await session.get("/health/ready")
            assert not writing.done()
            assert not reading.done()
            gate.open()
            return live, ready, [each.status_code for each in (await writing, await reading)]

    live, ready, others = asyncio.run(ask())

    assert (live.text, ready.text) == ("alive", "ready")
    assert others[0] == 200


def test_slow_uploads_of_one_account_leave_threads_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, gate = InMemorySite(), Gate()
    wheels = [build_wheel(f"sample-{number}", "1.0") for number in range(4)]
    tokens = [memory.token(each) for each in ("alice", "alice", "alice", "bob")]
    publish = memory.index.publish_file

    def slowly(actor: Actor, *arguments: Any) -> Any:
        if actor.username == "alice":
            gate.pass_through()
        return publish(actor, *arguments)

    monkeypatch.setattr(memory.index, "publish_file", slowly)
    application = build_application(
        site=memory.site,
        change_signal=memory.database.change_signal,
        settings=HttpSettings(write_threads=2),
    )

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as session:
            uploads = [
                session.post(
                    "/legacy/",
                    headers={"Authorization": f"Bearer {token}"},
                    data=dict(wheel.form_fields()),
                    files={"content": (wheel.filename, wheel.content)},
                )
                for token, wheel in zip(tokens, wheels, strict=True)
            ]
            slow = [asyncio.create_task(each) for each in uploads[:3]]
            await gate.somebody_came()
            quick = await uploads[3]
            assert not any(each.done() for each in slow)
            gate.open()
            return [each.status_code for each in (*await asyncio.gather(*slow), quick)]

    assert asyncio.run(ask()) == [200] * 4


def test_pages_are_read_while_calls_write(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, gate = InMemorySite(), Gate()
    memory.publish(memory.actor("alice"), WHEEL)
    headers = {"Authorization": f"Bearer {memory.token('alice')}"}
    monkeypatch.setattr(memory.index, "yank_release", lambda *_arguments: gate.pass_through())
    application = build_application(
        site=memory.site,
        change_signal=memory.database.change_signal,
        settings=HttpSettings(read_threads=1, write_threads=1),
        json_rpc=JsonRpcEndpoint(memory.site),
    )

    def call(method: str, **params: str) -> dict[str, object]:
        return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}

    async def ask() -> tuple[httpx.Response, httpx.Response]:
        transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
        async with httpx.AsyncClient(
            transport=transport, base_url="http://index.example", headers=headers
        ) as session:
            yank = call("release.yank", name="sample", version="1.0")
            writing = asyncio.create_task(session.post("/rpc", json=yank))
            await gate.somebody_came()
            page = await session.get("/simple/sample/")
            read = await session.post("/rpc", json=call("project.get", name="sample"))
            assert not writing.done()
            gate.open()
            await writing
            return page, read

    page, read = asyncio.run(ask())

    assert WHEEL.filename in page.text
    assert read.json()["result"]["name"] == "sample"


def _json_call(method: str, **params: Any) -> dict[str, Any]:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return {"method": "POST", "url": "/rpc", "json": body}


def _xml_call(method: str) -> dict[str, Any]:
    content = dumps((0,), method).encode()
    return {"method": "POST", "url": "/pypi", "content": content, "headers": {"Content-Type": "text/xml"}}


_BATCH = [{"jsonrpc": "2.0", "id": each, "method": "project.list"} for each in range(2)]


@pytest.mark.parametrize(
    ("costly", "use_case"),
    [
        (_json_call("changes.since", serial=0), "journal.since"),
        (_json_call("search.query", words="x"), "search.by_words"),
        ({"method": "POST", "url": "/rpc", "json": _BATCH}, "projects.page"),
        (_xml_call("changelog_since_serial"), "journal.since"),
        (_xml_call("changelog"), "journal.later_than"),
        ({"method": "GET", "url": "/simple/"}, "pages.project_list"),
    ],
    ids=["changes", "search", "batch", "changelog-by-serial", "changelog", "simple-list"],
)
def test_a_page_does_not_wait_for_costly_calls(
    monkeypatch: pytest.MonkeyPatch, costly: dict[str, Any], use_case: str
) -> None:
    memory, gate = InMemorySite(), Gate()
    memory.publish(memory.actor("alice"), WHEEL)
    noun, question = use_case.split(".")
    real = getattr(getattr(memory.index, noun), question)

    def slowly(*arguments: Any, **options: Any) -> Any:
        gate.pass_through()
        return real(*arguments, **options)

    monkeypatch.setattr(getattr(memory.index, noun), question, slowly)
    application = build_application(
        site=memory.site,
        change_signal=memory.database.change_signal,
        settings=HttpSettings(read_threads=1, write_threads=1, costly_threads=1),
        json_rpc=JsonRpcEndpoint(memory.site),
        xml_rpc=XmlRpcEndpoint(),
    )

    async def ask() -> tuple[httpx.Response, httpx.Response]:
        transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as session:
            waiting = [asyncio.create_task(session.request(**costly)) for _ in range(3)]
            await gate.somebody_came()
            page = await session.get("/simple/sample/")
            assert not any(each.done() for each in waiting)
            gate.open()
            return page, (await asyncio.gather(*waiting))[-1]

    page, last = asyncio.run(ask())

    assert WHEEL.filename in page.text
    assert last.status_code == 200


def test_callers_take_turns() -> None:
    gate = Gate()
    order: list[str] = []

    async def ask() -> None:
        calls = CostlyCalls(threads=1, most_of_caller=8, memory=1000)
        running = asyncio.create_task(calls.run("first", gate.pass_through))
        await gate.somebody_came()
        waiting = [
            asyncio.create_task(calls.run(caller, order.append, f"{caller} {number}"))
            for caller in ("greedy", "modest")
            for number in range(1 if caller == "modest" else 3)
        ]
        await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(running, *waiting)
        calls.close()

    asyncio.run(ask())

    assert order == ["greedy 0", "modest 0", "greedy 1", "greedy 2"]


def test_a_caller_who_leaves_the_queue_yields_to_the_next() -> None:
    gate = Gate()
    order: list[str] = []

    async def ask() -> None:
        calls = CostlyCalls(threads=1, most_of_caller=8, memory=1000)
        running = asyncio.create_task(calls.run("first", gate.pass_through))
        await gate.somebody_came()
        left, stayed = (
            asyncio.create_task(calls.run(caller, order.append, caller)) for caller in ("left", "stayed")
        )
        await asyncio.sleep(0)
        left.cancel()
        gate.open()
        await asyncio.gather(running, stayed)
        await calls.run("later", order.append, "later")
        calls.close()

    asyncio.run(ask())

    assert order == ["stayed", "later"]


def test_one_caller_runs_few_costly_calls_at_once() -> None:
    calls = CostlyCalls(threads=1, most_of_caller=2, memory=1000)
    admissions = [calls.admit("greedy", 0) for _ in range(2)]

    with pytest.raises(TooMany, match="2 calls under way"):
        calls.admit("greedy", 0)
    calls.admit("modest", 0).close()
    admissions[0].close()
    admissions[0].close()
    calls.admit("greedy", 0)
    with pytest.raises(TooMany):
        calls.admit("greedy", 0)


def test_costly_calls_share_a_bound_on_memory() -> None:
    calls = CostlyCalls(threads=1, most_of_caller=8, memory=1000)
    first = calls.admit("a", 600)

    with pytest.raises(Unavailable):
        calls.admit("b", 600)
    with calls.admit("b", 100) as second, pytest.raises(Unavailable):
        second.until_sent(second, 600)  # type: ignore[arg-type]
    first.close()
    second.close()
    # Whatever is larger than all memory is answered when nothing else is under way.
    calls.admit("b", 2000).close()


def test_a_large_call_without_room_is_refused_before_its_body_is_read() -> None:
    memory, gate = InMemorySite(), Gate()
    application = build_application(
        site=memory.site,
        change_signal=memory.database.change_signal,
        settings=HttpSettings(costly_calls_of_caller=1),
        xml_rpc=XmlRpcEndpoint(),
    )
    large = b"<methodCall>" + b" " * 100_000 + b"<methodName>changelog_last_serial</methodName></methodCall>"

    async def ask() -> tuple[int, int]:
        transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
        arrived = asyncio.Event()

        async def slow_body() -> Any:
            yield large[:10]
            arrived.set()
            await asyncio.to_thread(gate.pass_through)
            yield large[10:]

        async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as session:
            headers = {"Content-Type": "text/xml", "Content-Length": str(len(large))}
            first = asyncio.create_task(session.post("/pypi", content=slow_body(), headers=headers))
            await arrived.wait()
            second = await session.post("/pypi", content=large, headers=headers)
            gate.open()
            return (await first).status_code, second.status_code

    assert asyncio.run(ask()) == (200, 429)
