"""What all calls of one request may take together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from pypi_core.errors import BudgetSpent


class CallBudget(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the calls of a batch or a multicall may take together; any single call may be made alone.

    Attributes:
        entries: Entries of lists; what takes long counts as many.
        size: Bytes of the answers.
        seconds: Seconds until the last call begins.
    """

    entries: int = 50_000
    size: int = 32 * 1024 * 1024
    seconds: float = 10


DEFAULT_BUDGET: Final = CallBudget()


class Spending:
    """What the calls of one request have taken so far; *monotonic* counts seconds."""

    def __init__(self, budget: CallBudget, monotonic: Callable[[], float]) -> None:
        self._budget = budget
        self._monotonic = monotonic
        self._begin = monotonic()
        self._calls = self._entries = self._size = 0

    @property
    def size_left(self) -> int:
        """How many bytes further answers may have together."""
        return self._budget.size - self._size

    def begin_call(self, entries: int = 0) -> None:
        """
        Let another call begin that asks for *entries* entries; the first one always may.

        Raises:
            BudgetSpent: The calls before it took what there is, or left less than it asks for.
        """
        budget = self._budget
        if self._calls and (
            self._entries >= budget.entries
            or self._entries + entries > budget.entries
            or self._size >= budget.size
            or self._monotonic() - self._begin >= budget.seconds
        ):
            raise BudgetSpent(budget.entries, budget.size, budget.seconds)
        self._calls += 1
        self._entries += entries

    def spend(self, *, entries: int = 0, size: int = 0) -> None:
        """Count what a call returned beyond what it asked for at its beginning."""
        self._entries += entries
        self._size += size
