"""How often files were downloaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from pypi_core.domain.downloads import ClientTrait, DownloadCount, Span
from pypi_core.domain.entities import ProjectId


class DownloadBatches(Protocol):
    """
    Counts of all indexes on their way: servers put what they counted, a worker adds it up.

    Each batch is added up once, whatever dies; each call is a transaction of its own.
    """

    def put(self, counts: Sequence[DownloadCount]) -> None:
        """Keep a batch until it is added up; nobody who downloads, publishes or reads waits for it."""
        ...

    def add_up(self) -> int:
        """
        Add the oldest batch to the counts of projects, and return how many counts it had; 0 without a batch.

        A file that the index does not list is looked for in the others, as its bytes may have been asked
        for at the root.  What none lists is dropped.
        """
        ...

    def forget(self, span: Span, before: date) -> int:
        """Drop the counts of spans that begin before a day, and return how many there were."""
        ...


class DownloadCounts(Protocol):
    """The counts of one index that were added up; those of a deleted project go with it."""

    def of_clients(self, project: ProjectId, trait: ClientTrait, since: date) -> Mapping[str, int]:
        """Return how often a project was downloaded since a day, by each kind of client, most first."""
        ...

    def of_days(self, project: ProjectId, since: date) -> Mapping[date, int]:
        """Return how often a project was downloaded on each day since one; days without are left out."""
        ...

    def of_versions(self, project: ProjectId, since: date) -> Mapping[str, int]:
        """Return how often each version was downloaded since a day, most first."""
        ...

    def of_files(self, project: ProjectId, before: date) -> Mapping[str, int]:
        """Return how often each file was ever downloaded before a day, which must be kept as such."""
        ...

    def total(self, project: ProjectId) -> int:
        """Return how often a project was ever downloaded."""
        ...

    def most_downloaded(self, limit: int) -> Sequence[tuple[str, int]]:
        """Return the display names of the projects that were ever downloaded most, most first."""
        ...
