"""The door to everything that is read: nothing opens without saying who reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.indexes import IndexRecord
from pypi_core.domain.permissions import Permit, require
from pypi_core.ports.accounts import OpenSiteSnapshot, SiteSnapshot
from pypi_core.ports.transactions import OpenSnapshot, Snapshot
from pypi_core.use_cases.permitted import index_subject


class Reading:
    """
    Opens snapshots of an index for callers who may read it.

    Every question in this package goes through here, so that a private index answers none
    of them to a stranger.

    Raises:
        Unauthenticated: The index is private and the actor is anonymous.
        Forbidden: *actor* may not read the index.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    @contextmanager
    def __call__(self, actor: Actor) -> Iterator[Snapshot]:
        """Begin to read as of now."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, index_subject(snapshot))
            yield snapshot

    def authorise(self, actor: Actor) -> IndexRecord:
        """
        Return the index's name and settings, if *actor* may read the index.

        For answers that are made without reading anything: refusals and redirects, which must
        not reveal what a private index has.
        """
        with self(actor) as snapshot:
            return snapshot.record

    def record(self) -> IndexRecord:
        """Return the index's name and settings; these are not secret, so anybody may ask."""
        with self._open_snapshot() as snapshot:
            return snapshot.record


class Queries:
    """Questions for callers who may read the index: each goes through `Reading` with its actor."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading


class LaggingReading(Reading):
    """
    Opens snapshots that may be a little old, for callers who may read the index as it is now.

    For lists and searches, which nobody expects to be of this very moment.  Whether the caller may read
    is never asked of old rows.
    """

    def __init__(self, open_snapshot: OpenSnapshot, open_lagging_snapshot: OpenSnapshot) -> None:
        super().__init__(open_snapshot)
        self._open_lagging_snapshot = open_lagging_snapshot

    @contextmanager
    def __call__(self, actor: Actor) -> Iterator[Snapshot]:
        """Begin to read as of now or a moment ago."""
        self.authorise(actor)
        with self._open_lagging_snapshot() as snapshot:
            yield snapshot

    def authorise(self, actor: Actor) -> IndexRecord:
        """Return the index's name and settings as they are now, if *actor* may read the index."""
        with super().__call__(actor) as snapshot:
            return snapshot.record


class SiteReading:
    """Opens snapshots of what spans indexes for callers who were permitted to read it."""

    def __init__(self, open_snapshot: OpenSiteSnapshot) -> None:
        self._open_snapshot = open_snapshot

    @contextmanager
    def __call__(self, permit: Permit) -> Iterator[SiteSnapshot]:
        """Begin to read as of now; *permit* says that somebody looked at who asks."""
        with self._open_snapshot() as snapshot:
            yield snapshot
