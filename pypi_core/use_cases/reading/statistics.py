"""How much there is on an index, for callers who may read it."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor
from pypi_core.use_cases.reading.access import Reading
from pypi_core.use_cases.upkeep.count_sizes import CountSizes, Statistics


class StatisticsQueries:
    """Questions about sizes, for callers who may read the index (`Reading`)."""

    def __init__(self, reading: Reading, count: CountSizes) -> None:
        self._reading = reading
        self._count = count

    def read(self, actor: Actor) -> Statistics:
        """Return statistics that are at most half an hour old; a request counts only where no worker has."""
        self._reading.authorise(actor)
        return self._count.newest() or self._count()

    def at_hand(self, actor: Actor) -> Statistics | None:
        """Return statistics that are at most half an hour old if a worker has made them, without counting."""
        self._reading.authorise(actor)
        return self._count.newest()
