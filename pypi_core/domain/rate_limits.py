"""
How often something may be done: the generic cell rate algorithm (GCRA).

Each subject has one moment, the one at which it owes nothing any more.  Whatever is done moves
it on by a share of the window, and what would move it further than a whole window from now is
refused.  So a whole quota may be used at once, and comes back evenly.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from math import ceil

import msgspec

from pypi_core.errors import InvalidSetting, TooMany
from pypi_protocol.errors import Problem

_FORM = re.compile(r"(?P<quota>[0-9]{1,9})/(?P<window>[0-9]{1,9})\Z", re.ASCII)
_OFF = frozenset({"", "0", "none"})


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """
    *quota* times in *window* seconds, both at least 1; *name* is told to whom it stops.

    ``refusal`` is the sentence for them; ``{wait}`` in it becomes how long to wait.
    """

    name: str
    quota: int
    window: int
    refusal: str

    @property
    def share(self) -> timedelta:
        """The part of the window that one time uses."""
        # Rounded down: the whole quota has to fit into the window.
        return max(timedelta(seconds=self.window) // self.quota, timedelta.resolution)


class RateLimits(msgspec.Struct, frozen=True, kw_only=True):
    """
    The limits of a site; ``None`` is no limit.

    Attributes:
        failed_logins_by_address: Failed logins from one network address.
        failed_logins_by_user: Failed logins with one user name.
        uploads: Uploads of one account, whatever became of them; administrators have no such limit.
        new_projects: Projects that one account creates; administrators have no such limit.
        validations: Texts that one account has checked without uploading a file; administrators have no
            such limit.
        messages: E-mails that are asked for from one network address, or for one e-mail address.
    """

    failed_logins_by_address: RateLimit | None = None
    failed_logins_by_user: RateLimit | None = None
    uploads: RateLimit | None = None
    new_projects: RateLimit | None = None
    validations: RateLimit | None = None
    messages: RateLimit | None = None


NO_LIMITS = RateLimits()


class LimitStanding(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a subject stands with a limit.

    Attributes:
        limit: The limit.
        is_over: Whether the next time would be too many.
        remaining: How many more times there may be at once.
        wait: Seconds until the whole quota is back, or, where nothing remains, until there may be one more.
    """

    limit: RateLimit
    is_over: bool
    remaining: int
    wait: int

    def require(self) -> None:
        """Let the next time pass, or raise `TooMany`."""
        if self.is_over:
            raise TooMany(
                self.limit.refusal.replace("{wait}", _in_words(self.wait)),
                self.wait,
                policy=self.limit.name,
                quota=self.limit.quota,
                window=self.limit.window,
            )


def standing_at(
    limit: RateLimit, free_at: datetime | None, now: datetime, *, was_taken: bool = False
) -> LimitStanding:
    """
    Return how a subject stands at *now* that owes nothing any more at *free_at*, or never did.

    With *was_taken* one was just permitted, so that it is not over, even if it was the last.
    """
    owed = max((free_at or now) - now, timedelta())
    room = timedelta(seconds=limit.window) - owed
    remaining = min(max(room // limit.share, 0), limit.quota)
    wait = owed if remaining else limit.share - room
    return LimitStanding(
        limit=limit,
        is_over=not (remaining or was_taken),
        remaining=remaining,
        wait=ceil(wait.total_seconds()),
    )


def parse_rate(raw: str) -> tuple[int, int] | None:
    """Read ``QUOTA/SECONDS``, such as ``1000/3600``; ``0``, ``none`` or nothing is no limit."""
    if raw.strip().lower() in _OFF:
        return None
    match = _FORM.match(raw.strip())
    if match is None or not (int(match["quota"]) and int(match["window"])):
        raise InvalidSetting(
            Problem(
                "",
                f"{raw!r} is not a rate limit: write how many in how many seconds (1000/3600), "
                "or 0 for no limit.",
            )
        )
    return int(match["quota"]), int(match["window"])


def _in_words(seconds: int) -> str:
    for size, unit in ((3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{ceil(seconds / size)} {unit}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
