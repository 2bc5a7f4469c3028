"""The change signal as the event loop asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from pypi_core.ports.changes import Changes, ChangeSignal, Generation, Position

_GLANCE_SECONDS = 0.2


class LoopSignal(Protocol):
    """`ChangeSignal` without holding the event loop up."""

    async def generation(self) -> Generation:
        """
        Return a generation that reflects every commit that returned before the call.

        Raises:
            Unavailable: The database does not answer.
        """
        ...

    async def until_moved(self, seen: Generation, seconds: float) -> None:
        """Wait until the generation is not *seen*, *seconds* at the longest; raises as asking does."""
        ...


class SharedLoopSignal(LoopSignal, Protocol):
    """Of a database that takes a while to answer, so that many share an answer."""

    def call(self, take: Callable[[Generation | None, Exception | None], None]) -> None:
        """Let *take*, which must not raise, have what `generation` would return or raise, without a task."""
        ...

    async def changes(self, since: Position | None) -> Changes:
        """Return what was committed after *since* (`ChangeSignal.changes`); raises as asking does."""
        ...


class AtOnce:
    """Asks a signal that answers in microseconds, on the event loop itself."""

    def __init__(self, signal: ChangeSignal) -> None:
        self._signal = signal

    async def generation(self) -> Generation:
        """Return the present generation."""
        return self._signal.generation()

    async def until_moved(self, seen: Generation, seconds: float) -> None:
        """Look several times a second whether something was committed."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            left = end - loop.time()
            if self._signal.generation() != seen or left <= 0:
                return
            await asyncio.sleep(min(_GLANCE_SECONDS, left))


if TYPE_CHECKING:
    _: type[LoopSignal] = AtOnce
