"""One-time codes beside a password: set an app up, check a code, and take the app away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from pypi_core.domain.accounts import Account, Actor
from pypi_core.domain.permissions import require_account, require_administrator, require_own_session
from pypi_core.domain.second_factors import (
    MOST_RECOVERY_CODES,
    RECOVERY_BYTES,
    SECRET_BYTES,
    SecondFactor,
    accepted_step,
    authenticator_secret,
    recovery_code,
    recovery_hash,
    without_recovery_code,
)
from pypi_core.domain.site_events import RecoveryCodeUsed, SecondFactorAdded, SecondFactorRemoved
from pypi_core.errors import InvalidCredentials, InvalidSetting
from pypi_core.ports.accounts import OpenSiteUnitOfWork, SiteUnitOfWork
from pypi_core.ports.environment import Clock, Randomness
from pypi_core.use_cases.reading.access import SiteReading
from pypi_protocol.errors import Problem

WRONG_CODE = "The code is wrong, too old or was used already: wait for the next one and enter that."


class BeginSecondFactor:
    """
    Give an account the secret for an app; nothing asks for its codes before `ConfirmSecondFactor`.

    Beginning again gives another secret.

    Raises:
        InvalidSetting: The account has an app already.
    """

    def __init__(self, open_unit_of_work: OpenSiteUnitOfWork, randomness: Randomness) -> None:
        self._open_unit_of_work = open_unit_of_work
        self._randomness = randomness

    def __call__(self, actor: Actor) -> SecondFactor:
        permit = require_own_session(actor)
        secret = authenticator_secret(self._randomness.bytes(SECRET_BYTES))
        with self._open_unit_of_work(permit) as uow:
            account = uow.accounts.get(actor.username)
            known = uow.second_factors.find(account.id)
            if known and known.is_confirmed:
                raise InvalidSetting("You have an authenticator app already: remove it first.")
            factor = SecondFactor(account_id=account.id, secret=secret)
            uow.second_factors.put(factor)
            uow.commit()
        return factor


@dataclass(frozen=True, eq=False)
class ConfirmSecondFactor:
    """
    Ask for codes from now on, once the owner of the account has shown one.

    Returns the recovery codes, which cannot be read again.

    Raises:
        InvalidSetting: The code is wrong, or no app was begun.
    """

    open_unit_of_work: OpenSiteUnitOfWork
    clock: Clock
    randomness: Randomness

    def __call__(self, actor: Actor, code: str) -> Sequence[str]:
        permit = require_own_session(actor)
        codes = [recovery_code(self.randomness.bytes(RECOVERY_BYTES)) for _ in range(MOST_RECOVERY_CODES)]
        with self.open_unit_of_work(permit) as uow:
            account = uow.accounts.get(actor.username)
            factor = uow.second_factors.find(account.id)
            if factor is None or factor.is_confirmed:
                raise InvalidSetting("Begin to set up an authenticator app first.")
            step = accepted_step(factor, code, self.clock.now())
            if step is None:
                raise InvalidSetting(Problem("code", WRONG_CODE))
            hashes = tuple(map(recovery_hash, codes))
            uow.second_factors.put(replace(factor, is_confirmed=True, last_step=step, recovery_hashes=hashes))
            uow.record_event(SecondFactorAdded(username=account.username))
            uow.commit()
        return codes


class RemoveSecondFactor:
    """
    Take the app of an account away: one's own in a browser, or as administrator anybody's.

    An account without an app stays without.

    Raises:
        AccountNotFound: There is no such account.
    """

    def __init__(self, open_unit_of_work: OpenSiteUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, username: str) -> None:
        is_own = actor.username.lower() == username.lower()
        permit = require_own_session(actor) if is_own else require_administrator(actor)
        with self._open_unit_of_work(permit) as uow:
            account = uow.accounts.get(username)
            factor = uow.second_factors.find(account.id)
            if factor is None:
                return
            uow.second_factors.remove(account.id)
            if factor.is_confirmed:
                uow.record_event(SecondFactorRemoved(username=account.username))
            uow.commit()


class SecondFactorQueries:
    """Questions about authenticator apps."""

    def __init__(self, reading: SiteReading) -> None:
        self._reading = reading

    def own(self, actor: Actor) -> SecondFactor | None:
        """Return the app of the actor's own account, also one that is not confirmed yet."""
        with self._reading(require_account(actor, actor.username)) as snapshot:
            return snapshot.second_factors.find(snapshot.accounts.get(actor.username).id)


def spend_code(uow: SiteUnitOfWork, account: Account, code: str, clock: Clock) -> None:
    """
    Accept a code of the app, or a recovery code, of an account that has an app; it is good for nothing after.

    Raises:
        InvalidCredentials: It is neither.
    """
    factor = uow.second_factors.find(account.id)
    if factor is None or not factor.is_confirmed:
        return
    step = accepted_step(factor, code, clock.now())
    if step is not None:
        uow.second_factors.put(replace(factor, last_step=step))
        return
    left = without_recovery_code(factor, code)
    if left is None:
        raise InvalidCredentials(WRONG_CODE)
    uow.second_factors.put(replace(factor, recovery_hashes=left))
    uow.record_event(RecoveryCodeUsed(username=account.username, left=len(left)))
