"""Sessions of browsers: who has one, for how long, and what ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_core.domain.accounts import OPERATOR, PasswordCredentials, Proof
from pypi_core.domain.origins import Origin
from pypi_core.domain.rate_limits import RateLimit, RateLimits
from pypi_core.domain.web_sessions import SessionTerms
from pypi_core.errors import InvalidCredentials, NotAllowed, TooMany
from pypi_core.use_cases.accounts.web_sessions import OpenedSession, RecognisedSession

PASSWORD = "correct horse"
TERMS = SessionTerms()
LIMIT = RateLimit(name="failed-logins", quota=2, window=60, refusal="Wait {wait}.")


@pytest.fixture
def memory() -> InMemorySite:
    memory = InMemorySite()
    memory.account("ann")
    return memory


def log_in(memory: InMemorySite, username: str = "ann") -> OpenedSession:
    opened = memory.site.log_in(PasswordCredentials(username, PASSWORD), Origin(address="192.0.2.7"))
    assert isinstance(opened, OpenedSession)
    return opened


def recognised(memory: InMemorySite, opened: OpenedSession) -> RecognisedSession:
    found = memory.site.recognise_session(opened.secret)
    assert found is not None
    return found


def test_a_session_acts_as_its_account(memory: InMemorySite) -> None:
    found = recognised(memory, log_in(memory))

    assert (found.actor.username, found.actor.proof, found.actor.is_administrator) == (
        "ann",
        Proof.SESSION,
        False,
    )
    assert found.is_proved


def test_a_session_secret_is_stored_as_a_hash_alone(memory: InMemorySite) -> None:
    opened = log_in(memory)

    with memory.database.open_site_snapshot() as snapshot:
        (stored,) = snapshot.web_sessions.of(opened.session.account_id)
    assert opened.secret not in repr(stored)
    assert memory.site.recognise_session(stored.secret_hash) is None
    assert memory.site.recognise_session(stored.id) is None


def test_each_log_in_has_another_secret(memory: InMemorySite) -> None:
    assert log_in(memory).secret != log_in(memory).secret


def test_the_session_used_least_lately_ends_when_there_are_too_many(memory: InMemorySite) -> None:
    opened = []
    for _ in range(TERMS.most + 1):
        memory.clock.advance(timedelta(minutes=1))
        opened.append(log_in(memory))

    assert memory.site.recognise_session(opened[0].secret) is None
    assert [recognised(memory, each).session for each in opened[1:]] == [each.session for each in opened[1:]]


def test_a_wrong_password_opens_no_session_and_counts(memory: InMemorySite) -> None:
    memory = InMemorySite(limits=RateLimits(failed_logins_by_user=LIMIT))
    memory.account("ann")
    for _ in range(LIMIT.quota):
        with pytest.raises(InvalidCredentials):
            memory.site.log_in(PasswordCredentials("ann", "wrong"))

    with pytest.raises(TooMany):
        log_in(memory)


def test_an_unused_session_ends(memory: InMemorySite) -> None:
    opened = log_in(memory)
    memory.clock.advance(TERMS.idle - timedelta(seconds=1))
    assert memory.site.recognise_session(opened.secret)
    memory.clock.advance(TERMS.idle)

    assert memory.site.recognise_session(opened.secret) is None


def test_a_session_that_is_used_ends_all_the_same(memory: InMemorySite) -> None:
    opened = log_in(memory)
    for _ in range(TERMS.longest // timedelta(days=1) - 1):
        memory.clock.advance(timedelta(days=1))
        assert memory.site.recognise_session(opened.secret)
    memory.clock.advance(timedelta(days=1))

    assert memory.site.recognise_session(opened.secret) is None


def test_a_session_that_ended_is_good_for_nothing(memory: InMemorySite) -> None:
    opened = log_in(memory)
    memory.site.end_session(recognised(memory, opened).actor, opened.session.id)

    assert memory.site.recognise_session(opened.secret) is None


def test_a_session_of_another_account_cannot_be_ended(memory: InMemorySite) -> None:
    memory.account("bob")
    of_bob = log_in(memory, "bob")
    memory.site.end_session(recognised(memory, log_in(memory)).actor, of_bob.session.id)

    assert memory.site.recognise_session(of_bob.secret)


def test_all_other_sessions_end_at_once(memory: InMemorySite) -> None:
    here, there = log_in(memory), log_in(memory)

    assert memory.site.end_other_sessions(recognised(memory, here).actor, here.session.id) == 1
    assert memory.site.recognise_session(here.secret)
    assert memory.site.recognise_session(there.secret) is None


def test_a_changed_password_ends_all_sessions_but_the_one_it_was_changed_in(memory: InMemorySite) -> None:
    here, there = log_in(memory), log_in(memory)
    memory.site.change_own_password(
        PasswordCredentials("ann", PASSWORD), "battery staple", keep_session=here.session.id
    )

    assert memory.site.recognise_session(here.secret)
    assert memory.site.recognise_session(there.secret) is None
    memory.site.change_password(OPERATOR, "ann", "another password")
    assert memory.site.recognise_session(here.secret) is None


def test_a_session_of_a_disabled_account_opens_nothing(memory: InMemorySite) -> None:
    opened = log_in(memory)
    memory.site.disable_account(OPERATOR, "ann")
    assert memory.site.recognise_session(opened.secret) is None
    memory.site.delete_account(OPERATOR, "ann")

    with memory.database.open_site_snapshot() as snapshot:
        assert not snapshot.web_sessions.of(opened.session.account_id)


def test_a_proof_is_good_for_a_quarter_of_an_hour_and_can_be_renewed(memory: InMemorySite) -> None:
    opened = log_in(memory)
    memory.clock.advance(TERMS.proof)
    session = recognised(memory, opened)
    assert not session.is_proved
    with pytest.raises(InvalidCredentials):
        memory.site.prove_session(session.actor, opened.session.id, "wrong")
    assert not recognised(memory, opened).is_proved
    memory.site.prove_session(session.actor, opened.session.id, PASSWORD)

    assert recognised(memory, opened).is_proved


def test_a_token_cannot_renew_the_proof_of_a_session(memory: InMemorySite) -> None:
    opened = log_in(memory)

    with pytest.raises(NotAllowed):
        memory.site.prove_session(memory.actor("ann"), opened.session.id, PASSWORD)


def test_sessions_are_listed_with_where_they_came_from(memory: InMemorySite) -> None:
    opened = log_in(memory)
    memory.clock.advance(timedelta(hours=1))
    session = recognised(memory, opened)

    (listed,) = memory.site.web_sessions.own(session.actor)
    assert (listed.origin.address, listed.seen) == ("192.0.2.7", memory.clock.now())


def test_sessions_that_are_over_are_dropped(memory: InMemorySite) -> None:
    log_in(memory)
    assert memory.site.forget_history().web_sessions == 0
    memory.clock.advance(TERMS.idle)

    assert memory.site.forget_history().web_sessions == 1


def test_a_token_says_when_it_was_last_used(memory: InMemorySite) -> None:
    memory.token("ann")
    memory.actor("ann")
    before, used = memory.site.tokens.of(OPERATOR, "ann")

    assert (before.used, used.used) == (None, memory.clock.now())
