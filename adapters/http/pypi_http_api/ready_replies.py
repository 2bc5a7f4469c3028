"""
The seam for what gives whole replies again without asking the application.

A server puts an `Offer` under `EXTENSION` into the extensions of the scope.  The application calls it once
the reply is sent, if the same bytes but for their date and request id may be given to whoever sends the same
request: to the same paths from the same kind of peer, without credentials, while the validity holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

import msgspec
from litestar.types import HTTPScope

from pypi_http_api.freshness import Validity

EXTENSION: Final = "pypi.ready_reply"
"""The key in the extensions of the scope."""


class ReadyReply(msgspec.Struct, frozen=True, kw_only=True):
    """
    A reply that may be given again.

    Attributes:
        validity: Whether it still may; to be looked at after `Freshness` was asked.
        count: Counts that it was given so many times more.
        log: Writes the line of one more request, from a client, with its id; ``None`` where none is
            written.
    """

    validity: Validity
    count: Callable[[int], None]
    log: Callable[[tuple[str, int] | None, str], None] | None = None


Offer = Callable[[ReadyReply], None]
"""Takes the reply to the request that it came with."""


def offer_of(scope: HTTPScope) -> Offer | None:
    """Return what takes the reply to a request, if the server takes any."""
    extensions = cast("dict[str, Offer]", scope.get("extensions") or {})
    return extensions.get(EXTENSION)
