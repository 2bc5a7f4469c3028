"""One-time codes beside a password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from pypi_contracts.assembly import InMemorySite
from pypi_core.domain.accounts import OPERATOR, AccountId, Actor, PasswordCredentials
from pypi_core.domain.rate_limits import RateLimit, RateLimits
from pypi_core.domain.second_factors import (
    SecondFactor,
    accepted_step,
    authenticator_secret,
    authenticator_url,
    code_at,
    recovery_hash,
    step_at,
)
from pypi_core.errors import InvalidCredentials, InvalidSetting, NotAllowed, OneTimeSecretNotFound, TooMany
from pypi_core.use_cases.accounts.web_sessions import OpenedSession, SecondStep

PASSWORD = "correct horse"
HALF_MINUTE = timedelta(seconds=30)
LIMIT = RateLimit(name="failed-logins-of-user", quota=3, window=60, refusal="Wait {wait}.")


@pytest.mark.parametrize(
    ("seconds", "code"),
    # RFC 6238, appendix B, of which six digits are the end.
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    secret = authenticator_secret(b"12345678901234567890")

    assert code_at(secret, step_at(datetime.fromtimestamp(seconds, UTC))) == code


def test_a_code_is_accepted_a_little_early_and_late_and_only_once() -> None:
    factor = SecondFactor(account_id=AccountId(1), secret=authenticator_secret(b"12345678901234567890"))
    now = datetime(2026, 3, 1, tzinfo=UTC)
    step = step_at(now)
    for distance, accepted in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        assert (accepted_step(factor, code_at(factor.secret, step + distance), now) is not None) is accepted
    used = replace(factor, last_step=step)

    assert accepted_step(used, code_at(factor.secret, step), now) is None
    assert accepted_step(used, code_at(factor.secret, step - 1), now) is None
    assert accepted_step(used, code_at(factor.secret, step + 1), now) == step + 1
    assert accepted_step(factor, "", now) is None
    assert accepted_step(factor, "é", now) is None


def test_the_link_for_an_app_says_whose_account_it_is() -> None:
    assert authenticator_url("ABC", "ann", "index.example") == (
        "otpauth://totp/index.example%3Aann?secret=ABC&issuer=index.example"
    )


class World:
    """An account with an authenticator app."""

    def __init__(self, limits: RateLimits | None = None) -> None:
        self.memory = InMemorySite(limits=limits or RateLimits())
        self.site = self.memory.site
        self.memory.account("ann", PASSWORD)
        opened = self.begin()
        assert isinstance(opened, OpenedSession)
        self.session = opened.session.id
        found = self.site.recognise_session(opened.secret)
        assert found
        self.actor: Actor = found.actor
        self.secret = self.site.begin_second_factor(self.actor).secret
        self.recovery = self.site.confirm_second_factor(self.actor, self.code())

    def begin(self) -> OpenedSession | SecondStep:
        return self.site.log_in(PasswordCredentials("ann", PASSWORD))

    def step(self) -> str:
        step = self.begin()
        assert isinstance(step, SecondStep)
        return step.secret

    def code(self) -> str:
        return code_at(self.secret, step_at(self.memory.clock.now()))

    def next_code(self) -> str:
        self.memory.clock.advance(HALF_MINUTE)
        return self.code()


@pytest.fixture
def world() -> World:
    return World()


def test_an_app_that_is_not_confirmed_is_not_asked_for() -> None:
    memory = InMemorySite()
    memory.account("ann", PASSWORD)
    opened = memory.site.log_in(PasswordCredentials("ann", PASSWORD))
    assert isinstance(opened, OpenedSession)
    found = memory.site.recognise_session(opened.secret)
    assert found
    memory.site.begin_second_factor(found.actor)
    with pytest.raises(InvalidSetting):
        memory.site.confirm_second_factor(found.actor, "000000")

    assert isinstance(memory.site.log_in(PasswordCredentials("ann", PASSWORD)), OpenedSession)


def test_a_code_finishes_a_log_in(world: World) -> None:
    opened = world.site.log_in.finish(world.step(), world.next_code())

    assert world.site.recognise_session(opened.secret)


def test_a_code_that_was_seen_is_refused(world: World) -> None:
    code = world.next_code()
    world.site.log_in.finish(world.step(), code)

    with pytest.raises(InvalidCredentials):
        world.site.log_in.finish(world.step(), code)


def test_the_code_that_set_the_app_up_does_not_log_in(world: World) -> None:
    with pytest.raises(InvalidCredentials):
        world.site.log_in.finish(world.step(), world.code())


def test_a_second_step_is_good_once_and_for_ten_minutes(world: World) -> None:
    used = world.step()
    world.site.log_in.finish(used, world.next_code())
    with pytest.raises(OneTimeSecretNotFound):
        world.site.log_in.finish(used, world.next_code())
    late = world.step()
    world.memory.clock.advance(timedelta(minutes=10))
    with pytest.raises(OneTimeSecretNotFound):
        world.site.log_in.finish(late, world.code())
    with pytest.raises(OneTimeSecretNotFound):
        world.site.log_in.finish("invented", world.code())


def test_a_recovery_code_is_good_once_however_it_is_written(world: World) -> None:
    code = world.recovery[0]
    world.site.log_in.finish(world.step(), code.upper().replace("-", " "))
    with pytest.raises(InvalidCredentials):
        world.site.log_in.finish(world.step(), code)

    factor = world.site.second_factors.own(world.actor)
    assert factor
    assert len(factor.recovery_hashes) == len(world.recovery) - 1
    assert code not in repr(factor)
    assert recovery_hash(world.recovery[1]) in factor.recovery_hashes


def test_guessing_codes_is_stopped() -> None:
    world = World(RateLimits(failed_logins_by_user=LIMIT))
    step = world.step()
    for _ in range(LIMIT.quota):
        with pytest.raises(InvalidCredentials):
            world.site.log_in.finish(step, "000000")

    with pytest.raises(TooMany):
        world.site.log_in.finish(step, world.code())


def test_a_second_step_of_an_account_that_was_disabled_opens_nothing(world: World) -> None:
    step = world.step()
    world.site.disable_account(OPERATOR, "ann")

    with pytest.raises((OneTimeSecretNotFound, InvalidCredentials)):
        world.site.log_in.finish(step, world.next_code())


def test_a_proof_needs_a_code_too(world: World) -> None:
    with pytest.raises(InvalidCredentials):
        world.site.prove_session(world.actor, world.session, PASSWORD)
    world.site.prove_session(world.actor, world.session, PASSWORD, world.next_code())


def test_only_a_browser_or_an_administrator_removes_an_app(world: World) -> None:
    with pytest.raises(NotAllowed):
        world.site.remove_second_factor(world.memory.actor("ann"), "ann")
    world.site.remove_second_factor(OPERATOR, "ann")

    assert isinstance(world.begin(), OpenedSession)
