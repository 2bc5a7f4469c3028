"""A server whose threads are busy still shows that it lives, and reads while it writes."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest

from pypi_core.ports.blobs import Arrival
from pypi_core.testing.assembly import InMemorySite
from pypi_core.testing.builders import build_wheel
from pypi_http_api import HttpSettings, build_application
from pypi_jsonrpc_api import JsonRpcEndpoint

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

    def begin(self) -> Arrival:
        self._gate.pass_through()
        return self._staging.begin()


def test_liveness_is_told_while_every_reader_and_writer_is_busy() -> None:
    memory, gate = InMemorySite(), Gate()
    token = memory.token("alice")
    memory.index.staging = SlowStaging(memory, gate)  # type: ignore[assignment]
    application = build_application(
        site=memory.site,
        change_signal=memory.database.change_signal,
        is_ready=gate.pass_through,
        settings=HttpSettings(read_threads=1, write_threads=1),
    )

    async def ask() -> tuple[httpx.Response, list[int]]:
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
            reading = asyncio.create_task(session.get("/health/ready"))
            await gate.somebody_came()
            live = await session.get("/health/live")
            assert not writing.done()
            assert not reading.done()
            gate.open()
            return live, [each.status_code for each in (await writing, await reading)]

    live, others = asyncio.run(ask())

    assert live.text == "alive"
    assert others == [200, 200]


def test_pages_are_read_while_calls_write(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, gate = InMemorySite(), Gate()
    memory.publish(memory.actor("alice"), WHEEL)
    headers = {"Authorization": f"Bearer {memory.token('alice')}"}
    monkeypatch.setattr(memory.index, "yank_release", lambda *_arguments: gate.pass_through())
    application = build_application(
        site=memory.site,
        change_signal=memory.database.change_signal,
        is_ready=lambda: True,
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
