"""Requests that a page of another site lets a browser send."""

from __future__ import annotations

from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from pypi_core.errors import Forbidden
from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.replies import header_of

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"same-origin", "none"})
# Browsers add these to a request only when a script says so, for which they ask us first.
_NEVER_ADDED = frozenset({"bearer", "token"})


class CrossSite:
    """
    Refuse what a page of another site makes a browser send, with the credentials that it keeps for us.

    This holds for every method that may change something, whatever it is addressed to.  Programs other
    than browsers send neither of the two headers that are looked at.
    """

    def __init__(self, application: ASGIApp, proxies: TrustedProxies) -> None:
        self._application = application
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless another site is behind it."""
        if scope["type"] == ScopeType.HTTP and self._is_from_elsewhere(scope):
            raise Forbidden(
                "A page of another site sent this request: send it from this site, or by a program."
            )
        await self._application(scope, receive, send)

    def _is_from_elsewhere(self, scope: HTTPScope) -> bool:
        if scope["method"] in _SAFE:
            return False
        scheme = (header_of(scope, b"authorization") or "").strip().partition(" ")[0]
        if scheme.lower() in _NEVER_ADDED:
            return False
        site = header_of(scope, b"sec-fetch-site")
        if site is not None:
            return site not in _OWN
        # Browsers that are too old to send it, or send it to nobody without TLS.
        origin = header_of(scope, b"origin")
        return origin is not None and _host(origin) != _host(self._proxies.origin(scope))


def _host(origin: str) -> str:
    """Return host and port of an origin, without the port that its scheme has anyway."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return ""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = parts.hostname or ""
    return host if port in {None, usual} else f"{host}:{port}"
