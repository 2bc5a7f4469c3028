"""Dependencies in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.reactions import Reaction, ReactionKind
from pypi_core.ports.dependencies import Dependent
from pypi_memory.outbox import InMemoryOutbox
from pypi_memory.rows import Storage

if TYPE_CHECKING:
    from pypi_core.ports.dependencies import Dependencies


class _Noted(NamedTuple):
    required: Mapping[NormalizedName, bool]
    popularity: int


class InMemoryDependencies:
    """The dependencies of one index; one assignment each, so threads need no lock."""

    def __init__(self, storage: Storage, outbox: InMemoryOutbox, name: IndexName) -> None:
        self._storage = storage
        self._outbox = outbox
        self._name = name
        self._noted: dict[NormalizedName, _Noted] = {}

    def note(
        self, project: NormalizedName, required: Mapping[NormalizedName, bool], popularity: int, now: datetime
    ) -> None:
        before = self._noted.get(project)
        self._noted[project] = _Noted(dict(required), popularity)
        changed = {*required} ^ ({*before.required} if before else set())
        there = {each.name for each in self._storage.committed.index(self._name).projects.values()}
        reactions = [Reaction(ReactionKind.INDEX_FOR_SEARCH, each) for each in sorted(changed & there)]
        self._outbox.add(self._name, reactions, now)

    def count(self, required: NormalizedName, most: int) -> int:
        return min(most, sum(required in each.required for each in self._noted.values()))

    def dependents(self, required: NormalizedName, limit: int, offset: int = 0) -> Sequence[Dependent]:
        projects = [
            each
            for each in self._storage.committed.index(self._name).projects.values()
            if each.status.offers_files and each.name in self._noted
        ]
        found = [each for each in projects if required in self._noted[each.name].required]
        found.sort(key=lambda each: (-self._noted[each.name].popularity, each.name))
        return [
            Dependent(
                name=each.name,
                display_name=each.display_name,
                is_optional=self._noted[each.name].required[required],
            )
            for each in found[offset : offset + limit]
        ]


if TYPE_CHECKING:
    _: type[Dependencies] = InMemoryDependencies
