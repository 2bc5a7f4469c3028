"""Passwords hashed with Argon2."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError

from pypi_core.ports.environment import PasswordHasher

# Each hash takes 64 MiB while it is computed: an attacker who keeps trying passwords must not be
# able to make the server run out of memory.
_AT_ONCE = 2


class Argon2PasswordHasher:
    """Hash with Argon2id and the library's parameters (RFC 9106, low memory), two at a time."""

    def __init__(self) -> None:
        self._argon2 = Argon2()
        self._places = BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        with self._places:
            return self._argon2.hash(_encoded(password))

    def verify(self, password_hash: str, password: str) -> bool:
        if not password_hash.isascii():
            return False
        try:
            with self._places:
                return self._argon2.verify(password_hash, _encoded(password))
        except (VerificationError, InvalidHashError):
            return False


def _encoded(password: str) -> bytes:
    # Half a surrogate pair can come out of JSON: no password of anybody's, and no error either.
    return password.encode("utf-8", "surrogatepass")


if TYPE_CHECKING:
    _: type[PasswordHasher] = Argon2PasswordHasher
