"""Find releases by their classifiers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import NamedRelease
from pypi_core.domain.permissions import require
from pypi_core.errors import Invalid
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index
from pypi_protocol.errors import Problem

_MOST_CLASSIFIERS = 100
_MOST = 50_000


class BrowseReleases:
    """
    Return the releases that carry all of some classifiers, by name, then by version.

    Nothing carries all of none.  Quarantined projects are left out.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        Invalid: There are more than 100 classifiers, or more than 50,000 such releases.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, classifiers: Collection[str]) -> Sequence[NamedRelease]:
        """Return all of them."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            if len(classifiers) > _MOST_CLASSIFIERS:
                raise _invalid(f"Name at most {_MOST_CLASSIFIERS} classifiers.")
            found = snapshot.releases.with_classifiers(classifiers, _MOST + 1)
        if len(found) > _MOST:
            raise _invalid(f"More than {_MOST} releases carry them: name more classifiers.")
        return found


def _invalid(sentence: str) -> Invalid:
    return Invalid(Problem("classifiers", sentence))
