"""How often projects are downloaded."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_protocol.records.projects import ProjectParameters


class DayDownloads(msgspec.Struct, frozen=True, kw_only=True):
    """The downloads of one day."""

    day: Annotated[date, Meta(description="In UTC.")]
    downloads: int


class DownloadsOf(msgspec.Struct, frozen=True, kw_only=True):
    """The downloads of one version, or by one kind of client."""

    value: Annotated[str, Meta(description="`other` for what clients do not tell, or nobody counts.")]
    downloads: int


_MostFirst = Annotated[tuple[DownloadsOf, ...], Meta(description="Most first; up to 100.")]


class ProjectDownloads(msgspec.Struct, frozen=True, kw_only=True):
    """How often a project was downloaded; what came in the last minutes may be missing."""

    name: Annotated[str, Meta(description="The normalised name.")]
    counted: Annotated[bool, Meta(description="Whether the index counts downloads; if not, all is 0.")]
    total: Annotated[int, Meta(description="Since counting began.")]
    last_day: Annotated[int, Meta(description="Yesterday.")]
    last_week: Annotated[int, Meta(description="In the 7 days up to yesterday.")]
    last_month: Annotated[int, Meta(description="In the 30 days up to yesterday.")]
    since: Annotated[date, Meta(description="The first day that the following is about; today is the last.")]
    days: Annotated[
        tuple[DayDownloads, ...], Meta(description="The oldest first; without those of no downloads.")
    ]
    versions: _MostFirst
    installers: _MostFirst
    pythons: Annotated[tuple[DownloadsOf, ...], Meta(description="As `3.13`; most first; up to 100.")]
    systems: _MostFirst


class ProjectDownloadsParameters(ProjectParameters, frozen=True, kw_only=True):
    """Which project, and of how many days."""

    days: Annotated[int, Meta(description="Of how many days, today included: 1 to 366.")] = 30
