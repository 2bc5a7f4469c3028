"""How many logins may fail."""

from __future__ import annotations

from collections.abc import Iterator

from pypi_core.domain.accounts import is_username
from pypi_core.domain.origins import Origin, network_of
from pypi_core.domain.rate_limits import NO_LIMITS, RateLimit, RateLimits
from pypi_core.ports.environment import Clock
from pypi_core.ports.rate_limits import RateLimiter


class LimitLogins:
    """
    Limits of the site on logins that fail, by network address and by user name.

    Only failures are counted, so that who knows the password is never troubled by their own
    logins.  Looking costs a read; while several are checked at once, a few more than the
    limit may get through, one for each thread.
    """

    def __init__(self, rate_limiter: RateLimiter, clock: Clock, limits: RateLimits = NO_LIMITS) -> None:
        self._rate_limiter = rate_limiter
        self._clock = clock
        self._limits = limits

    def require_room(self, username: str, origin: Origin) -> None:
        """
        Ask, before a password is looked at, whether it may be.

        Raises:
            TooMany: Too many logins failed.
        """
        now = self._clock.now()
        for limit, subject in self._subjects(username, origin):
            self._rate_limiter.look(limit, subject, now).require()

    def count_failure(self, username: str, origin: Origin) -> None:
        """Count a login that failed."""
        now = self._clock.now()
        for limit, subject in self._subjects(username, origin):
            self._rate_limiter.take(limit, subject, now)

    def refuse_failure(self, origin: Origin) -> None:
        """
        Count a token that was no good; nobody has to be asked before one is looked at.

        Readers come here too, with a token that has expired: give the site counts that keep nobody waiting.

        Raises:
            TooMany: Too many logins from there failed.
        """
        now = self._clock.now()
        for limit, subject in self._subjects("", origin):
            self._rate_limiter.take(limit, subject, now).require()

    def _subjects(self, username: str, origin: Origin) -> Iterator[tuple[RateLimit, str]]:
        by_address, by_user = self._limits.failed_logins_by_address, self._limits.failed_logins_by_user
        if by_address is not None and origin.address:
            yield by_address, network_of(origin.address)
        # Nobody can log in with another name: counting those would fill the table.
        if by_user is not None and is_username(username):
            yield by_user, username.lower()
