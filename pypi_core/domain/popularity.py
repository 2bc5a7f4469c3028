"""How much a project is used."""

from __future__ import annotations

from typing import Final

MOST_DEPENDENTS: Final = 100_000
"""So many projects that require one are counted at most."""

# Who requires a project decided for it; who downloads it did what somebody else had decided, mostly.
_DOWNLOADS_WORTH_A_DEPENDENT: Final = 100


def popularity(downloads: int, dependents: int) -> int:
    """Return a number that is higher for the more popular of two projects."""
    return downloads + _DOWNLOADS_WORTH_A_DEPENDENT * dependents
