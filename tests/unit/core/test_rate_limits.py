"""How often something may be done: logins that fail, uploads, new projects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR, Actor, PasswordCredentials, TokenCredentials
from pypi_core.domain.entities import Serial
from pypi_core.domain.names import DisplayName, NormalizedName, parse_project_name
from pypi_core.domain.origins import Origin
from pypi_core.domain.rate_limits import RateLimit, RateLimits, parse_rate, standing_at
from pypi_core.errors import InvalidCredentials, InvalidSetting, ProjectNotFound, TooMany
from pypi_core.index import Index
from pypi_memory.environment import PlainPasswordHasher

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WRONG = PasswordCredentials("alice", "wrong")
RIGHT = PasswordCredentials("alice", "correct horse")


def limit(name: str, quota: int, window: int = 300) -> RateLimit:
    return RateLimit(name=name, quota=quota, window=window, refusal="Too many: wait {wait}.")


def came_from(address: str) -> Origin:
    return Origin(address=address)


class TestArithmetic:
    @given(st.integers(1, 1000), st.integers(1, 10_000_000))
    def test_a_whole_quota_fits_into_the_window(self, quota: int, window: int) -> None:
        each = limit("any", quota, window)

        assert standing_at(each, None, NOW).remaining == quota
        assert standing_at(each, NOW + (quota - 1) * each.share, NOW).remaining >= 1
        assert standing_at(each, NOW + timedelta(seconds=window), NOW).is_over

    def test_an_unlimited_quota_never_stops_a_caller(self) -> None:
        assert standing_at(limit("any", 999_999_999, 1), NOW, NOW).remaining > 0

    @given(st.integers(1, 1000), st.integers(1, 100_000), st.integers(0, 10**12))
    def test_waiting_as_long_as_announced_permits_one_more(self, quota: int, window: int, owed: int) -> None:
        each = limit("any", quota, window)
        free_at = NOW + min(timedelta(microseconds=owed), timedelta(seconds=window))
        standing = standing_at(each, free_at, NOW)

        if standing.is_over:
            assert standing.wait >= 1
            assert standing_at(each, free_at, NOW + timedelta(seconds=standing.wait)).remaining >= 1

    @pytest.mark.parametrize(
        ("window", "words"), [(1, "1 second."), (90, "90 seconds."), (600, "10 minutes."), (7201, "3 hours.")]
    )
    def test_how_long_to_wait_is_said_in_words(self, window: int, words: str) -> None:
        each = limit("any", 1, window)

        with pytest.raises(TooMany, match=f"wait {words}") as refusal:
            standing_at(each, NOW + timedelta(seconds=window), NOW).require()

        error = refusal.value
        assert (error.policy, error.quota, error.window, error.retry_after) == ("any", 1, window, window)


class TestSettings:
    @pytest.mark.parametrize(
        ("raw", "rate"),
        [("1000/3600", (1000, 3600)), (" 1/1 ", (1, 1)), ("0", None), ("", None), ("none", None)],
    )
    def test_a_rate_is_read(self, raw: str, rate: tuple[int, int] | None) -> None:
        assert parse_rate(raw) == rate

    @pytest.mark.parametrize(
        "raw", ["10", "10/0", "0/10", "-1/10", "1/10/10", "ten/minute", "\u0661/\u0661", "1e3/60"]
    )
    def test_anything_else_is_refused(self, raw: str) -> None:
        with pytest.raises(InvalidSetting, match="1000/3600"):
            parse_rate(raw)


class CountingHasher(PlainPasswordHasher):
    """Counts how often a password is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def verify(self, password_hash: str, password: str) -> bool:
        self.looks += 1
        return super().verify(password_hash, password)


