"""Answers about downloads."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from pypi_core.domain.accounts import Actor
from pypi_core.domain.names import parse_project_name
from pypi_core.index import Index
from pypi_protocol.records.downloads import (
    DayDownloads,
    DownloadsOf,
    ProjectDownloads,
    ProjectDownloadsParameters,
)

_MOST = 100


def project_downloads(index: Index, actor: Actor, parameters: ProjectDownloadsParameters) -> ProjectDownloads:
    found = index.download_counts.of_project(actor, parse_project_name(parameters.name), parameters.days)
    return ProjectDownloads(
        name=found.name,
        counted=index.download_counts.are_counted,
        total=found.total,
        last_day=found.recent.last_day,
        last_week=found.recent.last_week,
        last_month=found.recent.last_month,
        since=found.since,
        days=tuple(DayDownloads(day=day, downloads=count) for day, count in found.days.items()),
        versions=_most_first(found.versions),
        installers=_most_first(found.installers),
        pythons=_most_first(found.pythons),
        systems=_most_first(found.systems),
    )


def _most_first(counted: Mapping[str, int]) -> tuple[DownloadsOf, ...]:
    return tuple(DownloadsOf(value=each, downloads=count) for each, count in islice(counted.items(), _MOST))
