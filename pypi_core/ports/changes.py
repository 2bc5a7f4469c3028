"""Knowing, cheaply, that nothing changed, and if something did, what."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final, NamedTuple, NewType, Protocol

import msgspec

from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName

Generation = NewType("Generation", int)
"""Two equal generations mean: nothing that an answer could depend on was committed in between."""

MOST_ENTRIES: Final = 1000
"""How many journal entries of an index are read to learn what changed; after more, everything may have."""


class IndexPosition(NamedTuple):
    """How far the commits of one index are known."""

    serial: Serial
    settings_version: int


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far the commits of a database are known."""

    generation: Generation
    indexes: Mapping[IndexName, IndexPosition]


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was committed after one position and up to another.

    Attributes:
        position: The later one.
        projects: The projects that journal entries are about, of any index; ``None`` where any may have
            changed: the settings of an index, the list of indexes, or too much at once.
    """

    position: Position
    projects: Set[NormalizedName] | None


class ChangeSignal(Protocol):
    """Cheap enough to ask for every request; safe from every thread."""

    def generation(self) -> Generation:
        """
        Return the present generation of everything the server has stored.

        A commit that returned before the call is reflected in it.  It grows with everything relevant,
        may grow without need, and never becomes less.
        """
        ...

    def changes(self, since: Position | None) -> Changes:
        """
        Return what was committed after *since*; without it, that anything may have been.

        Every commit that returned before the call is in it, with `MOST_ENTRIES` read of each index at the
        most.  The generation of its position is not later than what it tells.
        """
        ...


def moved_indexes(since: Position | None, now: Mapping[IndexName, IndexPosition]) -> Set[IndexName] | None:
    """Return the indexes whose journals have grown, ``None`` where that is not all that may have changed."""
    if since is None or since.indexes.keys() != now.keys():
        return None
    moved: set[IndexName] = set()
    for name, position in now.items():
        before = since.indexes[name]
        if position.settings_version != before.settings_version or position.serial < before.serial:
            return None
        if position.serial > before.serial:
            moved.add(name)
    return moved
