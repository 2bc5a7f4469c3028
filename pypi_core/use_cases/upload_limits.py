"""How many files and new projects an account may send, and how many texts it may have checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from pypi_core.domain.accounts import Actor
from pypi_core.domain.rate_limits import NO_LIMITS, LimitStanding, RateLimit, RateLimits
from pypi_core.errors import ConcurrentChange, PackageIndexError, StagedContentNotFound, Unavailable
from pypi_core.ports.environment import Clock
from pypi_core.ports.rate_limits import RateCounts, RateLimiter


class LimitUploads:
    """
    Limits of the site on what one account uploads and creates, on all indexes together.

    Administrators, the operator among them, have no limits: nothing is looked up and nothing
    counted for them.  Each upload counts once, whatever becomes of it: a file that is
    published by the transaction that publishes it, which costs one statement; any other in
    a transaction of its own (`attempt`, `count_unpublished`), since bad content costs the server as much.
    """

    def __init__(self, rate_limiter: RateLimiter, clock: Clock, limits: RateLimits = NO_LIMITS) -> None:
        self._rate_limiter = rate_limiter
        self._clock = clock
        self._limits = limits

    @staticmethod
    def concerns(actor: Actor) -> bool:
        """Return whether there are limits for *actor*."""
        return actor.account_id is not None and not actor.is_administrator

    def require_room(self, actor: Actor) -> None:
        """
        Ask, before anything is received, whether *actor* may upload; counts nothing.

        Raises:
            TooMany: There were too many uploads.
        """
        self._require(self._limits.uploads, actor, self._rate_limiter.look)

    def require_room_for_project(self, actor: Actor) -> None:
        """
        Ask whether *actor* may create a project; counts nothing.

        Raises:
            TooMany: There were too many new projects.
        """
        self._require(self._limits.new_projects, actor, self._rate_limiter.look)

    def count_upload(self, counts: RateCounts, actor: Actor) -> LimitStanding | None:
        """
        Count an upload in the transaction of *counts*.

        Raises:
            TooMany: There were too many uploads.
        """
        return self._require(self._limits.uploads, actor, counts.take)

    def count_project(self, counts: RateCounts, actor: Actor) -> None:
        """
        Count a new project in the transaction of *counts*.

        Raises:
            TooMany: There were too many new projects.
        """
        self._require(self._limits.new_projects, actor, counts.take)

    def count_unpublished(self, actor: Actor) -> LimitStanding | None:
        """Count an upload of which nothing was published, now that it was received."""
        limit = self._limits.uploads
        if limit is None or not self.concerns(actor):
            return None
        return self._rate_limiter.take(limit, _subject(actor), self._clock.now())

    @contextmanager
    def attempt(self, actor: Actor) -> Iterator[None]:
        """Count an upload that fails in the block, see `count_failure`."""
        try:
            yield
        except PackageIndexError as error:
            self.count_failure(actor, error)
            raise

    def count_failure(self, actor: Actor, error: Exception) -> None:
        """Count an upload that failed with *error*, unless the uploader is to send the same again."""
        if not isinstance(error, Unavailable | ConcurrentChange | StagedContentNotFound):
            self.count_unpublished(actor)

    def count_validation(self, actor: Actor) -> None:
        """
        Count a text that is to be checked, which is slow, although nothing is uploaded.

        Raises:
            TooMany: There were too many.
        """
        self._require(self._limits.validations, actor, self._rate_limiter.take)

    def _require(
        self,
        limit: RateLimit | None,
        actor: Actor,
        ask: Callable[[RateLimit, str, datetime], LimitStanding],
    ) -> LimitStanding | None:
        if limit is None or not self.concerns(actor):
            return None
        standing = ask(limit, _subject(actor), self._clock.now())
        standing.require()
        return standing


def _subject(actor: Actor) -> str:
    return str(actor.account_id)
