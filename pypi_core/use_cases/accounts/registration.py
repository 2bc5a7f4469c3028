"""Register by oneself, prove an e-mail address, and get a new password by it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from pypi_core.domain.accounts import (
    Account,
    AccountState,
    Actor,
    check_email_address,
    check_password,
    check_username,
)
from pypi_core.domain.one_time_secrets import (
    ENTROPY,
    LIFETIMES,
    OneTimePurpose,
    OneTimeSecret,
    one_time_hash,
)
from pypi_core.domain.origins import Origin, network_of
from pypi_core.domain.permissions import permit_holder, permit_stranger, require_account, require_own_session
from pypi_core.domain.rate_limits import RateLimits
from pypi_core.domain.site_events import AccountRegistered, EmailAddressProved, PasswordChanged
from pypi_core.errors import Invalid, NotAllowed, OneTimeSecretNotFound, united
from pypi_core.ports.accounts import OpenSiteSnapshot, OpenSiteUnitOfWork, SiteUnitOfWork
from pypi_core.ports.environment import Clock, PasswordHasher, Randomness
from pypi_core.ports.mail import Mail, MailMessage
from pypi_core.ports.rate_limits import RateLimiter


class RegistrationTerms(msgspec.Struct, frozen=True, kw_only=True):
    """
    What people may do by themselves.

    Attributes:
        is_open: Whether they register.
        url: Where people reach the site, without ``/`` at its end: links in messages begin with it,
            because what a request says of that can be invented.
    """

    is_open: bool = False
    url: str = ""


@dataclass(frozen=True, eq=False)
class Letters:
    """Writes and sends messages with links that are good once; *mail* is ``None`` where none are sent."""

    mail: Mail | None
    rate_limiter: RateLimiter
    limits: RateLimits
    clock: Clock
    randomness: Randomness
    terms: RegistrationTerms

    def require(self, address: str, origin: Origin) -> str:
        """
        Count a message that somebody asks for, and return its address, checked.

        Raises:
            NotAllowed: No messages are sent.
            Invalid: It is not an address.
            TooMany: Too many were asked for.
        """
        if self.mail is None:
            raise NotAllowed("This server sends no e-mail: ask an administrator.")
        checked = check_email_address(address)
        if limit := self.limits.messages:
            network = [network_of(origin.address)] if origin.address else []
            for subject in (*network, checked.lower()[:64]):
                self.rate_limiter.take(limit, subject, self.clock.now()).require()
        return checked

    def new_link(self, uow: SiteUnitOfWork, account: Account, purpose: OneTimePurpose, address: str) -> str:
        """Return a secret that is good once, in place of others for the same; *uow* stores its hash."""
        secret = self.randomness.bytes(ENTROPY).hex()
        uow.one_time_secrets.remove_all(account.id, purpose)
        uow.one_time_secrets.add(
            OneTimeSecret(
                secret_hash=one_time_hash(secret),
                purpose=purpose,
                account_id=account.id,
                expires=self.clock.now() + LIFETIMES[purpose],
                address=address,
            )
        )
        return secret

    def send(self, address: str, subject: str, text: str, path: str = "", secret: str = "") -> None:
        """Send a message, with a link to *path* if there is one."""
        if self.mail is None:
            return
        link = f"\n\n{self.terms.url}{path}?secret={quote(secret)}\n" if path else "\n"
        self.mail.send(MailMessage(to=address, subject=subject, text=f"{text}{link}"))


@dataclass(frozen=True, eq=False)
class RegisterByOneself:
    """
    Create an account that can be used once its e-mail address is proved.

    The answer is the same where another account has the address: its holder is told by a message.

    Raises:
        NotAllowed: People do not register here.
        Invalid: User name, address or password is not acceptable.
        AccountAlreadyExists: The user name is taken.
        TooMany: Too many messages were asked for.
    """

    open_unit_of_work: OpenSiteUnitOfWork
    passwords: PasswordHasher
    letters: Letters

    def __call__(self, username: str, address: str, password: str, origin: Origin) -> None:
        if not self.letters.terms.is_open:
            raise NotAllowed("Nobody registers here by themselves: ask an administrator for an account.")
        problems = []
        for check, value in (
            (check_username, username),
            (check_email_address, address),
            (check_password, password),
        ):
            try:
                check(value)
            except Invalid as error:
                problems.append(error)
        if problems:
            raise united(problems)
        address = self.letters.require(address, origin)
        password_hash = self.passwords.hash(password)
        with self.open_unit_of_work(permit_stranger(origin)) as uow:
            # Made in both cases: whether the name is free afterwards would say whether the address was.
            account = uow.accounts.add(
                username, password_hash, self.letters.clock.now(), is_administrator=False
            )
            uow.accounts.update(replace(account, state=AccountState.DISABLED))
            is_free = uow.email_addresses.holder(address) is None
            secret = self.letters.new_link(uow, account, OneTimePurpose.CONFIRM_ADDRESS, address)
            if not is_free:
                uow.one_time_secrets.remove_all(account.id)
            uow.record_event(AccountRegistered(username=account.username, is_administrator=False))
            uow.commit()
        if is_free:
            self.letters.send(
                address,
                "Confirm your e-mail address",
                f"Somebody, probably you, registered as {username}. Open this link within a day to begin:",
                "/account/address/confirm/",
                secret,
            )
        else:
            self.letters.send(
                address,
                "You have an account already",
                f"Somebody, perhaps you, tried to register as {username} with this address. It belongs to "
                "your account already. If you forgot your password, ask for a new one on the log-in page.",
            )


@dataclass(frozen=True, eq=False)
class AskToProveAddress:
    """
    Send a link to a new address of the actor's own account; the address is stored once it was opened.

    Raises:
        NotAllowed: No messages are sent.
        Invalid: It is not an address.
        TooMany: Too many messages were asked for.
    """

    open_snapshot: OpenSiteSnapshot
    open_unit_of_work: OpenSiteUnitOfWork
    letters: Letters

    def __call__(self, actor: Actor, address: str) -> None:
        permit = require_own_session(actor)
        address = self.letters.require(address, actor.origin)
        with self.open_unit_of_work(permit) as uow:
            account = uow.accounts.get(actor.username)
            secret = self.letters.new_link(uow, account, OneTimePurpose.CONFIRM_ADDRESS, address)
            uow.commit()
        self.letters.send(
            address,
            "Confirm your e-mail address",
            f"Open this link within a day to use this address for the account {actor.username}:",
            "/account/address/confirm/",
            secret,
        )

    def own(self, actor: Actor) -> str:
        """Return the proved address of the actor's own account, empty for none."""
        require_account(actor, actor.username)
        with self.open_snapshot() as snapshot:
            return snapshot.email_addresses.of(snapshot.accounts.get(actor.username).id)


