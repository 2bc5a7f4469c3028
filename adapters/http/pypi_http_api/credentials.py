"""From the headers of a request to who sent it."""

from __future__ import annotations

import base64
import binascii

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from pypi_core.domain.accounts import PasswordCredentials, TokenCredentials
from pypi_core.errors import PasswordNotAccepted
from pypi_core.site import Site
from pypi_http_api.pools import Pools
from pypi_http_api.replies import header_of

_TOKEN_USER = "__token__"


def parse_authorization(header: str) -> TokenCredentials | PasswordCredentials | None:
    """Return the credentials in an ``Authorization`` header; what is malformed counts as none."""
    scheme, _space, value = header.strip().partition(" ")
    value = value.strip()
    match scheme.lower():
        case "bearer" | "token" if value:
            return TokenCredentials(value)
        case "basic":
            return _basic(value)
        case _:
            return None


def _basic(value: str) -> TokenCredentials | PasswordCredentials | None:
    try:
        username, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    if not colon or not (username or password):
        return None
    if username.strip() == _TOKEN_USER:
        return TokenCredentials(password.strip())
    return PasswordCredentials(username, password)


class Credentials:
    """
    Puts who sent a request into the state of the scope, as ``actor``.

    A password is refused without a look at it: it is good for nothing here, and looking
    is slow.  Anonymous requests cost nothing.
    """

    def __init__(self, application: ASGIApp, site: Site, pools: Pools) -> None:
        self._application = application
        self._site = site
        self._pools = pools

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the credentials, then pass the request on."""
        if scope["type"] == ScopeType.HTTP and "index" in scope["state"]:
            header = header_of(scope, b"authorization")
            credentials = parse_authorization(header) if header else None
            if isinstance(credentials, PasswordCredentials):
                raise PasswordNotAccepted
            if credentials is not None:
                scope["state"]["actor"] = await self._pools.read(self._site.authenticate, credentials)
        await self._application(scope, receive, send)
