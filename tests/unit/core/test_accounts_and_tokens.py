"""Who is let in, with what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypi_contracts.assembly import InMemorySite
from pypi_core.domain.accounts import (
    ANONYMOUS,
    ENTROPY,
    OPERATOR,
    Action,
    PasswordCredentials,
    Proof,
    TokenCredentials,
    TokenScope,
    parse_token,
    secret_hash,
    token_secret,
)
from pypi_core.domain.indexes import IndexSettings, Reading
from pypi_core.errors import (
    AccountAlreadyExists,
    AccountNotFound,
    IndexAlreadyExists,
    IndexNotFound,
    InvalidCredentials,
    InvalidSetting,
    NotAllowed,
    PasswordNotAccepted,
    TokenNotFound,
    Unauthenticated,
)


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


class TestTokenText:
    @given(st.binary(min_size=ENTROPY, max_size=ENTROPY))
    def test_reads_back(self, entropy: bytes) -> None:
        secret = token_secret(entropy)

        assert parse_token(f" {secret}\n") == secret
        assert len(secret) == len(token_secret(bytes(ENTROPY)))

    @given(st.text())
    def test_refuses_other_text_with_a_documented_error(self, text: str) -> None:
        with pytest.raises(InvalidCredentials):
            parse_token(text)

    @given(st.integers(5, 53), st.sampled_from("0aZ9"))
    def test_notices_a_mistyped_character(self, position: int, character: str) -> None:
        secret = token_secret(bytes(range(ENTROPY)))
        if secret[position] == character:
            return
        with pytest.raises(InvalidCredentials, match="mistyped"):
            parse_token(secret[:position] + character + secret[position + 1 :])

    def test_is_not_taken_for_a_token_of_the_public_index(self) -> None:
        assert not token_secret(bytes(ENTROPY)).startswith("pypi-")


class TestAuthentication:
    def test_a_token_identifies_the_actor(self, memory: InMemorySite) -> None:
        actor = memory.site.authenticate(TokenCredentials(memory.token("alice")))

        assert (actor.username, actor.proof, actor.is_administrator) == ("alice", Proof.TOKEN, False)

    def test_a_password_identifies_the_actor(self, memory: InMemorySite) -> None:
        memory.account("alice", password="correct horse", is_administrator=True)

        actor = memory.site.authenticate(PasswordCredentials("ALICE", "correct horse"))

        assert (actor.username, actor.proof, actor.is_administrator) == ("alice", Proof.PASSWORD, True)

    @pytest.mark.parametrize(
        ("username", "password"), [("alice", "wrong"), ("nobody", "correct horse"), ("", "")]
    )
    def test_a_wrong_pair_is_refused_without_saying_which(
        self, memory: InMemorySite, username: str, password: str
    ) -> None:
        memory.account("alice", password="correct horse")

        with pytest.raises(InvalidCredentials, match="User name or password is wrong"):
            memory.site.authenticate(PasswordCredentials(username, password))

    def test_a_revoked_token_is_refused(self, memory: InMemorySite) -> None:
        memory.account("alice")
        issued = memory.site.issue_token(OPERATOR, "alice", "laptop")
        memory.site.revoke_token(OPERATOR, issued.token.id)

        with pytest.raises(InvalidCredentials, match="revoked"):
            memory.site.authenticate(TokenCredentials(issued.secret))

    def test_a_token_expires_at_its_moment(self, memory: InMemorySite) -> None:
        memory.account("alice")
        expires = memory.clock.now() + timedelta(hours=1)
        secret = memory.site.issue_token(OPERATOR, "alice", "short", expires=expires).secret

        assert memory.site.authenticate(TokenCredentials(secret)).username == "alice"
        memory.clock.advance(timedelta(hours=1))
        with pytest.raises(InvalidCredentials, match="expired"):
            memory.site.authenticate(TokenCredentials(secret))

    def test_a_token_that_was_never_issued_is_refused(self, memory: InMemorySite) -> None:
        with pytest.raises(InvalidCredentials, match="unknown"):
            memory.site.authenticate(TokenCredentials(token_secret(bytes(ENTROPY))))


class TestTokens:
    def test_the_secret_is_not_stored(self, memory: InMemorySite) -> None:
        memory.account("alice")
        issued = memory.site.issue_token(OPERATOR, "alice", "laptop")

        [stored] = memory.site.tokens.of(OPERATOR, "alice")

        assert stored.secret_hash == secret_hash(issued.secret)
        assert issued.secret not in repr(stored)

    def test_carry_their_scope_into_the_actor(self, memory: InMemorySite) -> None:
        memory.account("alice")
        scope = TokenScope(actions=frozenset({Action.UPLOAD}))
        secret = memory.site.issue_token(OPERATOR, "alice", "ci", scope).secret

        assert memory.site.authenticate(TokenCredentials(secret)).scope == scope

    def test_can_be_created_with_a_password(self, memory: InMemorySite) -> None:
        actor = memory.actor_by_password("alice")

        assert memory.site.issue_token(actor, "alice", "laptop").token.description == "laptop"

    def test_cannot_be_created_with_a_limited_token(self, memory: InMemorySite) -> None:
        memory.account("alice")
        scope = TokenScope(actions=frozenset({Action.UPLOAD}))
        limited = memory.site.authenticate(
            TokenCredentials(memory.site.issue_token(OPERATOR, "alice", "ci", scope).secret)
        )

        with pytest.raises(NotAllowed, match="limited token"):
            memory.site.issue_token(limited, "alice", "wider")

    def test_cannot_be_created_for_another_account(self, memory: InMemorySite) -> None:
        memory.account("alice")

        with pytest.raises(NotAllowed):
            memory.site.issue_token(memory.actor("bob"), "alice", "mine now")
        with pytest.raises(Unauthenticated):
            memory.site.issue_token(ANONYMOUS, "alice", "mine now")

    @pytest.mark.parametrize("description", ["", "   ", "x" * 101])
    def test_need_a_description(self, memory: InMemorySite, description: str) -> None:
        memory.account("alice")

        with pytest.raises(InvalidSetting, match="Describe the token"):
            memory.site.issue_token(OPERATOR, "alice", description)

    def test_do_not_start_expired(self, memory: InMemorySite) -> None:
        memory.account("alice")

        with pytest.raises(InvalidSetting, match="later moment"):
            memory.site.issue_token(OPERATOR, "alice", "late", expires=memory.clock.now())

    def test_of_another_account_look_like_unknown_ones(self, memory: InMemorySite) -> None:
        memory.account("alice")
        issued = memory.site.issue_token(OPERATOR, "alice", "laptop")
        bob = memory.actor("bob")

        for token_id in (issued.token.id, type(issued.token.id)("nothing")):
            with pytest.raises(TokenNotFound):
                memory.site.revoke_token(bob, token_id)
        assert memory.site.authenticate(TokenCredentials(issued.secret)).username == "alice"


class TestAccounts:
    def test_are_made_by_administrators(self, memory: InMemorySite) -> None:
        memory.account("ada", is_administrator=True)

        assert memory.site.register_account(memory.actor("ada"), "bob", "long enough").username == "bob"
        with pytest.raises(NotAllowed):
            memory.site.register_account(memory.actor("bob"), "carol", "long enough")
        with pytest.raises(PasswordNotAccepted):
            memory.site.register_account(memory.actor_by_password("dora"), "carol", "long enough")

    @pytest.mark.parametrize("username", ["", "-x", "a b", "x\n", "x" * 51, "\u00e4"])
    def test_have_plain_names(self, memory: InMemorySite, username: str) -> None:
        with pytest.raises(InvalidSetting, match="not a user name"):
            memory.account(username)

    def test_need_a_password_of_a_minimum_length(self, memory: InMemorySite) -> None:
        with pytest.raises(InvalidSetting, match="at least 8"):
            memory.account("alice", password="short")

    def test_names_are_taken_in_any_case(self, memory: InMemorySite) -> None:
        memory.account("alice")

        with pytest.raises(AccountAlreadyExists):
            memory.account("Alice")

    def test_a_changed_password_replaces_the_old_one(self, memory: InMemorySite) -> None:
        memory.account("alice", password="first password")
        memory.site.change_password(OPERATOR, "alice", "second password")

        assert memory.site.authenticate(PasswordCredentials("alice", "second password")).username == "alice"
        with pytest.raises(InvalidCredentials):
            memory.site.authenticate(PasswordCredentials("alice", "first password"))
        with pytest.raises(AccountNotFound):
            memory.site.change_password(OPERATOR, "nobody", "long enough")


class TestIndexes:
    def test_can_be_used_as_soon_as_they_are_created(self, memory: InMemorySite) -> None:
        record = memory.site.create_index(OPERATOR, "private", IndexSettings(reading=Reading.PRIVATE))

        assert memory.site.index(record.name).reading.record().settings.reading is Reading.PRIVATE
        assert [each.name for each in memory.site.indexes()] == ["private", "pypi", "test"]

    def test_have_one_name_each(self, memory: InMemorySite) -> None:
        with pytest.raises(IndexAlreadyExists):
            memory.site.create_index(OPERATOR, "test", IndexSettings())

    @pytest.mark.parametrize("name", ["", "Upper", "a/b", "1st", "x" * 64, "a\n"])
    def test_have_plain_names(self, memory: InMemorySite, name: str) -> None:
        with pytest.raises(InvalidSetting, match="not an index name"):
            memory.site.create_index(OPERATOR, name, IndexSettings())

    def test_settings_are_checked_all_at_once(self, memory: InMemorySite) -> None:
        with pytest.raises(InvalidSetting) as refusal:
            memory.site.create_index(OPERATOR, "odd", IndexSettings(title="", largest_file=0))

        assert [each.field for each in refusal.value.problems] == ["title", "largest_file"]

    def test_are_created_by_administrators(self, memory: InMemorySite) -> None:
        with pytest.raises(NotAllowed):
            memory.site.create_index(memory.actor("bob"), "bobs", IndexSettings())

    def test_that_do_not_exist_are_not_found(self, memory: InMemorySite) -> None:
        with pytest.raises(IndexNotFound):
            memory.site.configure_index(OPERATOR, "nowhere", IndexSettings())
