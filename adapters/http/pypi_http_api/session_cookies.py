"""The cookies by which a browser is recognised, and where one may be given."""

from __future__ import annotations

import hashlib
import ipaddress
from urllib.parse import urlsplit

from litestar.datastructures import Cookie
from litestar.types import HTTPScope

from pypi_http_api.replies import header_of

_DIGITS = 6
_LONGEST_HEADER = 8192


class SessionCookies:
    """
    Names and writes the cookies of one site.

    ``__Host-`` makes browsers refuse them unless they are for this host alone, for all paths, and over TLS.
    The digits of port and path keep several servers below one host name apart.

    Attributes:
        session: The name of the cookie with the secret of a session.
        form: The name of the one with the secret that forms have before anybody is logged in.
    """

    def __init__(self, site_url: str) -> None:
        parts = urlsplit(site_url)
        place = f"{parts.port}{parts.path}"
        digits = hashlib.sha256(place.encode()).hexdigest()[:_DIGITS]
        self.session = f"__Host-session-{digits}"
        self.form = f"__Host-form-{digits}"

    def open_session(self, secret: str, seconds: int) -> Cookie:
        """Return what gives a browser a session for so long."""
        # Lax: links from other sites find somebody logged in, forms of other sites do not.
        return Cookie(self.session, value=secret, max_age=seconds, secure=True, httponly=True, samesite="lax")

    def close_session(self) -> Cookie:
        """Return what takes the session from a browser."""
        return Cookie(self.session, value="", max_age=0, secure=True, httponly=True, samesite="lax")

    def give_form(self, secret: str) -> Cookie:
        """Return what gives a browser a secret for its forms, until it is closed."""
        return Cookie(self.form, value=secret, secure=True, httponly=True, samesite="strict")


def cookie_of(scope: HTTPScope, name: str) -> str:
    """Return a cookie, empty where the request has none of that name or more than one."""
    header = header_of(scope, b"cookie") or ""
    if len(header) > _LONGEST_HEADER:
        return ""
    values = [
        value.strip()
        for known, _equals, value in (each.partition("=") for each in header.replace(",", ";").split(";"))
        if known.strip() == name
    ]
    return values[0] if len(values) == 1 else ""


def is_safe_for_cookies(origin: str) -> bool:
    """Return whether nobody on the way reads what is sent to *origin*: https, or this very machine."""
    parts = urlsplit(origin)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
