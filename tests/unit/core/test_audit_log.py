"""Every write leaves an entry that tells who did it, from where and with what; no secret is in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import (
    ANONYMOUS,
    OPERATOR,
    PasswordCredentials,
    Proof,
    TokenCredentials,
    TokenScope,
)
from pypi_core.domain.audit import AuditEntry, AuditFilter
from pypi_core.domain.entities import Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.origins import AuditedOrigin, Origin, origin_of
from pypi_core.domain.versions import parse_version
from pypi_core.domain.web_sessions import SessionTerms
from pypi_core.errors import NotAllowed, PackageIndexError, Unauthenticated
from pypi_core.use_cases.upkeep.forget_history import ForgetHistory, KeptDownloads

SAMPLE = NormalizedName("sample")
EVERYTHING = AuditFilter()


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


@pytest.fixture
def entries(memory: InMemorySite) -> Callable[..., list[AuditEntry]]:
    """Return a function that gives the entries since the beginning of the test, oldest first."""
    (newest,) = memory.site.audit_log.entries(OPERATOR, EVERYTHING, limit=1)

    def read(wanted: AuditFilter = EVERYTHING) -> list[AuditEntry]:
        found = list(memory.site.audit_log.entries(OPERATOR, wanted))
        return [each.entry for each in reversed(found) if each.id > newest.id]

    return read


class TestWhatIsWritten:
    def test_an_upload_with_a_token(
        self, memory: InMemorySite, entries: Callable[..., list[AuditEntry]]
    ) -> None:
        token = memory.token("alice")
        origin = Origin(address="192.0.2.7", user_agent="twine/6.0")
        actor = memory.site.authenticate(TokenCredentials(token), origin)

        memory.publish(actor, build_wheel("Sample", "1.0"))

        of_project = entries(AuditFilter(project=SAMPLE))
        assert [each.action for each in of_project] == [
            "project-created", "role-granted", "release-created", "file-published",
        ]  # fmt: skip
        (token_id,) = (each.id for each in memory.site.tokens.of(OPERATOR, "alice"))
        for each in of_project:
            assert (each.username, each.account_id, each.proof) == ("alice", actor.account_id, Proof.TOKEN)
            audited = AuditedOrigin(address="192.0.2.7", user_agent="twine/6.0")
            assert (each.token_id, each.origin, each.moment) == (token_id, audited, memory.clock.now())
            assert (each.index, each.project) == (DEFAULT_INDEX, "sample")
        assert of_project[-1].filename == "sample-1.0-py3-none-any.whl"
        assert of_project[1].detail == '{"role":"Owner","username":"alice"}'

    def test_every_change_of_an_index(
        self, memory: InMemorySite, entries: Callable[..., list[AuditEntry]]
    ) -> None:
        alice = memory.actor("alice")
        wheel, sdist = build_wheel("sample", "1.0"), build_sdist("sample", "1.0")
        memory.publish(alice, wheel)
        memory.publish(alice, sdist)
        before = len(entries())

        memory.index.yank_release(alice, SAMPLE, parse_version("1.0"), Yank("it burns"))
        memory.index.unyank_release(alice, SAMPLE, parse_version("1.0"))
        memory.index.delete_file(alice, SAMPLE, wheel.filename)

        yanked, unyanked, deleted = entries()[before:]
        assert (yanked.action, yanked.version) == ("release-yanked", "1.0")
        assert yanked.detail == '{"yank":{"reason":"it burns"}}'
        assert unyanked.action == "release-unyanked"
        assert (deleted.action, deleted.filename) == ("file-deleted", wheel.filename)

    def test_every_change_of_the_site(
        self, memory: InMemorySite, entries: Callable[..., list[AuditEntry]]
    ) -> None:
        site = memory.site
        site.register_account(OPERATOR, "Alice", "correct horse", is_administrator=False)
        site.change_password(OPERATOR, "alice", "battery staple")
        issued = site.issue_token(
            OPERATOR, "alice", "for the build", TokenScope(projects=frozenset({SAMPLE}))
        )
        site.revoke_token(OPERATOR, issued.token.id)
        site.create_index(OPERATOR, "private", IndexSettings(title="In-house"))
        site.configure_index(OPERATOR, "private", IndexSettings(title="Ours"))

        written = entries()
        assert [each.action for each in written] == [
            "account-registered", "password-changed", "token-issued", "token-revoked",
            "index-created", "index-configured",
        ]  # fmt: skip
        assert {each.username for each in written} == {"operator"}
        assert {each.proof for each in written} == {Proof.LOCAL}
        assert [each.index for each in written] == [None] * 4 + [IndexName("private")] * 2
        assert issued.token.id in written[2].detail
        assert '"username":"Alice"' in written[1].detail
        assert '"title":"Ours"' in written[5].detail

    def test_the_use_of_a_password(
        self, memory: InMemorySite, entries: Callable[..., list[AuditEntry]]
    ) -> None:
        memory.account("alice")
        origin = Origin(address="192.0.2.7")
        alice = memory.site.authenticate(PasswordCredentials("alice", "correct horse"), origin)

        memory.site.issue_token(alice, "alice", "mine")

        issued = entries()[-1]
        assert (issued.username, issued.proof, issued.token_id) == ("alice", Proof.PASSWORD, None)
        assert issued.origin == AuditedOrigin(address="192.0.2.7")

    def test_secrets_are_never_written(
        self, memory: InMemorySite, entries: Callable[..., list[AuditEntry]]
    ) -> None:
        memory.account("alice", password="correct horse")
        memory.site.change_password(OPERATOR, "alice", "battery staple")
        secret = memory.site.issue_token(OPERATOR, "alice", "for the build").secret
        stored = memory.site.tokens.of(OPERATOR, "alice")[0].secret_hash
        memory.publish(memory.site.authenticate(TokenCredentials(secret)), build_wheel())

        written = repr(entries())
        for each in ("correct horse", "battery staple", secret, stored, "plain$"):
            assert each not in written

    def test_a_refused_request_leaves_no_entry(
        self, memory: InMemorySite, entries: Callable[..., list[AuditEntry]]
    ) -> None:
        memory.publish(memory.actor("alice"), build_wheel("sample", "1.0"))
        bob = memory.actor("bob")
        before = entries()

        for refused in (
            lambda: memory.publish(bob, build_wheel("sample", "2.0")),
            lambda: memory.index.yank_release(bob, SAMPLE, parse_version("1.0"), Yank("")),
            lambda: memory.site.create_index(bob, "mine", IndexSettings()),
            lambda: memory.site.register_account(OPERATOR, "bob", "correct horse"),
        ):
            with pytest.raises(PackageIndexError):
                refused()

        assert entries() == before

    def test_uploading_the_same_file_again_leaves_no_entry(
        self, memory: InMemorySite, entries: Callable[..., list[AuditEntry]]
    ) -> None:
        alice = memory.actor("alice")
        memory.publish(alice, build_wheel())
        before = entries()

        memory.publish(alice, build_wheel())

        assert entries() == before


class TestReading:
    def test_only_administrators_may(self, memory: InMemorySite) -> None:
        alice = memory.actor("alice")
        with pytest.raises(NotAllowed):
            memory.site.audit_log.entries(alice, EVERYTHING)
        with pytest.raises(Unauthenticated):
            memory.site.audit_log.entries(ANONYMOUS, EVERYTHING)
        memory.account("root", is_administrator=True)
        assert list(memory.site.audit_log.entries(memory.actor("root"), EVERYTHING, limit=1))

    def test_a_limited_token_of_an_administrator_may_not(self, memory: InMemorySite) -> None:
        limited = replace(OPERATOR, scope=TokenScope(projects=frozenset({SAMPLE})))
        with pytest.raises(NotAllowed):
            memory.site.audit_log.entries(limited, EVERYTHING)

    def test_newest_first_across_pages(self, memory: InMemorySite) -> None:
        for number in range(600):
            memory.index.create_project(OPERATOR, DisplayName(f"project-{number}"))

        of_projects = memory.site.audit_log.entries(OPERATOR, AuditFilter(index=DEFAULT_INDEX), limit=600)
        assert [each.entry.project for each in of_projects] == [
            f"project-{number}" for number in reversed(range(600))
        ]

    def test_up_to_a_moment(self, memory: InMemorySite) -> None:
        memory.account("alice")
        since = memory.clock.advance(timedelta(days=1))
        memory.account("bob")

        (found,) = memory.site.audit_log.entries(OPERATOR, EVERYTHING, since=since)

        assert '"bob"' in found.entry.detail

    def test_a_user_name_in_any_case(self, memory: InMemorySite) -> None:
        memory.publish(memory.actor("Alice"), build_wheel())

        assert len(list(memory.site.audit_log.entries(OPERATOR, AuditFilter(username="aLICE")))) == 4


class TestForgetting:
    def test_it_is_kept_for_ever(self, memory: InMemorySite) -> None:
        memory.clock.advance(timedelta(days=10_000))

        assert memory.site.forget_history().audit_entries == 0

    def test_or_for_as_long_as_is_set(self, memory: InMemorySite) -> None:
        memory.account("alice")
        memory.clock.advance(timedelta(days=31))
        memory.account("bob")
        database = memory.database
        forget = ForgetHistory(
            database.audit_log,
            database.rate_limiter,
            database.download_batches,
            database.sightings,
            memory.clock,
            timedelta(days=30),
            KeptDownloads(),
            SessionTerms(),
        )

        # The two indexes and alice.
        assert forget().audit_entries == 3
        (kept,) = memory.site.audit_log.entries(OPERATOR, EVERYTHING)
        assert '"bob"' in kept.entry.detail


class TestOrigins:
    @given(st.text(), st.text())
    def test_are_short_and_printable(self, address: str, user_agent: str) -> None:
        origin = origin_of(address, user_agent)

        assert len(origin.address) <= 45
        assert len(origin.user_agent) <= 200
        assert (origin.address + origin.user_agent).isprintable()

    def test_ordinary_values_are_kept(self) -> None:
        agent = 'pip/24.0 {"installer":{"name":"pip"}}'
        assert origin_of("2001:db8::1", agent) == Origin(address="2001:db8::1", user_agent=agent)
