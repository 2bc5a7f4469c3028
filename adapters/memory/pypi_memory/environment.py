"""Time, randomness, passwords and rendering that a test decides."""

from __future__ import annotations

import html
import itertools
import random
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pypi_core.domain.descriptions import RenderedDescription

if TYPE_CHECKING:
    from pypi_core.ports.environment import Clock, DescriptionRenderer, PasswordHasher, Randomness

BROKEN = "*broken"
"""A reStructuredText with these characters in it does not render with `PlainRenderer`."""


class FixedClock:
    """Stands still until it is advanced; never goes back."""

    def __init__(self, moment: datetime = datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=UTC)) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the moment the clock stands at."""
        return self._moment

    def advance(self, by: timedelta = timedelta(seconds=1)) -> datetime:
        """Go on and return the new moment."""
        return self.set(self._moment + by)

    def set(self, moment: datetime) -> datetime:
        """
        Go to *moment* and return it.

        Raises:
            ValueError: It is earlier than now; a clock never goes back.
        """
        if moment < self._moment:
            raise ValueError(f"the clock stands at {self._moment} and cannot go back to {moment}")
        self._moment = moment
        return moment


class SeededRandomness:
    """Gives the same bytes in each run; two seeds give two sequences."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def bytes(self, count: int) -> bytes:
        """Return the next *count* bytes of the sequence."""
        with self._lock:
            return self._random.randbytes(count)


class PlainPasswordHasher:
    """Hides nothing and costs nothing; salted with a counter, as real hashes differ each time."""

    def __init__(self) -> None:
        self._salts = itertools.count(1)

    def hash(self, password: str) -> str:
        """Return the password behind a salt."""
        return f"plain${next(self._salts)}${password}"

    def verify(self, password_hash: str, password: str) -> bool:
        """Return whether *password* stands in *password_hash*."""
        algorithm, _, rest = password_hash.partition("$")
        salt, dollar, kept = rest.partition("$")
        return algorithm == "plain" and salt.isdecimal() and dollar == "$" and kept == password


class PlainRenderer:
    """Shows a description as it was written; one with `BROKEN` in it does not render as reStructuredText."""

    def render(self, text: str, content_type: str) -> RenderedDescription:
        """Return *text* escaped in ``<pre>``."""
        is_broken = content_type.partition(";")[0].strip() in {"", "text/x-rst"} and BROKEN in text
        return RenderedDescription(
            f"<pre>{html.escape(text)}</pre>", f"line 1: {BROKEN} is in it" if is_broken else ""
        )


if TYPE_CHECKING:
    _clock: type[Clock] = FixedClock
    _randomness: type[Randomness] = SeededRandomness
    _passwords: type[PasswordHasher] = PlainPasswordHasher
    _renderer: type[DescriptionRenderer] = PlainRenderer
