"""Which projects require which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from pypi_core.domain.names import DisplayName, NormalizedName


class Dependent(msgspec.Struct, frozen=True, kw_only=True):
    """A project whose newest release requires another one; with *is_optional* only an extra of it does."""

    name: NormalizedName
    display_name: DisplayName
    is_optional: bool


class Dependencies(Protocol):
    """
    What the newest release of each project of one index requires.

    A worker notes it after each change of a project; each call is a transaction of its own.
    """

    def note(
        self, project: NormalizedName, required: Mapping[NormalizedName, bool], popularity: int, now: datetime
    ) -> None:
        """
        Replace what *project* requires; the values are whether only an extra does.

        What became required, or no longer is, is indexed for search again if it is a project of the index:
        it is more popular now, or less.  Noting the same again changes nothing.
        """
        ...

    def count(self, required: NormalizedName, most: int) -> int:
        """Return how many projects require a name, which need not be a project; *most* at most."""
        ...

    def dependents(self, required: NormalizedName, limit: int, offset: int = 0) -> Sequence[Dependent]:
        """
        Return projects that require a name, the most popular first, then by name.

        Popularity is as of the last change of each.  Quarantined projects are left out.
        """
        ...
