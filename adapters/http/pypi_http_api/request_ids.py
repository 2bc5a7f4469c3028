"""A name for each request, by which its log lines are found again."""

from __future__ import annotations

import random
import re
from contextvars import ContextVar
from typing import Final

from litestar.types import HTTPScope

from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.replies import header_of

HEADER: Final = b"x-request-id"

current_request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered here, in its task and in the threads that work for it."""

# What proxies make up: hexadecimal digits, UUIDs, and words with a number.
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
# Nobody is let in by it, so that a quick one will do.
_random = random.Random()  # noqa: S311


def request_id_of(scope: HTTPScope, proxies: TrustedProxies) -> str:
    """
    Return the id that a trusted proxy gave to a request, a new one otherwise.

    Others could name the id of another request, or write into log lines.
    """
    peer = scope.get("client")
    if peer is not None and proxies.trusts(peer[0]):
        given = header_of(scope, HEADER)
        if given and _ACCEPTABLE.match(given):
            return given
    return f"{_random.getrandbits(64):016x}"
