"""What happened to the site, in the past tense; each event is one entry of the audit log."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pypi_core.domain.accounts import TokenId, TokenScope
from pypi_core.domain.indexes import IndexName, IndexSettings
from pypi_core.domain.web_sessions import WebSessionId


class SiteEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to accounts, tokens or the list of indexes; no field is a secret."""

    index: IndexName | None = None


class AccountRegistered(SiteEvent, frozen=True, kw_only=True):
    """Somebody can log in from now on."""

    username: str
    is_administrator: bool


class PasswordChanged(SiteEvent, frozen=True, kw_only=True):
    """An account has another password."""

    username: str


class AccountDisabled(SiteEvent, frozen=True, kw_only=True):
    """Nothing of an account is accepted any more, until it is enabled."""

    username: str


class AccountEnabled(SiteEvent, frozen=True, kw_only=True):
    """A disabled account can be used again."""

    username: str


class AccountDeleted(SiteEvent, frozen=True, kw_only=True):
    """An account is gone, with its tokens."""

    username: str


class LoggedIn(SiteEvent, frozen=True, kw_only=True):
    """Somebody logged in with a browser; the session is told by its id."""

    username: str
    session: WebSessionId


class LoggedOut(SiteEvent, frozen=True, kw_only=True):
    """A session of a browser was ended."""

    username: str
    session: WebSessionId


class SecondFactorAdded(SiteEvent, frozen=True, kw_only=True):
    """An account has an authenticator app: logging in needs a code of it from now on."""

    username: str


class SecondFactorRemoved(SiteEvent, frozen=True, kw_only=True):
    """An account has no authenticator app any more."""

    username: str


class RecoveryCodeUsed(SiteEvent, frozen=True, kw_only=True):
    """Somebody logged in with a recovery code; *left* says how many there still are."""

    username: str
    left: int


class EmailAddressProved(SiteEvent, frozen=True, kw_only=True):
    """Somebody read what was sent to the address of an account, which it has from now on."""

    username: str


class TokenIssued(SiteEvent, frozen=True, kw_only=True):
    """There is a token more; it is told by its id."""

    username: str
    token: TokenId
    description: str
    scope: TokenScope
    expires: datetime | None


class TokenRevoked(SiteEvent, frozen=True, kw_only=True):
    """A token is out of force."""

    username: str
    token: TokenId
    description: str


class IndexCreated(SiteEvent, frozen=True, kw_only=True):
    """There is an index more."""

    settings: IndexSettings


class IndexConfigured(SiteEvent, frozen=True, kw_only=True):
    """An index has other settings: all of them, as they are from now on."""

    settings: IndexSettings


class BackupRestored(SiteEvent, frozen=True, kw_only=True):
    """Everything is what it was when a backup was made."""

    made: datetime
