"""From the headers of a request to who sent it."""

from __future__ import annotations

import base64
import binascii

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from msgspec.structs import replace

from pypi_core.domain.accounts import ANONYMOUS, Actor, PasswordCredentials, TokenCredentials
from pypi_core.domain.origins import Origin, origin_of
from pypi_core.errors import InvalidCredentials, PasswordNotAccepted, TooMany
from pypi_core.site import Site
from pypi_http_api.pools import Pools
from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.replies import header_of

_TOKEN_USER = "__token__"
# The layers in front make a GET of HEAD.
_READING = frozenset({"GET", "OPTIONS"})
# All that can be called by XML-RPC reads.
_CALLING = frozenset({"/pypi", "/pypi/", "/RPC2", "/RPC2/"})


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
    Puts who sent a request, and from where, into the state of the scope as ``actor``.

    A password is refused without a look at it: it is good for nothing here, and looking is
    slow.  Anonymous requests cost nothing.

    Who reads with credentials that are no good is taken for nobody: installers send what
    they find in a forgotten file, and what everybody may read must not fail for that.  Where
    reading needs credentials, ``refused`` in the state tells what was wrong with these.
    """

    def __init__(self, application: ASGIApp, site: Site, pools: Pools, proxies: TrustedProxies) -> None:
        self._application = application
        self._site = site
        self._pools = pools
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the credentials, then pass the request on."""
        if scope["type"] == ScopeType.HTTP and "index" in scope["state"]:
            header = header_of(scope, b"authorization")
            credentials = parse_authorization(header) if header else None
            if credentials is not None:
                try:
                    scope["state"]["actor"] = await self._actor(credentials, scope)
                except (InvalidCredentials, PasswordNotAccepted, TooMany) as error:
                    if scope["method"] not in _READING and scope["state"]["path"] not in _CALLING:
                        raise
                    scope["state"]["refused"] = error
            elif scope["method"] == "POST":
                # A call may be a login, and those that fail are counted by where they come from.
                scope["state"]["actor"] = replace(ANONYMOUS, origin=self._origin(scope))
        await self._application(scope, receive, send)

    async def _actor(self, credentials: TokenCredentials | PasswordCredentials, scope: HTTPScope) -> Actor:
        if isinstance(credentials, PasswordCredentials):
            raise PasswordNotAccepted
        return await self._pools.read(self._site.authenticate, credentials, self._origin(scope))

    def _origin(self, scope: HTTPScope) -> Origin:
        return origin_of(self._proxies.client(scope), header_of(scope, b"user-agent") or "")
