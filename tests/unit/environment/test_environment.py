from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from pypi_environment.clock import SystemClock
from pypi_environment.passwords import Argon2PasswordHasher
from pypi_environment.randomness import SystemRandomness


def test_the_clock_returns_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_the_clock_never_goes_back_in_any_thread() -> None:
    clock = SystemClock()
    broken: list[object] = []

    def look() -> None:
        earlier = clock.now()
        for _ in range(5000):
            now = clock.now()
            if now < earlier:
                broken.append((earlier, now))
            earlier = now

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []


class SetClock:
    """A system's clock that is set, beside seconds that nobody sets."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 1, tzinfo=UTC)
        self.seconds = 0.0
        self.clock = SystemClock(lambda: self.moment, lambda: self.seconds)

    def pass_time(self, seconds: float) -> datetime:
        self.moment += timedelta(seconds=seconds)
        self.seconds += seconds
        return self.clock.now()


def test_the_clock_does_not_stand_still_after_a_jump_forward_and_back() -> None:
    system = SetClock()
    right = system.clock.now()
    system.moment += timedelta(days=1)
    assert system.clock.now() == right + timedelta(days=1)
    system.moment -= timedelta(days=1)

    assert system.pass_time(10) == right + timedelta(seconds=10)
    assert system.pass_time(10) == right + timedelta(seconds=20)


def test_the_clock_goes_on_slowly_while_the_system_is_a_little_behind() -> None:
    system = SetClock()
    start = system.clock.now()
    system.moment -= timedelta(seconds=30)

    assert system.pass_time(20) == start + timedelta(seconds=10)
    assert system.pass_time(20) == start + timedelta(seconds=20)
    assert system.pass_time(20) == start + timedelta(seconds=30)
    assert system.pass_time(20) == start + timedelta(seconds=50)


def test_a_clock_that_is_set_back_far_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    system = SetClock()
    system.clock.now()
    system.moment -= timedelta(hours=1)
    system.clock.now()

    assert caplog.messages == ["the system's clock was set back by 1:00:00 and is followed"]


def test_randomness_gives_as_many_bytes_as_asked_for_and_never_the_same() -> None:
    randomness = SystemRandomness()
    assert len(randomness.bytes(20)) == 20
    assert randomness.bytes(0) == b""
    assert len({randomness.bytes(16) for _ in range(100)}) == 100


@pytest.fixture(scope="module")
def passwords() -> Argon2PasswordHasher:
    return Argon2PasswordHasher()


@pytest.mark.parametrize(
    "password", ["correct horse battery staple", "", "pässwörd \N{PILE OF POO}", "\0", "\ud800"]
)
def test_a_password_matches_its_hash_and_no_other_does(
    passwords: Argon2PasswordHasher, password: str
) -> None:
    hashed = passwords.hash(password)
    assert passwords.verify(hashed, password)
    assert not passwords.verify(hashed, password + " ")


def test_the_same_password_hashes_differently_each_time(passwords: Argon2PasswordHasher) -> None:
    first, second = passwords.hash("secret"), passwords.hash("secret")
    assert first != second
    assert first.startswith("$argon2id$")
    assert "secret" not in first


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        "secret",
        "$argon2id$",
        "$argon2id$v=19$m=65536,t=3,p=4$",
        "$argon2id$v=19$m=x$y$z",
        "$2b$12$abc",
        "ä",
        "\ud800",
    ],
    ids=ascii,
)
def test_a_malformed_hash_matches_nothing(passwords: Argon2PasswordHasher, malformed: str) -> None:
    assert not passwords.verify(malformed, "secret")
    assert not passwords.verify(malformed, "")


def test_passwords_are_checked_from_many_threads(passwords: Argon2PasswordHasher) -> None:
    hashed = passwords.hash("secret")
    answers: list[bool] = []
    threads = [
        threading.Thread(target=lambda: answers.append(passwords.verify(hashed, "secret"))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 5
