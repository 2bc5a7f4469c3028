"""How much there is on an index."""

from __future__ import annotations

import msgspec

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import ProjectSize
from pypi_core.domain.permissions import require
from pypi_core.ports.environment import Clock
from pypi_core.ports.pages import PageKey, PageKind, Pages, Validity
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index
from pypi_core.use_cases.upkeep.rendering import page_of

_MOST_PROJECTS = 100
_SLOT = 15 * 60


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """How many bytes all files have together, and the projects with the most, the largest first."""

    total_size: int
    projects: tuple[ProjectSize, ...]


class CountSizes:
    """
    Count anew, which looks at every file of the index, and keep what came out.

    It is kept for a quarter of an hour, and given a quarter of an hour longer.
    """

    def __init__(self, open_snapshot: OpenSnapshot, pages: Pages, clock: Clock) -> None:
        self._open_snapshot = open_snapshot
        self._pages = pages
        self._clock = clock

    def __call__(self) -> Statistics:
        """Count, unless that was done in this quarter of an hour already."""
        key = _key(_slot(self._clock))
        if kept := self._pages.find(key):
            return msgspec.json.decode(kept.body, type=Statistics)
        with self._open_snapshot() as snapshot:
            statistics = Statistics(
                total_size=snapshot.files.size_of_all(),
                projects=tuple(snapshot.files.largest_projects(_MOST_PROJECTS)),
            )
        self._pages.put(key, page_of(msgspec.json.encode(statistics)))
        return statistics


class ReadStatistics:
    """
    Return what was counted last; a request counts only where no worker has.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
    """

    def __init__(self, open_snapshot: OpenSnapshot, pages: Pages, clock: Clock) -> None:
        self._open_snapshot = open_snapshot
        self._pages = pages
        self._clock = clock
        self._count = CountSizes(open_snapshot, pages, clock)

    def __call__(self, actor: Actor) -> Statistics:
        """Return statistics that are at most half an hour old."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
        now = _slot(self._clock)
        for slot in (now, now - 1):
            if kept := self._pages.find(_key(slot)):
                return msgspec.json.decode(kept.body, type=Statistics)
        return self._count()


def _slot(clock: Clock) -> int:
    return int(clock.now().timestamp()) // _SLOT


def _key(slot: int) -> PageKey:
    return PageKey(kind=PageKind.STATISTICS, subject="", validity=Validity(str(slot)))
