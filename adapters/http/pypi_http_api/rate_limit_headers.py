"""
How a client stands with a limit, in the headers of draft-ietf-httpapi-ratelimit-headers-10.

``RateLimit: "uploads";r=17;t=3540`` says that 17 more are permitted, and the quota of
``RateLimit-Policy: "uploads";q=1000;w=3600`` is whole again in 3540 seconds; with ``r=0``,
``t`` is when there may be one more.
"""

from __future__ import annotations

from pypi_core.domain.rate_limits import LimitStanding
from pypi_core.errors import TooMany
from pypi_http_api.replies import Headers


def standing_headers(standing: LimitStanding | None) -> Headers:
    """Return the headers for somebody who stands so with a limit, none for who has none."""
    if standing is None:
        return ()
    limit = standing.limit
    return _headers(limit.name, standing.remaining, standing.wait, limit.quota, limit.window)


def refusal_headers(error: TooMany) -> Headers:
    """Return the headers for somebody whom a limit stopped, none if it has no name."""
    if not error.policy:
        return ()
    return _headers(error.policy, 0, error.retry_after, error.quota, error.window)


def _headers(name: str, remaining: int, wait: int, quota: int, window: int) -> Headers:
    return (
        (b"ratelimit", f'"{name}";r={remaining};t={wait}'.encode()),
        (b"ratelimit-policy", f'"{name}";q={quota};w={window}'.encode()),
    )
