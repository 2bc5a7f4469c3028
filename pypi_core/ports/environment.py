"""Time, randomness, password hashing and README rendering: what a pure core has to be given."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pypi_core.domain.descriptions import RenderedDescription


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC, never earlier than the last one returned."""
        ...


class Randomness(Protocol):
    """Gives what nobody can guess."""

    def bytes(self, count: int) -> bytes:
        """Return *count* bytes fit for secrets and identifiers."""
        ...


class PasswordHasher(Protocol):
    """Turns passwords into what may be stored."""

    def hash(self, password: str) -> str:
        """Return a salted, slow hash; the same password gives another one each time."""
        ...

    def verify(self, password_hash: str, password: str) -> bool:
        """Tell whether *password* made *password_hash*; a malformed hash matches nothing."""
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
