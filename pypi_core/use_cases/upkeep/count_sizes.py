"""How much there is on an index."""

from __future__ import annotations

import msgspec

from pypi_core.domain.entities import ProjectSize
from pypi_core.ports.environment import Clock
from pypi_core.ports.pages import PageKey, PageKind, Pages, Validity
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.upkeep.rendering import page_of

_MOST_PROJECTS = 100
_SLOT = 15 * 60


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """
    How many bytes all files have together, and the projects with the most, the largest first.

    *project_count* and *file_count* say how many there are of each.
    """

    total_size: int
    projects: tuple[ProjectSize, ...]
    project_count: int = 0
    file_count: int = 0


class CountSizes:
    """
    Count anew, which looks at every file of the index, and keep the result.

    Counts nothing if that was done in this quarter of an hour already.  The result is kept for a quarter of
    an hour, and shown for a quarter of an hour longer.
    """

    def __init__(self, open_snapshot: OpenSnapshot, pages: Pages, clock: Clock) -> None:
        self._open_snapshot = open_snapshot
        self._pages = pages
        self._clock = clock

    def __call__(self) -> Statistics:
        slot = self._slot()
        if kept := self._kept(slot):
            return kept
        with self._open_snapshot() as snapshot:
            statistics = Statistics(
                total_size=snapshot.files.size_of_all(),
                project_count=snapshot.projects.count(),
                file_count=snapshot.files.count(),
                projects=tuple(snapshot.files.largest_projects(_MOST_PROJECTS)),
            )
        self._pages.put(_key(slot), page_of(msgspec.json.encode(statistics)))
        return statistics

    def newest(self) -> Statistics | None:
        """Return what was counted in the last half hour, if anything was."""
        slot = self._slot()
        return self._kept(slot) or self._kept(slot - 1)

    def _slot(self) -> int:
        return int(self._clock.now().timestamp()) // _SLOT

    def _kept(self, slot: int) -> Statistics | None:
        kept = self._pages.find(_key(slot))
        return msgspec.json.decode(kept.body, type=Statistics) if kept else None


def _key(slot: int) -> PageKey:
    return PageKey(kind=PageKind.STATISTICS, subject="", validity=Validity(str(slot)))
