"""Releases found by what they have in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from pypi_core.domain.accounts import Actor
from pypi_core.domain.entities import NamedRelease
from pypi_core.errors import Invalid
from pypi_core.use_cases.reading.access import Reading
from pypi_protocol.errors import Problem

_MOST_CLASSIFIERS = 100
_MOST = 50_000


class ReleaseQueries:
    """
    Questions about releases, for callers who may read the index (`Reading`).

    Quarantined projects are left out.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def with_classifiers(self, actor: Actor, classifiers: Collection[str]) -> Sequence[NamedRelease]:
        """
        Return the releases that carry all of *classifiers*, by name, then by version.

        Nothing carries all of none.

        Raises:
            Invalid: There are more than 100 classifiers, or more than 50,000 such releases.
        """
        with self._reading(actor) as snapshot:
            if len(classifiers) > _MOST_CLASSIFIERS:
                raise Invalid(Problem("classifiers", f"Name at most {_MOST_CLASSIFIERS} classifiers."))
            found = snapshot.releases.with_classifiers(classifiers, _MOST + 1)
        if len(found) > _MOST:
            sentence = f"More than {_MOST} releases carry them: name more classifiers."
            raise Invalid(Problem("classifiers", sentence))
        return found

    def created_since(self, actor: Actor, moment: datetime) -> Sequence[NamedRelease]:
        """
        Return the releases made after *moment* that are still there, the newest first.

        Raises:
            Invalid: There are more than 50,000.
        """
        with self._reading(actor) as snapshot:
            found = snapshot.releases.created_since(moment, _MOST + 1)
        if len(found) > _MOST:
            sentence = f"More than {_MOST} releases were made since: ask for a later time."
            raise Invalid(Problem("since", sentence))
        return found
