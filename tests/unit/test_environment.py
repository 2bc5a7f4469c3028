from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from pypi_environment.clock import SystemClock
from pypi_environment.passwords import Argon2PasswordHasher
from pypi_environment.randomness import SystemRandomness


def test_the_clock_tells_utc() -> None:
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
