"""Time, randomness, password hashing and README rendering: what a pure core has to be given."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final, Protocol

from pypi_core.domain.descriptions import RenderedDescription

LARGEST_SETBACK: Final = timedelta(minutes=1)
"""By how much a clock may be set back that was only running a little fast."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """
        Return the present moment, aware, in UTC.

        Time never stands still for longer than the system's clock does.  It is never earlier than the last
        one returned, unless the system's clock was set back by more than `LARGEST_SETBACK`: it
        was wrong before, and staying with it would let nothing expire and no limit end.
        """
        ...


class HeartBeat(Protocol):
    """Gives signs of life for work that takes long."""

    def __call__(self, beat: Callable[[], bool], every: timedelta) -> AbstractContextManager[None]:
        """
        Call *beat* every so often while the block runs, until it returns false.

        What it raises neither ends the block nor the beats.
        """
        ...


class Randomness(Protocol):
    """Gives bytes that cannot be guessed."""

    def bytes(self, count: int) -> bytes:
        """Return *count* bytes fit for secrets and identifiers."""
        ...


class PasswordHasher(Protocol):
    """Turns passwords into what may be stored."""

    def hash(self, password: str) -> str:
        """Return a salted, slow hash; the same password gives another one each time."""
        ...

    def verify(self, password_hash: str, password: str) -> bool:
        """Return whether *password* made *password_hash*; a malformed hash matches nothing."""
        ...


class DescriptionRenderer(Protocol):
    """Turns a project's description into HTML."""

    def render(self, text: str, content_type: str) -> RenderedDescription:
        """
        Return *text* as sanitised HTML.

        *content_type* is that of the core metadata; an empty one means
        reStructuredText, which alone can fail to render.  Scripts, forms, frames and
        ``javascript:`` links do not survive; no file is included.
        """
        ...
