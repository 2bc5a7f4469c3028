"""Work that comes back, in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pypi_core.ports.periodic_work import PeriodicWorkKind, PeriodicWorkState, Turn

if TYPE_CHECKING:
    from pypi_core.ports.periodic_work import PeriodicWork


class InMemoryPeriodicWork:
    """The state of each kind, and how often it was claimed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[PeriodicWorkKind, PeriodicWorkState] = {}
        self._turns: dict[PeriodicWorkKind, int] = {}

    def claim(
        self, kind: PeriodicWorkKind, now: datetime, lease_until: datetime, first_due: datetime
    ) -> Turn | None:
        with self._lock:
            state = self._states.setdefault(
                kind,
                PeriodicWorkState(
                    kind=kind, due=first_due, lease_until=None, began=None, ended=None, error=""
                ),
            )
            if state.due > now or (state.lease_until and state.lease_until > now):
                return None
            self._turns[kind] = self._turns.get(kind, 0) + 1
            self._states[kind] = replace(state, lease_until=lease_until, began=now)
            return Turn(kind, self._turns[kind])

    def extend(self, turn: Turn, lease_until: datetime) -> bool:
        with self._lock:
            if is_held := self._is_held(turn):
                self._states[turn.kind] = replace(self._states[turn.kind], lease_until=lease_until)
            return is_held

    def end(self, turn: Turn, now: datetime, due: datetime, error: str) -> None:
        with self._lock:
            if self._is_held(turn):
                state = self._states[turn.kind]
                self._states[turn.kind] = replace(state, lease_until=None, ended=now, due=due, error=error)

    def states(self) -> Sequence[PeriodicWorkState]:
        with self._lock:
            return [state for _, state in sorted(self._states.items())]

    def _is_held(self, turn: Turn) -> bool:
        return self._turns.get(turn.kind) == turn.number and self._states[turn.kind].lease_until is not None


if TYPE_CHECKING:
    _: type[PeriodicWork] = InMemoryPeriodicWork