class TestFailedLogins:
    @pytest.fixture
    def hasher(self) -> CountingHasher:
        return CountingHasher()

    @pytest.fixture
    def memory(self, hasher: CountingHasher) -> InMemorySite:
        limits = RateLimits(
            failed_logins_by_address=limit("failed-logins", 5), failed_logins_by_user=limit("of-user", 3)
        )
        memory = InMemorySite(limits=limits, passwords=hasher)
        memory.account("alice")
        memory.account("bob")
        return memory

    def fail(
        self, memory: InMemorySite, credentials: PasswordCredentials, address: str = "192.0.2.7"
    ) -> None:
        with pytest.raises(InvalidCredentials):
            memory.site.authenticate(credentials, came_from(address))

    def test_of_one_user_from_anywhere(self, memory: InMemorySite, hasher: CountingHasher) -> None:
        for number in range(3):
            self.fail(memory, WRONG, f"192.0.2.{number}")
        looks = hasher.looks

        # Not even the right one is looked at.
        with pytest.raises(TooMany) as refusal:
            memory.site.authenticate(RIGHT, came_from("198.51.100.1"))

        assert refusal.value.retry_after == 100
        assert hasher.looks == looks

    def test_a_user_name_counts_in_any_case(self, memory: InMemorySite) -> None:
        for name in ("alice", "Alice", "ALICE"):
            self.fail(memory, PasswordCredentials(name, "wrong"))

        with pytest.raises(TooMany):
            memory.site.authenticate(RIGHT, came_from("198.51.100.1"))

    def test_failures_from_one_address_count_together_for_all_user_names(
        self, memory: InMemorySite, hasher: CountingHasher
    ) -> None:
        for number in range(5):
            self.fail(memory, PasswordCredentials(f"user-{number}", "guess"))
        looks = hasher.looks

        with pytest.raises(TooMany):
            memory.site.authenticate(RIGHT, came_from("192.0.2.7"))

        assert hasher.looks == looks
        assert memory.site.authenticate(RIGHT, came_from("192.0.2.8")).username == "alice"

    def test_from_one_network_of_ipv6(self, memory: InMemorySite) -> None:
        for number in range(5):
            self.fail(memory, PasswordCredentials(f"user-{number}", "guess"), f"2001:db8:1:2::{number}")

        with pytest.raises(TooMany):
            memory.site.authenticate(RIGHT, came_from("2001:db8:1:2:ffff::1"))
        assert memory.site.authenticate(RIGHT, came_from("2001:db8:1:3::1")).username == "alice"

    def test_ipv4_mapped_addresses_do_not_count_as_one_network(self, memory: InMemorySite) -> None:
        for number in range(5):
            self.fail(memory, PasswordCredentials(f"user-{number}", "guess"), "::ffff:192.0.2.7")

        assert memory.site.authenticate(RIGHT, came_from("::ffff:192.0.2.8")).username == "alice"
        with pytest.raises(TooMany):
            memory.site.authenticate(RIGHT, came_from("192.0.2.7"))

    def test_only_failures_count(self, memory: InMemorySite) -> None:
        for _ in range(20):
            assert memory.site.authenticate(RIGHT, came_from("192.0.2.7")).username == "alice"

    def test_after_a_while_one_more_is_permitted(self, memory: InMemorySite) -> None:
        for _ in range(3):
            self.fail(memory, WRONG)
        memory.clock.advance(timedelta(seconds=100))

        self.fail(memory, WRONG)
        with pytest.raises(TooMany):
            memory.site.authenticate(WRONG, came_from("192.0.2.7"))

    def test_failures_of_one_user_do_not_lock_out_others(self, memory: InMemorySite) -> None:
        for _ in range(3):
            self.fail(memory, WRONG)

        bob = memory.site.authenticate(PasswordCredentials("bob", "correct horse"), came_from("192.0.2.7"))
        assert bob.username == "bob"

    def test_invalid_tokens_count_by_address(self, memory: InMemorySite) -> None:
        bad = TokenCredentials("pidx_nonsense")
        for _ in range(20):
            with pytest.raises((InvalidCredentials, TooMany)):
                memory.site.authenticate(bad, came_from("192.0.2.7"))

        with pytest.raises(TooMany):
            memory.site.authenticate(bad, came_from("192.0.2.7"))
        with pytest.raises(InvalidCredentials):
            memory.site.authenticate(bad, came_from("198.51.100.1"))

    def test_a_good_token_opens_whatever_failed_before(self, memory: InMemorySite) -> None:
        token = memory.token("alice")
        for number in range(20):
            with pytest.raises((InvalidCredentials, TooMany)):
                memory.site.authenticate(TokenCredentials(f"pidx_{number}"), came_from("192.0.2.7"))

        assert memory.site.authenticate(TokenCredentials(token), came_from("192.0.2.7")).username == "alice"

    @pytest.mark.parametrize("username", ["", "x" * 10_000, "a\x00b", "ä", "a b"])
    def test_impossible_user_names_count_by_address_only(self, memory: InMemorySite, username: str) -> None:
        for number in range(5):
            self.fail(memory, PasswordCredentials(username, "guess"), f"192.0.2.{number}")

        self.fail(memory, PasswordCredentials(username, "guess"), "192.0.2.100")


