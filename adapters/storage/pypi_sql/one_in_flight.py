"""One question under way, whose answer is shared by all who asked before it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

Take = Callable[[T | None, Exception | None], None]
"""Takes an answer, or why there is none."""


class OneInFlight(Generic[T]):
    """
    Ask *question* for many at once.

    Whoever asks before the question is sent shares its answer, and its failure.  Whoever asks later waits
    for the next one, which is sent when this one is answered: no answer is older than who asked for it.
    To be used on one event loop at a time.
    """

    def __init__(self, question: Callable[[], Awaitable[T]]) -> None:
        self._question = question
        self._waiting: list[Take[T]] = []
        self._asking: asyncio.Task[None] | None = None

    async def ask(self) -> T:
        """Return an answer to a question that is sent after this was called; raises what asking does."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def take(value: T | None, error: Exception | None) -> None:
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(value)  # type: ignore[arg-type]

        self.call(take)
        return await answer

    def call(self, take: Take[T]) -> None:
        """Let *take*, which must not raise, have the answer that `ask` would return, without a task."""
        loop = asyncio.get_running_loop()
        if self._asking is None or self._asking.get_loop() is not loop:
            self._waiting = []
            # It begins in the next turn of the loop: all who ask in this one share the answer.
            self._asking = loop.create_task(self._ask())
        self._waiting.append(take)

    async def _ask(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, []
            answer: T | None = None
            failure: Exception | None = None
            try:
                answer = await self._question()
            except Exception as error:
                failure = error
            for take in asked:
                try:
                    take(answer, failure)
                except Exception as error:
                    # The others must not wait for ever.
                    loop = asyncio.get_running_loop()
                    loop.call_exception_handler({"message": "an answer was not taken", "exception": error})
        self._asking = None
