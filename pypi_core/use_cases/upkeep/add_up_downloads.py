"""Add up what servers counted."""

from __future__ import annotations

from dataclasses import dataclass

from pypi_core.ports.download_counts import DownloadBatches

_MOST_BATCHES = 10_000


@dataclass(frozen=True, eq=False)
class AddUpDownloads:
    """Add the batches that servers put to the counts of projects, and return how many counts there were."""

    batches: DownloadBatches

    def __call__(self) -> int:
        counts = 0
        for _ in range(_MOST_BATCHES):
            added = self.batches.add_up()
            if not added:
                break
            counts += added
        return counts
