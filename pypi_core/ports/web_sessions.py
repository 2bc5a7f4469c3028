"""The sessions of people who logged in with a browser."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pypi_core.domain.accounts import AccountId, TokenId
from pypi_core.domain.web_sessions import WebSession, WebSessionId


class WebSessionReader(Protocol):
    """The sessions; whether one has expired is not looked at here."""

    def find(self, secret_hash: str) -> WebSession | None:
        """Return the session whose secret has this hash."""
        ...

    def of(self, account_id: AccountId) -> Sequence[WebSession]:
        """Return an account's sessions, the one used last first."""
        ...


class WebSessions(WebSessionReader, Protocol):
    """The sessions, writable."""

    def add(self, session: WebSession) -> None:
        """Add a session under its own new id."""
        ...

    def prove(self, session_id: WebSessionId, moment: datetime) -> None:
        """Note that the owner of a session showed who they are; one that is gone stays gone."""
        ...

    def end(self, account_id: AccountId, session_id: WebSessionId) -> bool:
        """End a session of this account for good; return whether there was one."""
        ...

    def end_all(self, account_id: AccountId, *, but: WebSessionId | None = None) -> int:
        """End the sessions of an account, all *but* one if it is given, and return how many that were."""
        ...


class Sightings(Protocol):
    """
    When sessions and tokens were last used: each call is a transaction of its own.

    Apart from units of work, because it says nothing of who may do what: no cache is dropped for it,
    and it has no entry in the audit log.
    """

    def saw_session(self, session_id: WebSessionId, moment: datetime) -> None:
        """Note that a session was used; one that is gone stays gone."""
        ...

    def saw_token(self, token_id: TokenId, moment: datetime) -> None:
        """Note that a token was used; one that is gone stays gone."""
        ...

    def forget_sessions(self, expired: datetime, unseen_since: datetime) -> int:
        """
        Drop the sessions that expired at *expired*, or were last used at *unseen_since*, or earlier.

        Secrets that are good once are dropped with them.  Returns how many sessions there were.
        """
        ...
