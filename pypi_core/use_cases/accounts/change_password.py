"""Give an account another password."""

from __future__ import annotations

from msgspec.structs import replace

from pypi_core.domain.accounts import Account, Actor, PasswordCredentials, check_password
from pypi_core.domain.origins import NOWHERE, Origin
from pypi_core.domain.permissions import Permit, require_account, require_administrator
from pypi_core.domain.site_events import PasswordChanged, TokenRevoked
from pypi_core.domain.web_sessions import WebSessionId
from pypi_core.ports.accounts import OpenSiteUnitOfWork, SiteUnitOfWork
from pypi_core.ports.environment import PasswordHasher
from pypi_core.use_cases.accounts.authenticate import Authenticate


class ChangePassword:
    """
    Give an account another password; its tokens stay in force unless they are to be revoked.

    All its sessions of browsers end.

    Only the password's hash is stored.  Returns how many tokens were revoked.

    Raises:
        InvalidSetting: The password is not acceptable.
        AccountNotFound: There is no such account.
    """

    def __init__(self, open_unit_of_work: OpenSiteUnitOfWork, passwords: PasswordHasher) -> None:
        self._open_unit_of_work = open_unit_of_work
        self._passwords = passwords

    def __call__(self, actor: Actor, username: str, password: str, *, revoke_tokens: bool = False) -> int:
        return self.store(require_administrator(actor), username, password, revoke_tokens=revoke_tokens)

    def store(
        self,
        permit: Permit,
        username: str,
        password: str,
        *,
        revoke_tokens: bool,
        keep_session: WebSessionId | None = None,
    ) -> int:
        """Do what `__call__` does, with a permit; the session *keep_session* does not end."""
        # Slow by design, so it happens before the transaction.
        password_hash = self._passwords.hash(check_password(password))
        with self._open_unit_of_work(permit) as uow:
            account = uow.accounts.get(username)
            uow.accounts.update(replace(account, password_hash=password_hash))
            uow.record_event(PasswordChanged(username=account.username))
            # Whoever stole a session must not outlast the password.
            uow.web_sessions.end_all(account.id, but=keep_session)
            revoked = _revoke_all(uow, account) if revoke_tokens else 0
            uow.commit()
        return revoked


class ChangeOwnPassword:
    """
    Let the holder of an account, who knows its password, choose another one.

    Returns how many tokens were revoked.  The old password is the only proof: a token is not needed
    and not enough.  Sessions of browsers end, but for *keep_session*.

    Raises:
        InvalidCredentials: User name or password is wrong, or the account is disabled.
        TooMany: Too many logins failed, with this user name or from this address.
        InvalidSetting: The new password is not acceptable.
    """

    def __init__(self, authenticate: Authenticate, change_password: ChangePassword) -> None:
        self._authenticate = authenticate
        self._change_password = change_password

    def __call__(
        self,
        credentials: PasswordCredentials,
        new_password: str,
        *,
        revoke_tokens: bool = False,
        origin: Origin = NOWHERE,
        keep_session: WebSessionId | None = None,
    ) -> int:
        check_password(new_password)
        actor = self._authenticate(credentials, origin)
        permit = require_account(actor, credentials.username)
        return self._change_password.store(
            permit, actor.username, new_password, revoke_tokens=revoke_tokens, keep_session=keep_session
        )


def _revoke_all(uow: SiteUnitOfWork, account: Account) -> int:
    tokens = uow.tokens.of(account.id)
    for each in tokens:
        uow.tokens.revoke(each.id)
        uow.record_event(TokenRevoked(username=account.username, token=each.id, description=each.description))
    return len(tokens)
