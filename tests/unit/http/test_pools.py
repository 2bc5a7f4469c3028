"""Threads that hang keep nobody waiting who needs another, and nobody for ever."""

from __future__ import annotations

import asyncio
import threading

import pytest

from pypi_core.errors import Unavailable
from pypi_http_api.pools import Pools


def test_pages_are_read_while_a_store_hangs() -> None:
    pools, gate = Pools(1, 1), threading.Event()

    async def run() -> str:
        hanging = [asyncio.ensure_future(pools.fetch(gate.wait)) for _ in range(3)]
        page = await pools.read(lambda: "page")
        gate.set()
        assert await asyncio.gather(*hanging) == [True] * 3
        return page

    assert asyncio.run(run()) == "page"
    pools.close()


def test_a_call_that_finds_no_thread_in_time_is_refused_and_never_made() -> None:
    pools, gate = Pools(1, 2, patience=0.05), threading.Event()
    made: list[str] = []

    async def run() -> None:
        hanging = asyncio.ensure_future(pools.fetch(gate.wait))
        publishing = asyncio.ensure_future(pools.write_for("alice", gate.wait))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="try again in a moment"):
            await pools.fetch(made.append, "fetched")
        with pytest.raises(Unavailable, match="try again in a moment"):
            await pools.write_for("alice", made.append, "published")
        other = asyncio.ensure_future(pools.write(gate.wait))
        ending = asyncio.ensure_future(pools.end(made.append, "ended"))
        await asyncio.sleep(0.2)
        gate.set()
        await asyncio.gather(hanging, publishing, other, ending)

    asyncio.run(run())
    pools.close()
    assert made == ["ended"]


def test_a_request_that_is_given_up_stays_so() -> None:
    pools, gate = Pools(1, 1), threading.Event()

    async def run() -> None:
        hanging = asyncio.ensure_future(pools.read(gate.wait))
        waiting = asyncio.ensure_future(pools.read(gate.wait))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        gate.set()
        await hanging

    asyncio.run(run())
    pools.close()
