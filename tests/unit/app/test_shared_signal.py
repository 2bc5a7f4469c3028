"""One question for all requests of a turn, which hides no commit from any of them."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pypi_app.server.shared_signal import SharedSignal
from pypi_core.errors import Unavailable
from pypi_core.ports.changes import Changes, Generation, Position

CLIENTS = 8
ROUNDS = 200


class Counted:
    """A signal that counts how often it is asked, of a database that may be away."""

    def __init__(self) -> None:
        self.asked = 0
        self.committed = 0
        self.is_away = False
        self._lock = threading.Lock()

    def generation(self) -> Generation:
        self.asked += 1
        if self.is_away:
            raise Unavailable("The database is away.")
        return Generation(self.committed)

    def changes(self, since: Position | None) -> Changes:
        raise NotImplementedError

    def commit(self) -> int:
        with self._lock:
            self.committed += 1
            return self.committed


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_requests_of_one_turn_share_a_question(counted: Counted) -> None:
    signal = SharedSignal(counted)

    async def request() -> Generation:
        return signal.generation()

    async def turns() -> None:
        await asyncio.gather(*(request() for _ in range(100)))

    asyncio.run(turns())

    assert counted.asked == 1


def test_the_next_turn_asks_again(counted: Counted) -> None:
    signal = SharedSignal(counted)

    async def turns() -> list[Generation]:
        seen = []
        for _ in range(3):
            seen.append(signal.generation())
            counted.commit()
            await asyncio.sleep(0)
        return seen

    assert asyncio.run(turns()) == [0, 1, 2]


def test_another_event_loop_asks_again(counted: Counted) -> None:
    signal = SharedSignal(counted)
    loops = [asyncio.new_event_loop() for _ in range(2)]

    async def request() -> Generation:
        return signal.generation()

    seen = []
    for loop in loops:
        seen.append(loop.run_until_complete(request()))
        counted.commit()
        loop.close()

    assert seen == [0, 1]


def test_a_failure_is_not_shared(counted: Counted) -> None:
    signal = SharedSignal(counted)

    async def turn() -> Generation:
        counted.is_away = True
        with pytest.raises(Unavailable):
            signal.generation()
        counted.is_away = False
        return signal.generation()

    assert asyncio.run(turn()) == 0


@pytest.mark.parametrize("loops", ["asyncio", "uvloop"])
def test_a_request_sees_what_was_committed_before_it_was_sent(counted: Counted, loops: str) -> None:
    """Each client commits, sends a byte, and is answered with the generation, as the server does it."""
    signal = SharedSignal(counted)
    ends = [socket.socketpair() for _ in range(CLIENTS)]
    new_event_loop = pytest.importorskip(loops).new_event_loop

    class Server(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:  # uvloop's is of a class of its own
            self.transport = transport
            self.tasks = set[asyncio.Task[None]]()

        def data_received(self, data: bytes) -> None:
            task = asyncio.get_running_loop().create_task(self.answer())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

        async def answer(self) -> None:
            self.transport.write(signal.generation().to_bytes(8, "big"))

    def client(end: socket.socket) -> int:
        missed = 0
        with end:
            for _ in range(ROUNDS):
                committed = counted.commit()
                end.sendall(b"?")
                missed += int.from_bytes(end.recv(8), "big") < committed
        return missed

    async def serve() -> list[int]:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(CLIENTS) as threads:
            for ours, _theirs in ends:
                await loop.connect_accepted_socket(Server, ours)
            asking = [loop.run_in_executor(threads, client, theirs) for _ours, theirs in ends]
            return await asyncio.gather(*asking)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        missed = runner.run(serve())

    assert missed == [0] * CLIENTS
    assert counted.asked < CLIENTS * ROUNDS
