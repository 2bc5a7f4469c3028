"""How often files were downloaded, for callers who may read the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.domain.downloads import ClientTrait
from pypi_core.domain.entities import ProjectId
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import Invalid
from pypi_core.ports.download_counts import DownloadCounts
from pypi_core.ports.environment import Clock
from pypi_core.use_cases.reading.access import Reading
from pypi_protocol.errors import Problem

_DAY = timedelta(days=1)
_MOST_DAYS = 366


class RecentDownloads(msgspec.Struct, frozen=True, kw_only=True):
    """
    The downloads of the last day, of the last 7 and of the last 30 days, each up to the end of yesterday.

    Days are those of UTC.  Today is left out, so that the numbers change once a day.
    """

    last_day: int
    last_week: int
    last_month: int


class ProjectDownloads(msgspec.Struct, frozen=True, kw_only=True):
    """
    How often a project was downloaded.

    Attributes:
        name: The project.
        total: How often since counting began.
        recent: Lately.
        since: The first day of those that the rest is about, up to today.
        days: By day; a day without downloads is left out.
        versions: By version, most first.
        installers: By program, most first.
        pythons: By Python version, most first.
        systems: By operating system, most first.
    """

    name: NormalizedName
    total: int
    recent: RecentDownloads
    since: date
    days: Mapping[date, int]
    versions: Mapping[str, int]
    installers: Mapping[str, int]
    pythons: Mapping[str, int]
    systems: Mapping[str, int]


class ShownDownloads(msgspec.Struct, frozen=True, kw_only=True):
    """What the legacy interfaces tell of downloads: lately, and of each file ever, up to yesterday."""

    recent: RecentDownloads
    files: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class DownloadCountQueries:
    """
    Questions about downloads, for callers who may read the index (`Reading`).

    What was downloaded in the last minute or two may be missing.  *are_counted* says whether downloads are
    counted at all.
    """

    reading: Reading
    counts: DownloadCounts
    clock: Clock
    are_counted: bool

    def of_project(self, actor: Actor, name: NormalizedName, days: int = 30) -> ProjectDownloads:
        """
        Return the downloads of a project, in detail those of today and of the days before, *days* in all.

        Raises:
            ProjectNotFound: There is no such project.
            Invalid: *days* is not between 1 and 366.
        """
        if not 1 <= days <= _MOST_DAYS:
            raise Invalid(Problem("days", f"Ask for 1 to {_MOST_DAYS} days."))
        with self.reading(actor) as snapshot:
            project = snapshot.projects.get(name).id
        since = self._today() - (days - 1) * _DAY
        counts = self.counts
        return ProjectDownloads(
            name=name,
            total=counts.total(project),
            recent=self._recent(project),
            since=since,
            days=counts.of_days(project, since),
            versions=counts.of_versions(project, since),
            installers=counts.of_clients(project, ClientTrait.INSTALLER, since),
            pythons=counts.of_clients(project, ClientTrait.PYTHON, since),
            systems=counts.of_clients(project, ClientTrait.SYSTEM, since),
        )

    def shown(self, actor: Actor, project: ProjectId) -> ShownDownloads | None:
        """Return what the legacy interfaces show, ``None`` where downloads are not counted."""
        self.reading.authorise(actor)
        if not self.are_counted:
            return None
        files = self.counts.of_files(project, self._today())
        return ShownDownloads(recent=self._recent(project), files=files)

    def most_downloaded(self, actor: Actor, limit: int) -> Sequence[tuple[str, int]]:
        """Return the projects that were ever downloaded most."""
        self.reading.authorise(actor)
        return self.counts.most_downloaded(limit)

    def _recent(self, project: ProjectId) -> RecentDownloads:
        today = self._today()
        days = self.counts.of_days(project, today - 30 * _DAY)

        def last(number: int) -> int:
            return sum(count for day, count in days.items() if today - number * _DAY <= day < today)

        return RecentDownloads(last_day=last(1), last_week=last(7), last_month=last(30))

    def _today(self) -> date:
        return self.clock.now().date()
