"""The contract of `pypi_core.ports.web_sessions`."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from pypi_contracts.permits import BY_OPERATOR
from pypi_contracts.suites.rows import Database, RowsContract, add_account
from pypi_core.domain.accounts import AccountId, Token, TokenId
from pypi_core.domain.origins import AuditedOrigin
from pypi_core.domain.web_sessions import WebSession, WebSessionId
from pypi_memory.environment import FixedClock

_MINUTE = timedelta(minutes=1)


class WebSessionRowsContract(RowsContract):
    """The sessions of browsers, and when they and tokens were last used."""

    def test_a_session_is_found_by_the_hash_of_its_secret(
        self, database: Database, clock: FixedClock
    ) -> None:
        session = _add(database, clock, add_account(database, clock).id, "one")
        with database.open_site_snapshot() as snapshot:
            assert snapshot.web_sessions.find("hash of one") == session
            assert snapshot.web_sessions.find("one") is None

    def test_the_session_used_last_is_listed_first(self, database: Database, clock: FixedClock) -> None:
        ann, bob = add_account(database, clock, "ann"), add_account(database, clock, "bob")
        for name in ("one", "two", "three"):
            _add(database, clock, ann.id, name)
            clock.advance()
        _add(database, clock, bob.id, "other")
        database.sightings.saw_session(WebSessionId("one"), clock.now())
        with database.open_site_snapshot() as snapshot:
            sessions = snapshot.web_sessions.of(ann.id)
        assert [each.id for each in sessions] == ["one", "three", "two"]
        assert sessions[0].seen == clock.now()

    def test_a_new_proof_is_stored(self, database: Database, clock: FixedClock) -> None:
        session = _add(database, clock, add_account(database, clock).id, "one")
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.web_sessions.prove(session.id, clock.advance())
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            assert snapshot.web_sessions.find("hash of one") == replace(session, proved=clock.now())

    def test_a_session_is_ended_only_for_its_own_account(self, database: Database, clock: FixedClock) -> None:
        ann, bob = add_account(database, clock, "ann"), add_account(database, clock, "bob")
        session = _add(database, clock, ann.id, "one")
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            assert not uow.web_sessions.end(bob.id, session.id)
            assert uow.web_sessions.find("hash of one") == session
            assert uow.web_sessions.end(ann.id, session.id)
            assert not uow.web_sessions.end(ann.id, session.id)
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            assert snapshot.web_sessions.find("hash of one") is None

    def test_all_sessions_of_an_account_end_but_one(self, database: Database, clock: FixedClock) -> None:
        ann, bob = add_account(database, clock, "ann"), add_account(database, clock, "bob")
        for name in ("one", "two", "three"):
            _add(database, clock, ann.id, name)
        _add(database, clock, bob.id, "other")
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            assert uow.web_sessions.end_all(ann.id, but=WebSessionId("two")) == 2
            uow.commit()
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            assert [each.id for each in uow.web_sessions.of(ann.id)] == ["two"]
            assert uow.web_sessions.end_all(ann.id) == 1
            assert [each.id for each in uow.web_sessions.of(bob.id)] == ["other"]

    def test_sessions_that_are_over_are_forgotten(self, database: Database, clock: FixedClock) -> None:
        ann = add_account(database, clock)
        _add(database, clock, ann.id, "expired", lasting=_MINUTE)
        _add(database, clock, ann.id, "unused")
        clock.advance(_MINUTE)
        _add(database, clock, ann.id, "good")
        assert database.sightings.forget_sessions(clock.now(), clock.now() - _MINUTE) == 2
        assert database.sightings.forget_sessions(clock.now(), clock.now() - _MINUTE) == 0
        with database.open_site_snapshot() as snapshot:
            assert [each.id for each in snapshot.web_sessions.of(ann.id)] == ["good"]

    def test_the_last_use_of_a_token_is_stored(self, database: Database, clock: FixedClock) -> None:
        token = Token(
            id=TokenId("1"),
            account_id=add_account(database, clock).id,
            description="for a test",
            secret_hash="hash",
            created=clock.now(),
        )
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.tokens.add(token)
            uow.commit()
        database.sightings.saw_token(token.id, clock.advance())
        with database.open_site_snapshot() as snapshot:
            assert snapshot.tokens.get(token.id) == replace(token, used=clock.now())

    def test_a_sighting_of_what_is_gone_brings_nothing_back(
        self, database: Database, clock: FixedClock
    ) -> None:
        add_account(database, clock)
        database.sightings.saw_session(WebSessionId("gone"), clock.now())
        database.sightings.saw_token(TokenId("gone"), clock.now())
        with database.open_site_snapshot() as snapshot:
            assert list(snapshot.tokens.all()) == []


def _add(
    database: Database,
    clock: FixedClock,
    account_id: AccountId,
    name: str,
    lasting: timedelta = timedelta(days=1),
) -> WebSession:
    session = WebSession(
        id=WebSessionId(name),
        account_id=account_id,
        secret_hash=f"hash of {name}",
        created=clock.now(),
        seen=clock.now(),
        proved=clock.now(),
        expires=clock.now() + lasting,
        origin=AuditedOrigin(address="192.0.2.1", user_agent="a browser"),
    )
    with database.open_site_unit_of_work(BY_OPERATOR) as uow:
        uow.web_sessions.add(session)
        uow.commit()
    return session
