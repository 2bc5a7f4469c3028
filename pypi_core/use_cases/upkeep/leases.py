"""On which terms workers take on what one of them is to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import msgspec

_BEATS = 3
"""How often a lease is extended in its time: one or two of them may fail."""
_LONGEST_REASON = 4000


class WorkTerms(msgspec.Struct, frozen=True, kw_only=True):
    """
    How long work belongs to a worker that gives no sign of life, and how often it is tried.

    The clocks of all workers may differ by a small part of *lease*.
    """

    lease: timedelta = timedelta(seconds=30)
    attempts: int = 8

    @property
    def beat(self) -> timedelta:
        """Return how often a worker gives a sign of life."""
        return self.lease / _BEATS


DEFAULT_TERMS = WorkTerms()


@contextmanager
def no_heart_beat(beat: Callable[[], bool], every: timedelta) -> Iterator[None]:
    """Never call *beat*: for work that is short, or has no rival."""
    yield


def reason_of(error: Exception) -> str:
    """Return what an operator is told of *error*, as a text that every database takes."""
    text = f"{type(error).__name__}: {error}".encode("utf-8", "replace").decode()
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:_LONGEST_REASON]
