"""How much of a file has passed."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int], None]
"""Is told how many bytes of a file have been sent or received so far; a new try may start at 0 again."""


class CombinedProgress:
    """Tells *progress* how many bytes of several files have passed, in turn or at the same time."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._passed: dict[str, int] = {}

    def of(self, name: str) -> Progress | None:
        """Return what is to be told about the file of this name."""
        progress = self._progress
        if progress is None:
            return None

        def tell(passed: int) -> None:
            self._passed[name] = passed
            progress(sum(self._passed.values()))

        return tell

    def complete(self, name: str, size: int) -> None:
        """Count all of a file, though less of it may have been sent: the index had the rest."""
        self._passed[name] = size
