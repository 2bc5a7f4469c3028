"""Which index a request is addressed to, under which URL, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

import msgspec
from litestar.types import HTTPScope

from pypi_core.domain.accounts import ANONYMOUS, Actor
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_core.use_cases.accounts.web_sessions import RecognisedSession
from pypi_http_api.replies import Reply

ADDRESSED: Final = "addressed"
"""The key in the state of the scope."""


class Addressed(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the layers found out about a request.

    Attributes:
        path: The path below ``root``, percent-encoded as it was sent.
        root: Where the index is served, such as ``/i/test``; empty at the root.
        index: The index; ``None`` for what belongs to none, such as the health of the server.
        name: Its name.
        site: The site of all indexes; ``None`` where *index* is.
        base_url: The absolute URL of ``root``, without ``/`` at its end.
        site_root: Where the site is served.
        site_url: The absolute URL of ``site_root``, without ``/`` at its end.
        only_head: Whether nobody wants the body: HEAD, which was made a GET.
        actor: Who sent it; anonymous before the credentials were looked at.
        session: The session of the browser that sent it, for pages alone.
        client: Returns the network address of the client.
        remember_reply: Takes an answer that is the same for everybody, to be given again, and the project
            that it depends on.
    """

    path: str
    root: str
    index: Index | None = None
    name: IndexName | None = None
    site: Site | None = None
    base_url: str = ""
    site_root: str = ""
    site_url: str = ""
    only_head: bool = False
    actor: Actor = ANONYMOUS
    session: RecognisedSession | None = None
    client: Callable[[], str] | None = None
    remember_reply: Callable[[Reply, NormalizedName | None], None] | None = None


def addressed_of(scope: HTTPScope) -> Addressed:
    """Return what is known of a request so far; nothing but its path before the first layer saw it."""
    found = scope.get("state", {}).get(ADDRESSED)
    return cast("Addressed", found) if found else Addressed(path=scope["path"], root="")
