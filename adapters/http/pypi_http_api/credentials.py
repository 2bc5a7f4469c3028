"""From the headers of a request to who sent it."""

from __future__ import annotations

import base64
import binascii
from functools import partial

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from msgspec.structs import replace

from pypi_core.domain.accounts import ANONYMOUS, Actor, PasswordCredentials, TokenCredentials
from pypi_core.domain.origins import Origin, origin_of
from pypi_core.errors import InvalidCredentials, PasswordNotAccepted, TooMany
from pypi_core.site import Site
from pypi_http_api.addressed import ADDRESSED, addressed_of
from pypi_http_api.pools import Pools
from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.replies import header_of
from pypi_http_api.request_ids import current_request_id

_TOKEN_USER = "__token__"
# The layers in front make a GET of HEAD.
_READING = frozenset({"GET", "OPTIONS"})
# Calls are judged one by one where they are read; all that can be called by XML-RPC reads.
_CALLING = frozenset({"/rpc", "/rpc/", "/pypi", "/pypi/", "/RPC2", "/RPC2/"})


def parse_authorization(header: str) -> TokenCredentials | PasswordCredentials | None:
    """
    Return the credentials in an ``Authorization`` header, ``None`` where it has none.

    Empty ones count as none: tools send them where nothing is configured.

    Raises:
        InvalidCredentials: The header has another form than ours.
    """
    scheme, _space, value = header.strip().partition(" ")
    value = value.strip()
    match scheme.lower():
        case "":
            return None
        case "bearer" | "token":
            if not value:
                raise _unreadable("there is no token after its scheme")
            return TokenCredentials(value)
        case "basic":
            return _basic(value)
        case _:
            raise _unreadable("its scheme is neither Bearer nor Basic")


def _basic(value: str) -> TokenCredentials | PasswordCredentials | None:
    try:
        decoded = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise _unreadable("what follows 'Basic' is not base64") from None
    try:
        username, colon, password = decoded.decode().partition(":")
    except UnicodeDecodeError:
        raise _unreadable("user name and password are not UTF-8") from None
    if not colon:
        raise _unreadable("there is no colon between user name and password")
    if not (username or password):
        return None
    if username.strip() == _TOKEN_USER:
        return TokenCredentials(password.strip())
    return PasswordCredentials(username, password)


def _unreadable(why: str) -> InvalidCredentials:
    return InvalidCredentials(
        f"The Authorization header cannot be read: {why}. "
        "Send 'Bearer TOKEN', or 'Basic' with the base64 of '__token__:TOKEN' in UTF-8."
    )


class Credentials:
    """
    Puts who sent a request, and from where, into its `Addressed`.

    A password is refused without a look at it: it is good for nothing here, and looking is
    slow.  Anonymous requests cost nothing.

    A request with credentials that are not good is anonymous, and its actor carries what was
    wrong with them: installers send what they find in a forgotten file, and what everybody may
    read must not fail for that.  Whatever needs to know the actor answers with that error
    (`pypi_core.domain.permissions.require_known`); what changes something is refused here,
    before its body is read, but for calls, which are judged one by one.

    A request that changes something on a private index passes only if its actor may read it, so
    that no refusal says what the index holds.
    """

    def __init__(self, application: ASGIApp, site: Site, pools: Pools, proxies: TrustedProxies) -> None:
        self._application = application
        self._site = site
        self._pools = pools
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the credentials, then pass the request on."""
        if scope["type"] == ScopeType.HTTP and (index := addressed_of(scope).index):
            actor = await self._actor(scope)
            addressed = replace(addressed_of(scope), actor=actor, client=partial(self._proxies.client, scope))
            scope["state"][ADDRESSED] = addressed
            if scope["method"] not in _READING and addressed.path not in _CALLING:
                if actor.refused:
                    raise actor.refused
                await self._pools.read(index.reading.authorise, actor)
        await self._application(scope, receive, send)

    async def _actor(self, scope: HTTPScope) -> Actor:
        header = header_of(scope, b"authorization")
        try:
            credentials = parse_authorization(header) if header else None
            if isinstance(credentials, PasswordCredentials):
                raise PasswordNotAccepted
            if credentials is not None:
                return await self._pools.read(self._site.authenticate, credentials, self._origin(scope))
        except (InvalidCredentials, PasswordNotAccepted, TooMany) as error:
            return replace(ANONYMOUS, origin=self._origin(scope), refused=error)
        if scope["method"] in _READING:
            return ANONYMOUS
        # A call may be a login, and those that fail are counted by where they come from.
        return replace(ANONYMOUS, origin=self._origin(scope))

    def _origin(self, scope: HTTPScope) -> Origin:
        user_agent = header_of(scope, b"user-agent") or ""
        return origin_of(self._proxies.client(scope), user_agent, current_request_id.get())
