"""The contracts of `pypi_core.ports.second_factors`, `one_time_secrets` and `email_addresses`."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from pypi_contracts.permits import BY_OPERATOR
from pypi_contracts.suites.rows import Database, RowsContract, add_account
from pypi_core.domain.accounts import AccountId
from pypi_core.domain.one_time_secrets import OneTimePurpose, OneTimeSecret
from pypi_core.domain.second_factors import SecondFactor
from pypi_memory.environment import FixedClock


class SecondFactorRowsContract(RowsContract):
    """Authenticator apps, secrets that are good once, and e-mail addresses."""

    def test_an_app_is_stored_changed_and_removed(self, database: Database, clock: FixedClock) -> None:
        ann, bob = add_account(database, clock, "ann"), add_account(database, clock, "bob")
        factor = SecondFactor(account_id=ann.id, secret="ABC")
        changed = replace(factor, is_confirmed=True, last_step=2**40, recovery_hashes=("a" * 64, "b" * 64))
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.second_factors.put(factor)
            assert uow.second_factors.find(ann.id) == factor
            uow.second_factors.put(changed)
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            assert snapshot.second_factors.find(ann.id) == changed
            assert snapshot.second_factors.find(bob.id) is None
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.second_factors.remove(ann.id)
            uow.second_factors.remove(bob.id)
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            assert snapshot.second_factors.find(ann.id) is None

    def test_a_secret_is_taken_once(self, database: Database, clock: FixedClock) -> None:
        secret = _secret(add_account(database, clock).id, clock, "one")
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.one_time_secrets.add(secret)
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            assert snapshot.one_time_secrets.find("one") == secret
            assert snapshot.one_time_secrets.find("two") is None
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            assert uow.one_time_secrets.take("one")
            assert not uow.one_time_secrets.take("one")

    def test_the_secrets_of_an_account_go_by_their_purpose(
        self, database: Database, clock: FixedClock
    ) -> None:
        ann, bob = add_account(database, clock, "ann"), add_account(database, clock, "bob")
        reset = OneTimePurpose.RESET_PASSWORD
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.one_time_secrets.add(_secret(ann.id, clock, "one"))
            uow.one_time_secrets.add(_secret(ann.id, clock, "two", reset))
            uow.one_time_secrets.add(_secret(bob.id, clock, "three", reset))
            uow.one_time_secrets.remove_all(ann.id, reset)
            assert [uow.one_time_secrets.find(each) is None for each in ("one", "two", "three")] == [
                False,
                True,
                False,
            ]
            uow.one_time_secrets.remove_all(ann.id)
            assert uow.one_time_secrets.find("one") is None

    def test_secrets_that_expired_are_forgotten(self, database: Database, clock: FixedClock) -> None:
        ann = add_account(database, clock)
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.one_time_secrets.add(_secret(ann.id, clock, "old"))
            clock.advance(timedelta(hours=1))
            uow.one_time_secrets.add(_secret(ann.id, clock, "new"))
            uow.commit()
        database.sightings.forget_sessions(clock.now(), clock.now())
        with database.open_site_snapshot() as snapshot:
            assert snapshot.one_time_secrets.find("old") is None
            assert snapshot.one_time_secrets.find("new")

    def test_an_address_is_that_of_one_account_in_any_case(
        self, database: Database, clock: FixedClock
    ) -> None:
        ann, bob = add_account(database, clock, "ann"), add_account(database, clock, "bob")
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            assert uow.email_addresses.put(ann.id, "Ann@mail.example")
            assert not uow.email_addresses.put(bob.id, "ann@MAIL.example")
            assert uow.email_addresses.put(bob.id, "bob@mail.example")
            assert uow.email_addresses.put(bob.id, "robert@mail.example")
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            assert snapshot.email_addresses.of(ann.id) == "Ann@mail.example"
            assert snapshot.email_addresses.holder("ANN@mail.example") == ann.id
            assert snapshot.email_addresses.holder("bob@mail.example") is None
            assert snapshot.email_addresses.of(bob.id) == "robert@mail.example"
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.email_addresses.remove(ann.id)
            assert uow.email_addresses.of(ann.id) == ""


def _secret(
    account_id: AccountId,
    clock: FixedClock,
    secret_hash: str,
    purpose: OneTimePurpose = OneTimePurpose.SECOND_STEP,
) -> OneTimeSecret:
    return OneTimeSecret(
        secret_hash=secret_hash,
        purpose=purpose,
        account_id=account_id,
        expires=clock.now() + timedelta(minutes=1),
        address="ann@mail.example",
    )
