"""A server all of whose threads are busy still shows that it lives."""

from __future__ import annotations

import asyncio
import threading

import httpx

from pypi_core.ports.blobs import Arrival
from pypi_core.testing.assembly import InMemorySite
from pypi_core.testing.builders import build_wheel
from pypi_http_api import HttpSettings, build_application

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
