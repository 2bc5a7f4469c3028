"""Many who ask at once share an answer, unless it may be older than their question."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from pypi_core.errors import Unavailable
from pypi_sql.one_in_flight import OneInFlight

T = TypeVar("T")


class Line:
    """Questions on a line: each is answered when the test says so, by its number."""

    def __init__(self) -> None:
        self.sent: list[asyncio.Future[int]] = []

    async def ask(self) -> int:
        self.sent.append(asyncio.get_running_loop().create_future())
        return await self.sent[-1]

    def answer(self) -> None:
        self.sent[-1].set_result(len(self.sent))


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(main)


def test_requests_of_one_turn_share_a_question() -> None:
    async def main() -> tuple[list[int], int]:
        line = Line()
        shared = OneInFlight(line.ask)
        asking = [asyncio.create_task(shared.ask()) for _ in range(20)]
        await turns()
        line.answer()
        return await asyncio.gather(*asking), len(line.sent)

    assert run(main()) == ([1] * 20, 1)


def test_a_request_that_arrives_after_the_question_was_sent_does_not_get_its_answer() -> None:
    async def main() -> tuple[int, list[int]]:
        line = Line()
        shared = OneInFlight(line.ask)
        early = asyncio.create_task(shared.ask())
        await turns()
        assert len(line.sent) == 1
        late = [asyncio.create_task(shared.ask()) for _ in range(3)]
        await turns()
        line.answer()
        await turns()
        assert not any(each.done() for each in late)
        line.answer()
        return await early, await asyncio.gather(*late)

    assert run(main()) == (1, [2, 2, 2])


def test_one_question_is_under_way_at_a_time() -> None:
    async def main() -> int:
        line = Line()
        shared = OneInFlight(line.ask)
        asking = []
        for _ in range(10):
            asking.append(asyncio.create_task(shared.ask()))
            await turns()
        assert len(line.sent) == 1
        line.answer()
        await turns()
        line.answer()
        await asyncio.gather(*asking)
        return len(line.sent)

    assert run(main()) == 2


def test_a_failure_is_told_to_those_who_shared_it_alone() -> None:
    async def main() -> int:
        line = Line()
        shared = OneInFlight(line.ask)
        early = asyncio.create_task(shared.ask())
        await turns()
        late = asyncio.create_task(shared.ask())
        await turns()
        line.sent[-1].set_exception(Unavailable("not now"))
        with pytest.raises(Unavailable):
            await early
        await turns()
        line.answer()
        return await late

    assert run(main()) == 2


def test_a_client_that_leaves_takes_no_answer_from_the_others() -> None:
    async def main() -> int:
        line = Line()
        shared = OneInFlight(line.ask)
        leaving, staying = asyncio.create_task(shared.ask()), asyncio.create_task(shared.ask())
        await turns()
        leaving.cancel()
        await turns()
        line.answer()
        return await staying

    assert run(main()) == 1


def test_another_event_loop_begins_anew() -> None:
    line = Line()
    shared = OneInFlight(line.ask)

    async def leave_waiting() -> None:
        waiting = asyncio.create_task(shared.ask())
        await turns()
        waiting.cancel()

    async def ask() -> int:
        asking = asyncio.create_task(shared.ask())
        await turns()
        line.answer()
        return await asking

    run(leave_waiting())
    assert run(ask()) == 2