class TestUploads:
    @pytest.fixture
    def memory(self) -> InMemorySite:
        return InMemorySite(limits=RateLimits(uploads=limit("uploads", 3, 60)))

    def upload(
        self, memory: InMemorySite, actor: Actor, version: str, index: Index | None = None
    ) -> int | None:
        outcome = memory.publish(actor, build_wheel("sample", version), index)
        return outcome.standing.remaining if outcome.standing else None

    def test_of_one_account_are_counted_by_publishing(self, memory: InMemorySite) -> None:
        alice = memory.actor("alice")

        assert [self.upload(memory, alice, f"{number}.0") for number in range(3)] == [2, 1, 0]
        with pytest.raises(TooMany):
            self.upload(memory, alice, "3.0")
        with pytest.raises(TooMany):
            memory.index.limit_uploads.require_room(alice)

    def test_a_refused_upload_leaves_nothing(self, memory: InMemorySite) -> None:
        alice = memory.actor("alice")
        for number in range(3):
            self.upload(memory, alice, f"{number}.0")
        before = memory.index.journal.since(alice, Serial(0))

        with pytest.raises(TooMany):
            memory.publish(alice, build_wheel("another", "1.0"))

        assert memory.index.journal.since(alice, Serial(0)) == before

    def test_on_all_indexes_count_together(self, memory: InMemorySite) -> None:
        alice, test = memory.actor("alice"), memory.site.index(TEST_INDEX)

        assert self.upload(memory, alice, "1.0") == 2
        assert self.upload(memory, alice, "1.0", test) == 1

    def test_of_one_account_leave_others_alone(self, memory: InMemorySite) -> None:
        alice, bob = memory.actor("alice"), memory.actor("bob")
        for number in range(3):
            self.upload(memory, alice, f"{number}.0")

        assert memory.publish(bob, build_wheel("of-bob", "1.0")).created

    @pytest.mark.parametrize("kind", ["administrator", "operator"])
    def test_of_administrators_have_no_limit(self, memory: InMemorySite, kind: str) -> None:
        memory.account("root", is_administrator=True)
        actor = memory.actor("root") if kind == "administrator" else OPERATOR

        assert {self.upload(memory, actor, f"{number}.0") for number in range(10)} == {None}
        assert memory.index.limit_uploads.count_unpublished(actor) is None

    def test_without_publishing_count_too(self, memory: InMemorySite) -> None:
        alice = memory.actor("alice")
        for _ in range(3):
            memory.index.limit_uploads.count_unpublished(alice)

        with pytest.raises(TooMany):
            self.upload(memory, alice, "1.0")

    def test_expired_counts_are_swept(self, memory: InMemorySite) -> None:
        self.upload(memory, memory.actor("alice"), "1.0")
        memory.clock.advance(timedelta(seconds=20))

        assert memory.site.forget_history().rate_counts == 1


class TestNewProjects:
    @pytest.fixture
    def memory(self) -> InMemorySite:
        return InMemorySite(limits=RateLimits(new_projects=limit("new-projects", 2, 86400)))

    def test_of_one_account_are_counted_however_they_come_to_be(self, memory: InMemorySite) -> None:
        alice = memory.actor("alice")
        memory.publish(alice, build_wheel("one", "1.0"))
        memory.index.create_project(alice, DisplayName("two"))

        with pytest.raises(TooMany):
            memory.publish(alice, build_wheel("three", "1.0"))
        with pytest.raises(TooMany):
            memory.index.create_project(alice, DisplayName("three"))
        with pytest.raises(ProjectNotFound):
            memory.index.projects.read(alice, parse_project_name("three"))

    def test_projects_that_are_there_take_further_files(self, memory: InMemorySite) -> None:
        alice = memory.actor("alice")
        for name in ("one", "two"):
            memory.publish(alice, build_wheel(name, "1.0"))

        assert memory.publish(alice, build_wheel("one", "2.0")).created

    def test_of_administrators_have_no_limit(self, memory: InMemorySite) -> None:
        for number in range(5):
            memory.index.create_project(OPERATOR, DisplayName(f"project-{number}"))


class TestValidations:
    METADATA = "Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n"

    @pytest.fixture
    def memory(self) -> InMemorySite:
        return InMemorySite(limits=RateLimits(validations=limit("validations", 2)))

    def test_checking_metadata_is_refused_when_there_was_too_much_of_it(self, memory: InMemorySite) -> None:
        alice, bob = memory.actor("alice"), memory.actor("bob")
        for _ in range(2):
            memory.index.checks.metadata(alice, self.METADATA)

        with pytest.raises(TooMany):
            memory.index.checks.metadata(alice, self.METADATA)
        assert memory.index.checks.metadata(bob, self.METADATA).name == "sample"

    def test_describing_a_release_counts_as_well(self, memory: InMemorySite) -> None:
        alice = memory.actor("alice")
        name, version = NormalizedName("sample"), Version("1.0")
        memory.index.create_project(alice, DisplayName("sample"))
        for _ in range(2):
            memory.index.set_release_metadata(alice, name, version, self.METADATA)

        with pytest.raises(TooMany):
            memory.index.set_release_metadata(alice, name, version, self.METADATA)

    def test_an_administrator_is_not_limited(self, memory: InMemorySite) -> None:
        for _ in range(3):
            assert memory.index.checks.metadata(OPERATOR, self.METADATA).name == "sample"
