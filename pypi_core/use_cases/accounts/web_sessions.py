"""Log in with a browser, be recognised, and log out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from pypi_core.domain.accounts import (
    Account,
    AccountState,
    Actor,
    PasswordCredentials,
    Proof,
)
from pypi_core.domain.one_time_secrets import (
    ENTROPY,
    LIFETIMES,
    OneTimePurpose,
    OneTimeSecret,
    one_time_hash,
)
from pypi_core.domain.origins import NOWHERE, AuditedOrigin, Origin
from pypi_core.domain.permissions import Permit, permit_holder, require_account, require_own_session
from pypi_core.domain.site_events import LoggedIn, LoggedOut
from pypi_core.domain.web_sessions import (
    SECRET_BYTES,
    SEEN_EVERY,
    SessionTerms,
    WebSession,
    WebSessionId,
    WebSessionSecret,
    session_secret_hash,
)
from pypi_core.errors import InvalidCredentials, OneTimeSecretNotFound
from pypi_core.ports.accounts import OpenSiteSnapshot, OpenSiteUnitOfWork
from pypi_core.ports.environment import Clock, Randomness
from pypi_core.ports.web_sessions import Sightings
from pypi_core.use_cases.accounts.authenticate import Authenticate
from pypi_core.use_cases.accounts.limit_logins import LimitLogins
from pypi_core.use_cases.accounts.second_factors import spend_code
from pypi_core.use_cases.reading.access import SiteReading

_IDENTIFIER_BYTES = 8


class OpenedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A new session; *secret* is what its browser is given, and cannot be read again."""

    session: WebSession
    secret: WebSessionSecret


class RecognisedSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who a browser belongs to, and whether they proved it so lately that dangerous things are permitted."""

    actor: Actor
    session: WebSession
    secret: WebSessionSecret
    is_proved: bool


@dataclass(frozen=True, eq=False)
class OpenSession:
    """
    Open a session for an account whose holder showed all that is asked for.

    Its secret is new, whatever the browser sent: nobody can choose the session of somebody else.  Where
    an account would have too many, as by a script that never logs out, the one used least lately ends.
    """

    open_unit_of_work: OpenSiteUnitOfWork
    clock: Clock
    randomness: Randomness
    terms: SessionTerms

    def __call__(self, permit: Permit, username: str, origin: Origin) -> OpenedSession:
        secret = WebSessionSecret(self.randomness.bytes(SECRET_BYTES).hex())
        now = self.clock.now()
        with self.open_unit_of_work(permit) as uow:
            account = uow.accounts.get(username)
            session = WebSession(
                id=WebSessionId(self.randomness.bytes(_IDENTIFIER_BYTES).hex()),
                account_id=account.id,
                secret_hash=session_secret_hash(secret),
                created=now,
                seen=now,
                proved=now,
                expires=now + self.terms.longest,
                origin=AuditedOrigin(address=origin.address, user_agent=origin.user_agent),
            )
            for each in uow.web_sessions.of(account.id)[self.terms.most - 1 :]:
                uow.web_sessions.end(account.id, each.id)
            uow.web_sessions.add(session)
            uow.record_event(LoggedIn(username=account.username, session=session.id))
            uow.commit()
        return OpenedSession(session=session, secret=secret)


class SecondStep(msgspec.Struct, frozen=True, kw_only=True):
    """A log-in that needs a code besides the password; *secret* is what it is finished with, once."""

    secret: str


@dataclass(frozen=True, eq=False)
class LogIn:
    """
    Open a session for a browser whose user knows the password of an account.

    Where the account has an authenticator app, a `SecondStep` is returned in place of it, for `finish`.

    Raises:
        InvalidCredentials: User name or password is wrong, or the account is disabled.
        TooMany: Too many logins failed, with this user name or from this address.
    """

    authenticate: Authenticate
    open_snapshot: OpenSiteSnapshot
    open_unit_of_work: OpenSiteUnitOfWork
    open_session: OpenSession
    limit: LimitLogins
    clock: Clock
    randomness: Randomness

    def __call__(
        self, credentials: PasswordCredentials, origin: Origin = NOWHERE
    ) -> OpenedSession | SecondStep:
        actor = self.authenticate(credentials, origin)
        permit = require_account(actor, actor.username)
        with self.open_snapshot() as snapshot:
            account = snapshot.accounts.get(actor.username)
            factor = snapshot.second_factors.find(account.id)
        if factor is None or not factor.is_confirmed:
            return self.open_session(permit, actor.username, origin)
        secret = self.randomness.bytes(ENTROPY).hex()
        with self.open_unit_of_work(permit) as uow:
            uow.one_time_secrets.add(
                OneTimeSecret(
                    secret_hash=one_time_hash(secret),
                    purpose=OneTimePurpose.SECOND_STEP,
                    account_id=account.id,
                    expires=self.clock.now() + LIFETIMES[OneTimePurpose.SECOND_STEP],
                )
            )
            uow.commit()
        return SecondStep(secret=secret)

    def finish(self, secret: str, code: str, origin: Origin = NOWHERE) -> OpenedSession:
        """
        Open the session that a `SecondStep` began, by a code of the app or a recovery code.

        Raises:
            InvalidCredentials: The code is wrong.
            OneTimeSecretNotFound: The log-in took too long, or was finished already: it begins anew.
            TooMany: Too many logins failed.
        """
        found = one_time_hash(secret)
        with self.open_snapshot() as snapshot:
            step = snapshot.one_time_secrets.find(found)
            if step is None or step.purpose is not OneTimePurpose.SECOND_STEP:
                raise OneTimeSecretNotFound
            account = snapshot.accounts.by_id(step.account_id)
        if step.expires <= self.clock.now():
            raise OneTimeSecretNotFound
        permit = permit_holder(account, origin)
        self.limit.require_room(account.username, origin)
        try:
            with self.open_unit_of_work(permit) as uow:
                if not uow.one_time_secrets.take(found):
                    raise OneTimeSecretNotFound
                spend_code(uow, account, code, self.clock)
                uow.commit()
        except InvalidCredentials:
            self.limit.count_failure(account.username, origin)
            raise
        return self.open_session(permit, account.username, origin)


@dataclass(frozen=True, eq=False)
class RecogniseSession:
    """
    Find out whose browser sends this secret; ``None`` where it opens nothing, or not any more.

    It costs one look-up.  A session of a disabled account opens nothing until the account is enabled.
    """

    open_snapshot: OpenSiteSnapshot
    sightings: Sightings
    clock: Clock
    terms: SessionTerms

    def __call__(self, secret: str, origin: Origin = NOWHERE) -> RecognisedSession | None:
        with self.open_snapshot() as snapshot:
            session = snapshot.web_sessions.find(session_secret_hash(secret))
            if session is None:
                return None
            account = snapshot.accounts.by_id(session.account_id)
        now = self.clock.now()
        if self.terms.is_over(session, now) or account.state is not AccountState.ACTIVE:
            return None
        if now - session.seen >= SEEN_EVERY:
            self.sightings.saw_session(session.id, now)
        return RecognisedSession(
            actor=_actor(account, origin),
            session=session,
            secret=WebSessionSecret(secret),
            is_proved=self.terms.is_proved(session, now),
        )


@dataclass(frozen=True, eq=False)
class ProveSession:
    """
    Let the owner of a session show their password again, before they do something dangerous.

    Where the account has an authenticator app, a code of it is needed, too.

    Raises:
        InvalidCredentials: The password or the code is wrong.
        TooMany: Too many logins failed, with this user name or from this address.
    """

    authenticate: Authenticate
    open_unit_of_work: OpenSiteUnitOfWork
    limit: LimitLogins
    clock: Clock

    def __call__(self, actor: Actor, session_id: WebSessionId, password: str, code: str = "") -> None:
        permit = require_own_session(actor)
        self.authenticate(PasswordCredentials(actor.username, password), actor.origin)
        try:
            with self.open_unit_of_work(permit) as uow:
                spend_code(uow, uow.accounts.get(actor.username), code, self.clock)
                uow.web_sessions.prove(session_id, self.clock.now())
                uow.commit()
        except InvalidCredentials:
            self.limit.count_failure(actor.username, actor.origin)
            raise


class EndSession:
    """
    End a session of the actor's own account, this one or another; a session that is gone stays gone.
    """

    def __init__(self, open_unit_of_work: OpenSiteUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, session_id: WebSessionId) -> None:
        permit = require_account(actor, actor.username)
        with self._open_unit_of_work(permit) as uow:
            account = uow.accounts.get(actor.username)
            if not uow.web_sessions.end(account.id, session_id):
                return
            uow.record_event(LoggedOut(username=account.username, session=session_id))
            uow.commit()


class EndOtherSessions:
    """End all sessions of the actor's own account but the given one, and return how many there were."""

    def __init__(self, open_unit_of_work: OpenSiteUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, but: WebSessionId | None = None) -> int:
        permit = require_account(actor, actor.username)
        with self._open_unit_of_work(permit) as uow:
            account = uow.accounts.get(actor.username)
            others = [each.id for each in uow.web_sessions.of(account.id) if each.id != but]
            for session_id in others:
                uow.record_event(LoggedOut(username=account.username, session=session_id))
            uow.web_sessions.end_all(account.id, but=but)
            uow.commit()
        return len(others)


class WebSessionQueries:
    """Questions about sessions."""

    def __init__(self, reading: SiteReading, clock: Clock, terms: SessionTerms) -> None:
        self._reading = reading
        self._clock = clock
        self._terms = terms

    def own(self, actor: Actor) -> Sequence[WebSession]:
        """Return the sessions of the actor's own account that are not over, the one used last first."""
        with self._reading(require_account(actor, actor.username)) as snapshot:
            sessions = snapshot.web_sessions.of(snapshot.accounts.get(actor.username).id)
        now = self._clock.now()
        return [each for each in sessions if not self._terms.is_over(each, now)]


def _actor(account: Account, origin: Origin) -> Actor:
    return Actor(
        account_id=account.id,
        username=account.username,
        is_administrator=account.is_administrator,
        proof=Proof.SESSION,
        origin=origin,
    )
