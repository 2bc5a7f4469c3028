"""Accounts that are disabled, enabled and deleted, and their passwords."""

from __future__ import annotations

import pytest

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_core.domain.accounts import (
    ANONYMOUS,
    OPERATOR,
    AccountState,
    Actor,
    PasswordCredentials,
    Role,
    TokenCredentials,
)
from pypi_core.domain.audit import AuditFilter
from pypi_core.domain.entities import ProjectStatus, Serial, Status
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.rate_limits import RateLimit, RateLimits
from pypi_core.errors import (
    AccountAlreadyExists,
    AccountNotFound,
    InvalidCredentials,
    InvalidSetting,
    NotAllowed,
    OnlyOwner,
    TooMany,
    Unauthenticated,
)

TWO = RateLimit(name="logins", quota=2, window=60, refusal="Wait {wait}.")
SAMPLE = NormalizedName("sample")


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


@pytest.fixture
def alice(memory: InMemorySite) -> Actor:
    return memory.actor("alice")


def last_actions(memory: InMemorySite, count: int) -> list[str]:
    return [each.entry.action for each in memory.site.audit_log.entries(OPERATOR, AuditFilter(), limit=count)]


class TestDisabling:
    def test_tokens_and_password_are_refused_like_unknown_ones(self, memory: InMemorySite) -> None:
        token = TokenCredentials(memory.token("alice"))
        password = PasswordCredentials("alice", "correct horse")
        revoked = memory.site.issue_token(OPERATOR, "alice", "another")
        memory.site.revoke_token(OPERATOR, revoked.token.id)
        assert memory.site.authenticate(token).username == "alice"

        memory.site.disable_account(OPERATOR, "alice")

        with pytest.raises(InvalidCredentials) as by_token:
            memory.site.authenticate(token)
        with pytest.raises(InvalidCredentials) as by_revoked:
            memory.site.authenticate(TokenCredentials(revoked.secret))
        assert str(by_token.value) == str(by_revoked.value)
        with pytest.raises(InvalidCredentials, match="User name or password is wrong"):
            memory.site.authenticate(password)

    def test_enabling_restores_everything(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.create_project(alice, DisplayName("Sample"))
        token = TokenCredentials(memory.token("alice"))
        memory.site.disable_account(OPERATOR, "alice")

        memory.site.enable_account(OPERATOR, "ALICE")

        assert memory.site.authenticate(token).username == "alice"
        assert list(memory.index.roles.in_project(ANONYMOUS, SAMPLE)) == [("alice", Role.OWNER)]
        assert last_actions(memory, 2) == ["account-enabled", "account-disabled"]

    def test_repeating_it_changes_nothing(self, memory: InMemorySite, alice: Actor) -> None:
        memory.site.enable_account(OPERATOR, "alice")
        memory.site.disable_account(OPERATOR, "alice")
        memory.site.disable_account(OPERATOR, "alice")

        assert last_actions(memory, 2) == ["account-disabled", "token-issued"]
        [account] = memory.site.accounts.all(OPERATOR)
        assert account.state is AccountState.DISABLED

    def test_an_unknown_account_is_reported(self, memory: InMemorySite) -> None:
        for use_case in (
            memory.site.disable_account,
            memory.site.enable_account,
            memory.site.delete_account,
        ):
            with pytest.raises(AccountNotFound):
                use_case(OPERATOR, "nobody")

    def test_only_administrators_do_it(self, memory: InMemorySite, alice: Actor) -> None:
        memory.account("bob")
        for use_case in (
            memory.site.disable_account,
            memory.site.enable_account,
            memory.site.delete_account,
        ):
            with pytest.raises(NotAllowed):
                use_case(alice, "bob")
            with pytest.raises(Unauthenticated):
                use_case(ANONYMOUS, "bob")


class TestDeleting:
    def test_tokens_and_roles_are_gone_and_the_journal_says_so(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        token = TokenCredentials(memory.token("bob"))
        for index in (memory.index, memory.site.index(TEST_INDEX)):
            index.create_project(alice, DisplayName("Sample"))
            index.grant_role(alice, SAMPLE, "bob", Role.MAINTAINER)

        memory.site.delete_account(OPERATOR, "bob")

        with pytest.raises(InvalidCredentials):
            memory.site.authenticate(token)
        assert "bob" not in {each.username for each in memory.site.accounts.all(OPERATOR)}
        assert {each.username for each in memory.site.tokens.all(OPERATOR)} == {"alice"}
        for index in (memory.index, memory.site.index(TEST_INDEX)):
            assert list(index.roles.in_project(ANONYMOUS, SAMPLE)) == [("alice", Role.OWNER)]
            assert index.journal.since(ANONYMOUS, Serial(0))[-1].action == "remove Maintainer bob"
        assert last_actions(memory, 1) == ["account-deleted"]

    def test_its_name_is_never_used_again(self, memory: InMemorySite) -> None:
        memory.account("bob")
        memory.site.delete_account(OPERATOR, "bob")

        with pytest.raises(AccountAlreadyExists):
            memory.account("BOB")
        with pytest.raises(AccountNotFound):
            memory.site.issue_token(OPERATOR, "bob", "for a ghost")
        with pytest.raises(InvalidCredentials):
            memory.site.authenticate(PasswordCredentials("bob", ""))

    def test_the_only_owner_of_projects_stays(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.create_project(alice, DisplayName("Sample"))
        memory.site.index(TEST_INDEX).create_project(alice, DisplayName("Other"))
        token = TokenCredentials(memory.token("alice"))

        with pytest.raises(OnlyOwner, match="only owner of pypi/sample, test/other: give each"):
            memory.site.delete_account(OPERATOR, "alice")

        assert memory.site.authenticate(token).username == "alice"

    def test_a_role_in_a_quarantined_project_counts(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.create_project(alice, DisplayName("Sample"))
        memory.index.set_project_status(OPERATOR, SAMPLE, ProjectStatus(Status.QUARANTINED))

        with pytest.raises(OnlyOwner):
            memory.site.delete_account(OPERATOR, "alice")

        memory.account("bob")
        memory.index.grant_role(OPERATOR, SAMPLE, "bob", Role.OWNER)
        memory.site.delete_account(OPERATOR, "alice")
        memory.index.set_project_status(OPERATOR, SAMPLE, ProjectStatus(Status.ACTIVE))
        assert list(memory.index.roles.in_project(ANONYMOUS, SAMPLE)) == [("bob", Role.OWNER)]

    def test_more_than_ten_projects_are_counted(self, memory: InMemorySite, alice: Actor) -> None:
        for number in range(12):
            memory.index.create_project(alice, DisplayName(f"sample-number-{number}"))

        with pytest.raises(OnlyOwner, match=r"and 2 more: give"):
            memory.site.delete_account(OPERATOR, "alice")


class TestOwnPassword:
    def test_needs_the_old_one(self, memory: InMemorySite, alice: Actor) -> None:
        with pytest.raises(InvalidCredentials):
            memory.site.change_own_password(PasswordCredentials("alice", "wrong"), "battery staple")

        memory.site.change_own_password(PasswordCredentials("alice", "correct horse"), "battery staple")

        with pytest.raises(InvalidCredentials):
            memory.site.authenticate(PasswordCredentials("alice", "correct horse"))
        memory.site.authenticate(PasswordCredentials("alice", "battery staple"))

    @pytest.mark.parametrize("revoke_tokens", [False, True])
    def test_keeps_tokens_unless_they_are_to_be_revoked(
        self, memory: InMemorySite, *, revoke_tokens: bool
    ) -> None:
        token = TokenCredentials(memory.token("alice"))
        of_bob = TokenCredentials(memory.token("bob"))

        revoked = memory.site.change_own_password(
            PasswordCredentials("alice", "correct horse"), "battery staple", revoke_tokens=revoke_tokens
        )

        assert revoked == (1 if revoke_tokens else 0)
        assert memory.site.authenticate(of_bob).username == "bob"
        if revoke_tokens:
            with pytest.raises(InvalidCredentials):
                memory.site.authenticate(token)
        else:
            assert memory.site.authenticate(token).username == "alice"

    def test_a_short_one_is_refused(self, memory: InMemorySite, alice: Actor) -> None:
        with pytest.raises(InvalidSetting, match="at least 8"):
            memory.site.change_own_password(PasswordCredentials("alice", "correct horse"), "short")

    def test_a_disabled_account_cannot_change_it(self, memory: InMemorySite, alice: Actor) -> None:
        memory.site.disable_account(OPERATOR, "alice")

        with pytest.raises(InvalidCredentials):
            memory.site.change_own_password(PasswordCredentials("alice", "correct horse"), "battery staple")

    def test_guessing_is_counted_as_failed_logins_are(self) -> None:
        memory = InMemorySite(limits=RateLimits(failed_logins_by_user=TWO))
        memory.account("alice")
        for _ in range(2):
            with pytest.raises(InvalidCredentials):
                memory.site.change_own_password(PasswordCredentials("alice", "wrong"), "battery staple")

        with pytest.raises(TooMany):
            memory.site.change_own_password(PasswordCredentials("alice", "correct horse"), "battery staple")
