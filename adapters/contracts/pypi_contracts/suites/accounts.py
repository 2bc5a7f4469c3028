"""The contract of `pypi_core.ports.accounts`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from msgspec.structs import replace

from pypi_contracts.permits import BY_OPERATOR
from pypi_contracts.suites.indexes import IndexRowsContract
from pypi_contracts.suites.rows import (
    FIRST,
    SECOND,
    Database,
    RowsContract,
    add_account,
    add_index,
)
from pypi_contracts.suites.second_factors import SecondFactorRowsContract
from pypi_contracts.suites.web_sessions import WebSessionRowsContract
from pypi_core.domain.accounts import AccountId, AccountState, Action, Token, TokenId, TokenScope
from pypi_core.domain.indexes import IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import (
    AccountAlreadyExists,
    AccountNotFound,
    ConcurrentChange,
    TokenNotFound,
)
from pypi_memory.environment import FixedClock

_THREADS = 10


class AccountRowsContract(RowsContract):
    """Everybody who can log in."""

    @pytest.mark.parametrize("is_administrator", [True, False])
    def test_an_account_is_read_as_it_was_added(
        self, database: Database, clock: FixedClock, is_administrator: bool
    ) -> None:
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            added = uow.accounts.add("Ann.Lee", "$hash$", clock.now(), is_administrator=is_administrator)
            assert uow.accounts.get("Ann.Lee") == added
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            account = snapshot.accounts.by_id(added.id)
            assert snapshot.accounts.get("Ann.Lee") == account == added
        assert (account.username, account.password_hash, account.created) == (
            "Ann.Lee",
            "$hash$",
            clock.now(),
        )
        assert account.is_administrator is is_administrator

    def test_a_user_name_is_the_same_in_any_case(self, database: Database, clock: FixedClock) -> None:
        account = add_account(database, clock, "Ann")
        with database.open_site_snapshot() as snapshot:
            assert snapshot.accounts.find("aNN") == snapshot.accounts.get("ann") == account
        with (
            database.open_site_unit_of_work(BY_OPERATOR) as uow,
            pytest.raises(AccountAlreadyExists) as caught,
        ):
            uow.accounts.add("ANN", "", clock.now(), is_administrator=False)
        assert caught.value.username == "ANN"

    def test_an_account_that_is_not_there_is_not_found(self, database: Database) -> None:
        with database.open_site_snapshot() as snapshot:
            assert snapshot.accounts.find("nobody") is None
            with pytest.raises(AccountNotFound):
                snapshot.accounts.get("nobody")
            with pytest.raises(AccountNotFound):
                snapshot.accounts.by_id(AccountId(123456))

    def test_the_state_of_an_account_is_stored(self, database: Database, clock: FixedClock) -> None:
        account = add_account(database, clock, "ann")
        disabled = replace(account, state=AccountState.DISABLED)
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.accounts.update(disabled)
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            assert snapshot.accounts.get("ann") == disabled
            assert [each.state for each in snapshot.accounts.all()] == [AccountState.DISABLED]

    def test_a_deleted_account_is_found_by_its_id_alone_and_its_name_stays_taken(
        self, database: Database, clock: FixedClock
    ) -> None:
        account = add_account(database, clock, "Ann")
        deleted = replace(account, state=AccountState.DELETED, password_hash="")
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.accounts.update(deleted)
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            assert snapshot.accounts.by_id(account.id) == deleted
            assert snapshot.accounts.find("ann") is None
            assert list(snapshot.accounts.all()) == []
        with database.open_site_unit_of_work(BY_OPERATOR) as uow, pytest.raises(AccountAlreadyExists):
            uow.accounts.add("ann", "", clock.now(), is_administrator=False)

    def test_accounts_are_listed_by_name(self, database: Database, clock: FixedClock) -> None:
        for username in ("cat", "ann", "bob"):
            add_account(database, clock, username)
        with database.open_site_snapshot() as snapshot:
            assert [each.username for each in snapshot.accounts.all()] == ["ann", "bob", "cat"]

    def test_password_and_administrator_flag_can_change(self, database: Database, clock: FixedClock) -> None:
        ann, bob = add_account(database, clock, "ann"), add_account(database, clock, "bob")
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.accounts.update(replace(ann, password_hash="another", is_administrator=True))
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            assert snapshot.accounts.get("ann") == replace(
                ann, password_hash="another", is_administrator=True
            )
            assert snapshot.accounts.get("bob") == bob


class TokenRowsContract(RowsContract):
    """The tokens in force."""

    @pytest.mark.parametrize(
        "scope",
        [
            TokenScope(),
            TokenScope(indexes=frozenset(), projects=frozenset(), actions=frozenset()),
            TokenScope(
                indexes=frozenset({FIRST, SECOND}),
                projects=frozenset({NormalizedName("flask"), NormalizedName("my-app")}),
                actions=frozenset({Action.UPLOAD, Action.CREATE_PROJECT}),
            ),
        ],
        ids=["unlimited", "nothing", "limited"],
    )
    def test_a_token_is_read_as_it_was_added(
        self, database: Database, clock: FixedClock, scope: TokenScope
    ) -> None:
        ann = add_account(database, clock)
        given = replace(
            _token(ann.id, "one", clock), scope=scope, expires=clock.now() + timedelta(days=1, microseconds=1)
        )
        _add(database, given)
        with database.open_site_snapshot() as snapshot:
            assert snapshot.tokens.get(TokenId("one")) == given
            assert snapshot.tokens.find("hash of one") == given

    def test_an_expired_token_stays_until_it_is_revoked(self, database: Database, clock: FixedClock) -> None:
        ann = add_account(database, clock)
        _add(database, replace(_token(ann.id, "one", clock), expires=clock.now()))
        clock.advance(timedelta(days=400))
        with database.open_site_snapshot() as snapshot:
            assert snapshot.tokens.get(TokenId("one")).has_expired(clock.now())

    def test_a_token_that_is_not_there_is_not_found(self, database: Database) -> None:
        with database.open_site_snapshot() as snapshot:
            assert snapshot.tokens.find("hash") is None
            with pytest.raises(TokenNotFound) as caught:
                snapshot.tokens.get(TokenId("absent"))
        assert caught.value.token == "absent"

    def test_an_account_has_its_own_tokens_oldest_first(self, database: Database, clock: FixedClock) -> None:
        ann, bob = add_account(database, clock, "ann"), add_account(database, clock, "bob")
        for account, token_id in ((ann, "z"), (bob, "m"), (ann, "a"), (ann, "k")):
            _add(database, _token(account.id, token_id, clock))
            clock.advance()
        with database.open_site_snapshot() as snapshot:
            assert [each.id for each in snapshot.tokens.of(ann.id)] == ["z", "a", "k"]
            assert [each.id for each in snapshot.tokens.of(bob.id)] == ["m"]
            assert [each.id for each in snapshot.tokens.all()] == ["z", "m", "a", "k"]

    def test_a_revoked_token_is_gone_at_once(self, database: Database, clock: FixedClock) -> None:
        ann = add_account(database, clock)
        _add(database, _token(ann.id, "one", clock))
        _add(database, _token(ann.id, "two", clock))
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.tokens.revoke(TokenId("one"))
            uow.commit()
        with database.open_site_snapshot() as snapshot:
            assert snapshot.tokens.find("hash of one") is None
            assert [each.id for each in snapshot.tokens.of(ann.id)] == ["two"]

    def test_a_token_is_revoked_once(self, database: Database, clock: FixedClock) -> None:
        ann = add_account(database, clock)
        _add(database, _token(ann.id, "one", clock))
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.tokens.revoke(TokenId("one"))
            with pytest.raises(TokenNotFound):
                uow.tokens.revoke(TokenId("one"))


class SiteTransactionsContract(RowsContract):
    """Units of work and snapshots of the site."""

    def test_leaving_without_commit_changes_nothing(self, database: Database, clock: FixedClock) -> None:
        ann = add_account(database, clock, "ann")
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.accounts.add("bob", "", clock.now(), is_administrator=False)
            uow.tokens.add(_token(ann.id, "one", clock))
            uow.indexes.add(FIRST, IndexSettings())
        with database.open_site_snapshot() as snapshot:
            assert [each.username for each in snapshot.accounts.all()] == ["ann"]
            assert list(snapshot.tokens.of(ann.id)) == []
            assert list(snapshot.indexes.all()) == []

    def test_an_error_in_the_block_rolls_back_and_goes_on(
        self, database: Database, clock: FixedClock
    ) -> None:
        def fail() -> None:
            with database.open_site_unit_of_work(BY_OPERATOR) as uow:
                uow.accounts.add("ann", "", clock.now(), is_administrator=False)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        with database.open_site_snapshot() as snapshot:
            assert snapshot.accounts.find("ann") is None
        assert add_account(database, clock, "ann").username == "ann"

    def test_a_snapshot_stays_as_it_was_when_it_was_opened(
        self, database: Database, clock: FixedClock
    ) -> None:
        ann = add_account(database, clock, "ann")
        _add(database, _token(ann.id, "one", clock))
        with database.open_site_snapshot() as snapshot:
            add_account(database, clock, "bob")
            add_index(database, FIRST)
            with database.open_site_unit_of_work(BY_OPERATOR) as uow:
                uow.tokens.revoke(TokenId("one"))
                uow.commit()
            assert [each.username for each in snapshot.accounts.all()] == ["ann"]
            assert snapshot.indexes.find(FIRST) is None
            assert snapshot.tokens.find("hash of one") is not None

    def test_of_parallel_registrations_of_one_name_one_succeeds(
        self, database: Database, clock: FixedClock
    ) -> None:
        start = threading.Barrier(_THREADS)

        def register(number: int) -> str:
            start.wait()
            try:
                add_account(database, clock, "ann")
            except (AccountAlreadyExists, ConcurrentChange):
                return "refused"
            return "registered"

        with ThreadPoolExecutor(_THREADS) as pool:
            outcomes = sorted(pool.map(register, range(_THREADS)))
        assert outcomes == ["refused"] * (_THREADS - 1) + ["registered"]
        with database.open_site_snapshot() as snapshot:
            assert len(snapshot.accounts.all()) == 1


class AccountsContract(
    AccountRowsContract,
    TokenRowsContract,
    WebSessionRowsContract,
    SecondFactorRowsContract,
    IndexRowsContract,
    SiteTransactionsContract,
):
    """
    All that an adapter of the row ports of the site must do.

    Subclass it with the fixture ``database`` of `RowsContract`.
    """


def _token(account_id: AccountId, token_id: str, clock: FixedClock) -> Token:
    return Token(
        id=TokenId(token_id),
        account_id=account_id,
        description="for the build: Größe",
        secret_hash=f"hash of {token_id}",
        created=clock.now(),
    )


def _add(database: Database, token: Token) -> None:
    with database.open_site_unit_of_work(BY_OPERATOR) as uow:
        uow.tokens.add(token)
        uow.commit()
