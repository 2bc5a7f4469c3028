"""What happened on an index, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pypi_core.domain.accounts import Actor
from pypi_core.domain.entities import Change, Serial
from pypi_core.errors import Invalid
from pypi_core.use_cases.reading.access import Queries, Reading
from pypi_protocol.errors import Problem

_MOST = 50_000


class JournalQueries(Queries):
    """
    Questions about the journal, for callers who may read the index (`Reading`).

    What is answered may be a little old: a follower then hears of a change later.  Pages, which are never
    old, have at least the serials that the journal shows, and so what a mirror reads fits together.
    """

    def __init__(self, reading: Reading, lagging: Reading) -> None:
        super().__init__(lagging)
        self._reading_now = reading

    def since(
        self, actor: Actor, serial: Serial, limit: int = 1000, *, as_of_now: bool = False
    ) -> Sequence[Change]:
        """
        Return up to *limit* changes after *serial*, in order; *as_of_now* to one whom a change has woken.

        Asking again with the last serial received continues where this page ended: entries
        become visible in the order of their serials, so none is missed.

        Raises:
            Invalid: *limit* is not between 1 and 50,000.
        """
        _require_limit(limit, _MOST)
        reading = self._reading_now if as_of_now else self._reading
        with reading(actor) as snapshot:
            return snapshot.journal.since(serial, limit)

    def later_than(self, actor: Actor, moment: datetime, limit: int) -> Sequence[Change]:
        """
        Return up to *limit* changes made later than *moment*, the oldest first.

        A time is not a cursor: a follower that must miss nothing pages by serials (`since`).

        Raises:
            Invalid: *limit* is not between 1 and 50,001.
        """
        _require_limit(limit, _MOST + 1)
        with self._reading(actor) as snapshot:
            return snapshot.journal.later_than(moment, limit)

    def last_serial(self, actor: Actor) -> Serial:
        """Return the serial of the newest change, 0 where there is none."""
        with self._reading(actor) as snapshot:
            return snapshot.journal.last_serial()


def _require_limit(limit: int, most: int) -> None:
    if not 1 <= limit <= most:
        raise Invalid(Problem("limit", f"Ask for 1 to {most} changes at a time."))
