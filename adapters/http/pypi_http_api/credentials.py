"""From the headers of a request to who sent it."""

from __future__ import annotations

import base64
import binascii
from functools import partial

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from msgspec.structs import replace

from pypi_core.domain.accounts import ANONYMOUS, Actor, PasswordCredentials, TokenCredentials
from pypi_core.domain.origins import Origin, origin_of
from pypi_core.errors import InvalidCredentials, PasswordNotAccepted, TooMany
from pypi_core.site import Site
from pypi_core.use_cases.accounts.web_sessions import RecognisedSession
from pypi_http_api.addressed import ADDRESSED, addressed_of
from pypi_http_api.pools import Pools
from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.replies import header_of
from pypi_http_api.request_ids import current_request_id
from pypi_http_api.session_cookies import SessionCookies, cookie_of, is_safe_for_cookies

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


_FORMS = frozenset({"account", "manage"})


def _stored_nowhere(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [each for each in message["headers"] if each[0].lower() != b"cache-control"]
            message["headers"] = [*others, (b"cache-control", b"no-store")]
        await send(message)

    return sending


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

    Pages alone also take the cookie of a session, and forms only of people's accounts and what they manage:
    a browser sends it by itself, and what programs call must not be called by any page that is open.  What is
    answered to a session is stored nowhere.

    Args:
        application: What comes behind.
        site: Knows accounts and sessions.
        pools: Threads to ask it in.
        proxies: Say where a request came from.
        pages: The first parts of the paths of pages.
    """

    def __init__(
        self,
        application: ASGIApp,
        site: Site,
        pools: Pools,
        proxies: TrustedProxies,
        pages: frozenset[str] = frozenset(),
    ) -> None:
        self._pages = pages
        self._application = application
        self._site = site
        self._pools = pools
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the credentials, then pass the request on."""
        if scope["type"] == ScopeType.HTTP and (index := addressed_of(scope).index):
            actor = await self._actor(scope)
            addressed = replace(addressed_of(scope), actor=actor, client=partial(self._proxies.client, scope))
            if actor.is_anonymous and actor.refused is None and (session := await self._session(scope)):
                actor, send = session.actor, _stored_nowhere(send)
                addressed = replace(addressed, actor=actor, session=session, remember_reply=None)
            scope["state"][ADDRESSED] = addressed
            if scope["method"] not in _READING and addressed.path not in _CALLING:
                if actor.refused:
                    raise actor.refused
                if not addressed.path.startswith("/account/"):
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

    async def _session(self, scope: HTTPScope) -> RecognisedSession | None:
        addressed = addressed_of(scope)
        first = addressed.path.split("/", 2)[1]
        if first not in (self._pages if scope["method"] in _READING else _FORMS & self._pages):
            return None
        secret = cookie_of(scope, SessionCookies(addressed.site_url).session)
        if not (secret and is_safe_for_cookies(addressed.site_url)):
            return None
        return await self._pools.read(self._site.recognise_session, secret, self._origin(scope))

    def _origin(self, scope: HTTPScope) -> Origin:
        user_agent = header_of(scope, b"user-agent") or ""
        return origin_of(self._proxies.client(scope), user_agent, current_request_id.get())