@dataclass(frozen=True, eq=False)
class ProveAddress:
    """
    Store the address to which a link was sent, and enable the account that was registered with it.

    Raises:
        OneTimeSecretNotFound: The link was used already, or is too old.
        Invalid: Another account proved the address meanwhile.
    """

    open_snapshot: OpenSiteSnapshot
    open_unit_of_work: OpenSiteUnitOfWork
    clock: Clock

    def __call__(self, secret: str, origin: Origin) -> None:
        found, account = _opened(self.open_snapshot, secret, OneTimePurpose.CONFIRM_ADDRESS, self.clock)
        # Only a link to an account that was registered by oneself opens one that is disabled: disabling takes
        # all links away.
        active = replace(account, state=AccountState.ACTIVE)
        with self.open_unit_of_work(permit_holder(active, origin)) as uow:
            if not uow.one_time_secrets.take(found.secret_hash):
                raise OneTimeSecretNotFound
            if not uow.email_addresses.put(account.id, found.address):
                raise Invalid("Another account has this address: use another address.")
            if account.state is AccountState.DISABLED:
                uow.accounts.update(active)
            uow.record_event(EmailAddressProved(username=account.username))
            uow.commit()


@dataclass(frozen=True, eq=False)
class AskForNewPassword:
    """
    Send a link by which a new password is chosen; without an account of that address nothing is sent or said.

    Raises:
        NotAllowed: No messages are sent.
        Invalid: It is not an address.
        TooMany: Too many messages were asked for.
    """

    open_snapshot: OpenSiteSnapshot
    open_unit_of_work: OpenSiteUnitOfWork
    letters: Letters

    def __call__(self, address: str, origin: Origin) -> None:
        address = self.letters.require(address, origin)
        with self.open_snapshot() as snapshot:
            holder = snapshot.email_addresses.holder(address)
            account = None if holder is None else snapshot.accounts.by_id(holder)
        if account is None or account.state is not AccountState.ACTIVE:
            return
        with self.open_unit_of_work(permit_holder(account, origin)) as uow:
            secret = self.letters.new_link(uow, account, OneTimePurpose.RESET_PASSWORD, address)
            uow.commit()
        self.letters.send(
            address,
            "Choose a new password",
            f"Somebody, probably you, asked for a new password of the account {account.username}. If it was "
            "you, open this link within an hour; else do nothing:",
            "/account/new-password/",
            secret,
        )


@dataclass(frozen=True, eq=False)
class ChooseNewPassword:
    """
    Store the password that somebody chose by a link; all sessions end, an authenticator app stays.

    Raises:
        OneTimeSecretNotFound: The link was used already, or is too old.
        Invalid: The password is not acceptable.
    """

    open_snapshot: OpenSiteSnapshot
    open_unit_of_work: OpenSiteUnitOfWork
    passwords: PasswordHasher
    clock: Clock

    def __call__(self, secret: str, password: str, origin: Origin) -> None:
        found, account = _opened(self.open_snapshot, secret, OneTimePurpose.RESET_PASSWORD, self.clock)
        permit = permit_holder(account, origin)
        password_hash = self.passwords.hash(check_password(password))
        with self.open_unit_of_work(permit) as uow:
            if not uow.one_time_secrets.take(found.secret_hash):
                raise OneTimeSecretNotFound
            uow.accounts.update(replace(uow.accounts.get(account.username), password_hash=password_hash))
            uow.one_time_secrets.remove_all(account.id)
            uow.web_sessions.end_all(account.id)
            uow.record_event(PasswordChanged(username=account.username))
            uow.commit()


def _opened(
    open_snapshot: OpenSiteSnapshot, secret: str, purpose: OneTimePurpose, clock: Clock
) -> tuple[OneTimeSecret, Account]:
    with open_snapshot() as snapshot:
        found = snapshot.one_time_secrets.find(one_time_hash(secret))
        if found is None or found.purpose is not purpose or found.expires <= clock.now():
            raise OneTimeSecretNotFound
        return found, snapshot.accounts.by_id(found.account_id)
