"""Knowing which answers still hold: what was committed, and what depends on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol
from weakref import WeakValueDictionary

from pypi_core.domain.names import NormalizedName
from pypi_core.errors import Unavailable
from pypi_core.ports.changes import Changes, ChangeSignal, Generation, Position
from pypi_http_api.loop_signal import AtOnce, LoopSignal, SharedLoopSignal

_NOTHING_KNOWN = Generation(-1)

Then = Callable[[Exception | None], None]
"""Is called when it is known what was committed, or with the reason why it is not; must not raise."""


class Validity:
    """
    Whether an answer may be given again.

    It says so as of the last time that `Freshness` was asked, and never holds again once it does not.
    """

    __slots__ = ("__weakref__", "holds")

    def __init__(self) -> None:
        self.holds = True


class Validities:
    """
    What is known of the commits so far, and the answers that depend on them.

    Of a project there is one `Validity` at most, which ends with the first journal entry about the
    project, in whichever index; all end with a change of settings.  All this runs on one event loop.

    Attributes:
        generation: The generation up to which this knows everything.
    """

    def __init__(self) -> None:
        self.generation = _NOTHING_KNOWN
        self.position: Position | None = None
        self._of_projects: WeakValueDictionary[NormalizedName, Validity] = WeakValueDictionary()
        self._until_any_commit = Validity()

    def of(self, project: NormalizedName | None) -> Validity:
        """Return what ends with the next change of *project*; without one, with any commit."""
        if project is None:
            return self._until_any_commit
        validity = self._of_projects.get(project)
        if validity is None:
            validity = self._of_projects[project] = Validity()
        return validity

    def learn(self, changes: Changes) -> None:
        """End what depends on *changes*."""
        self._until_any_commit.holds = False
        self._until_any_commit = Validity()
        if changes.projects is None:
            ended = list(self._of_projects.values())
            self._of_projects.clear()
        else:
            found = [self._of_projects.pop(name, None) for name in changes.projects]
            ended = [each for each in found if each is not None]
        for validity in ended:
            validity.holds = False
        self.position, self.generation = changes.position, changes.position.generation


class Freshness(Protocol):
    """Asks the database what was committed, before an answer is given again."""

    @property
    def signal(self) -> LoopSignal:
        """What is asked."""
        ...

    @property
    def validities(self) -> Validities:
        """What is known."""
        ...

    async def generation(self) -> Generation:
        """
        Learn of every commit that returned before the call; return the generation that is known then.

        Ask from a task of its own for each request.

        Raises:
            Unavailable: The database does not answer.
        """
        ...

    def confirm(self, then: Then) -> None:
        """
        Let *then* be called, later, when every commit that returned before this call is known.

        To be called from wherever bytes arrive; it costs no task.
        """
        ...


class FreshnessAtOnce:
    """
    Asks a signal that answers in microseconds, on the event loop itself.

    Args:
        signal: Is asked where bytes arrive.
        shared: Is asked in its place from tasks, which may share an answer.
    """

    def __init__(self, signal: ChangeSignal, shared: ChangeSignal | None = None) -> None:
        self._signal = signal
        self.signal: LoopSignal = AtOnce(shared or signal)
        self.validities = Validities()
        self._waiting: list[Then] = []

    async def generation(self) -> Generation:
        """Learn what was committed; return the generation that is known then."""
        self._learn(await self.signal.generation())
        return self.validities.generation

    def confirm(self, then: Then) -> None:
        """
        Let *then* be called in the next turn, when it is known what was committed.

        All sockets that can be read are read before, and share the question.
        """
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._answer)
        self._waiting.append(then)

    def _answer(self) -> None:
        waiting, self._waiting = self._waiting, []
        failure: Exception | None = None
        try:
            self._learn(self._signal.generation())
        except Unavailable as error:
            failure = error
        for then in waiting:
            try:
                then(failure)
            except Exception as error:
                # The others must not wait for ever.
                loop = asyncio.get_running_loop()
                loop.call_exception_handler({"message": "a reply was not given", "exception": error})

    def _learn(self, generation: Generation) -> None:
        # An answer that is shared may be older than what was learned since.
        if generation > self.validities.generation:
            self.validities.learn(self._signal.changes(self.validities.position))


class SharedFreshness:
    """Asks a database that takes a while, once for all who arrived before it was asked."""

    def __init__(self, signal: SharedLoopSignal) -> None:
        self.signal = signal
        self.validities = Validities()
        self._turn = asyncio.Lock()
        self._learning: set[asyncio.Task[None]] = set()

    async def generation(self) -> Generation:
        """Learn what was committed; return the generation that is known then."""
        await self._learn(await self.signal.generation())
        return self.validities.generation

    def confirm(self, then: Then) -> None:
        """Let *then* be called when it is known what was committed."""

        def take(generation: Generation | None, error: Exception | None) -> None:
            if generation is None or generation <= self.validities.generation:
                then(error)
            else:
                task = asyncio.get_running_loop().create_task(self._learn_then(generation, then))
                self._learning.add(task)
                task.add_done_callback(self._learning.discard)

        self.signal.call(take)

    async def _learn_then(self, generation: Generation, then: Then) -> None:
        try:
            await self._learn(generation)
        except Exception as error:
            then(error)
        else:
            then(None)

    async def _learn(self, generation: Generation) -> None:
        if generation <= self.validities.generation:
            return
        async with self._turn:
            # Whoever had the turn before may have learned it already.
            if generation > self.validities.generation:
                self.validities.learn(await self.signal.changes(self.validities.position))
