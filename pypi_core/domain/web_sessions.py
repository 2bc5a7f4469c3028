"""Sessions of people who logged in with a browser."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final, NewType

import msgspec

from pypi_core.domain.accounts import AccountId
from pypi_core.domain.origins import AuditedOrigin

WebSessionId = NewType("WebSessionId", str)

WebSessionSecret = NewType("WebSessionSecret", str)
"""What the cookie of a browser says; never stored, never logged."""

SECRET_BYTES: Final = 32
SEEN_EVERY: Final = timedelta(minutes=5)
"""How exactly it is stored when a session was last used."""


class WebSession(msgspec.Struct, frozen=True, kw_only=True):
    """
    A log-in with a browser, as it is stored: without its secret, whose hash finds it.

    Attributes:
        id: What lists call it; it opens nothing.
        account_id: Whose it is.
        secret_hash: The SHA-256 of the secret.
        created: When the log-in was.
        seen: When it was last used, to about five minutes.
        proved: When its owner last showed that they are who they are.
        expires: When it ends, however much it is used.
        origin: Where the log-in came from.
    """

    id: WebSessionId
    account_id: AccountId
    secret_hash: str
    created: datetime
    seen: datetime
    proved: datetime
    expires: datetime
    origin: AuditedOrigin = AuditedOrigin()


class SessionTerms(msgspec.Struct, frozen=True, kw_only=True):
    """
    How long sessions last, and how many an account has.

    Attributes:
        idle: How long one lasts that is not used.
        longest: How long one lasts at the most.
        proof: How long after a log-in dangerous things can be done without another.
        most: How many an account has at most.
    """

    idle: timedelta = timedelta(days=7)
    longest: timedelta = timedelta(days=30)
    proof: timedelta = timedelta(minutes=15)
    most: int = 100

    def is_over(self, session: WebSession, now: datetime) -> bool:
        """Return whether *session* opens nothing any more."""
        return now >= session.expires or now >= session.seen + self.idle

    def is_proved(self, session: WebSession, now: datetime) -> bool:
        """Return whether the owner of *session* logged in so lately that dangerous things are permitted."""
        return now < session.proved + self.proof


def session_secret_hash(secret: str) -> str:
    """Return what is stored of a secret; it is random enough that one plain hash is safe."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def form_token(secret: str) -> str:
    """Return what the forms of a session carry: only pages made for its browser show it."""
    return hmac.new(secret.encode("utf-8", "replace"), b"form", hashlib.sha256).hexdigest()


def is_form_token(token: str, secret: str) -> bool:
    """Return whether *token* is that of *secret*; the time taken does not tell how much of it is right."""
    return hmac.compare_digest(token.encode("utf-8", "replace"), form_token(secret).encode())
