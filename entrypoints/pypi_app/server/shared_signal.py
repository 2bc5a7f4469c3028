"""One question to the database for all requests that arrived together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pypi_core.ports.changes import Changes, ChangeSignal, Generation, Position


class SharedSignal:
    """
    Asks *signal* once in each turn of the event loop, however many requests are answered in it.

    The promise of `ChangeSignal` stays for requests that arrive at sockets of this loop and are answered
    in tasks of their own: sockets are read between turns, so that what runs before this forgets its answer
    had arrived before the question was asked.  Ask from tasks alone, never where bytes arrive
    (``data_received``), and do not call the application from the loop that also commits.
    """

    def __init__(self, signal: ChangeSignal) -> None:
        self._signal = signal
        self._asked_in: asyncio.AbstractEventLoop | None = None
        self._generation = Generation(-1)

    def generation(self) -> Generation:
        """Return the generation of this turn; raises what asking for it does."""
        loop = asyncio.get_running_loop()
        if self._asked_in is not loop:
            # Before asking: whatever arrives later is answered behind it.
            loop.call_soon(self._forget)
            self._generation = self._signal.generation()
            self._asked_in = loop
        return self._generation

    def changes(self, since: Position | None) -> Changes:
        """Return what was committed after *since*."""
        return self._signal.changes(since)

    def _forget(self) -> None:
        self._asked_in = None


if TYPE_CHECKING:
    _: type[ChangeSignal] = SharedSignal
