"""Who requires a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import Invalid
from pypi_core.ports.dependencies import Dependencies, Dependent
from pypi_core.use_cases.reading.access import Reading
from pypi_protocol.errors import Problem

MOST_DEPENDENTS = 10_000
"""So many dependents are counted, and can be paged through, at most."""

_MOST_AT_ONCE = 100


class DependentsPage(msgspec.Struct, frozen=True, kw_only=True):
    """
    One page of the projects that require another one, the most popular first.

    *more* tells whether others follow.  *total* is how many there are, counted up to `MOST_DEPENDENTS`, and
    *total_is_at_least* whether there are more than that.
    """

    projects: Sequence[Dependent]
    more: bool
    total: int
    total_is_at_least: bool


@dataclass(frozen=True, eq=False)
class DependentQueries:
    """
    Questions about who requires what, for callers who may read the index (`Reading`).

    The newest release of each project counts.  What was just published appears once the worker has seen it.
    """

    reading: Reading
    dependencies: Dependencies

    def of_project(
        self, actor: Actor, name: NormalizedName, *, limit: int = 20, offset: int = 0
    ) -> DependentsPage:
        """
        Return one page of the projects that require *name*, which need not be a project of this index.

        Raises:
            Invalid: It asks for more than 100 at once, or for one beyond the first 10,000.
        """
        self.reading.authorise(actor)
        _check(limit, offset)
        # One more than asked for, or counted, shows whether there are more.
        found = self.dependencies.dependents(name, limit + 1, offset)
        total = self.dependencies.count(name, MOST_DEPENDENTS + 1)
        return DependentsPage(
            projects=found[:limit],
            more=len(found) > limit,
            total=min(total, MOST_DEPENDENTS),
            total_is_at_least=total > MOST_DEPENDENTS,
        )


def _check(limit: int, offset: int) -> None:
    problems = []
    if not 1 <= limit <= _MOST_AT_ONCE:
        problems.append(Problem("limit", f"Ask for 1 to {_MOST_AT_ONCE} projects at a time."))
    if not 0 <= offset <= MOST_DEPENDENTS:
        problems.append(Problem("offset", f"Ask for one of the first {MOST_DEPENDENTS:,} projects."))
    if problems:
        raise Invalid(*problems)
