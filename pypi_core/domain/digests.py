"""The digests kept of every stored file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import msgspec

from pypi_core.errors import DigestMismatch, InvalidForm
from pypi_protocol.errors import Problem


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """
    The digests of one content, in lower-case hex.

    ``md5`` is kept for the legacy JSON alone and trusted by nobody; ``blake2_256``
    (BLAKE2b of 32 bytes) is the content's address.
    """

    md5: str
    sha256: str
    blake2_256: str


class Hasher:
    """Compute all digests of a content while it passes by."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self._blake2 = hashlib.blake2b(digest_size=32)

    def update(self, chunk: bytes) -> None:
        """Take in the next bytes."""
        self._md5.update(chunk)
        self._sha256.update(chunk)
        self._blake2.update(chunk)

    @property
    def updates(self) -> tuple[Callable[[bytes], None], ...]:
        """The update of each algorithm, the fastest last, for callers who run them side by side."""
        return (self._blake2.update, self._md5.update, self._sha256.update)

    def digests(self) -> Digests:
        """Return the digests of all bytes taken in so far."""
        return Digests(
            md5=self._md5.hexdigest(),
            sha256=self._sha256.hexdigest(),
            blake2_256=self._blake2.hexdigest(),
        )


def digests_of(content: bytes) -> Digests:
    """Return the digests of *content*."""
    hasher = Hasher()
    hasher.update(content)
    return hasher.digests()


class ClaimedDigests(msgspec.Struct, frozen=True, kw_only=True):
    """The digests a client sent with its upload: at least one, each of the right form."""

    md5: str | None = None
    sha256: str | None = None
    blake2_256: str | None = None

    def verify(self, actual: Digests) -> None:
        """Compare with the digests of what arrived: any that differs is a `DigestMismatch`."""
        wrong = [
            Problem(
                f"{algorithm}_digest",
                f"The {algorithm} digest of the file is {getattr(actual, algorithm)}, "
                f"not {claimed} as the form says: the file changed on the way, upload it again.",
            )
            for algorithm in self.__struct_fields__
            if (claimed := getattr(self, algorithm)) and claimed != getattr(actual, algorithm)
        ]
        if wrong:
            raise DigestMismatch(*wrong)


_HEX_DIGITS = {"md5": 32, "sha256": 64, "blake2_256": 64}
_HEX = re.compile(r"[0-9a-f]+\Z")


def parse_claimed_digests(*, md5: str | None, sha256: str | None, blake2_256: str | None) -> ClaimedDigests:
    """Read the digests of an upload form, of which there is at least one; hex in any case."""
    given = {"md5": md5, "sha256": sha256, "blake2_256": blake2_256}
    lowered = {algorithm: text.strip().lower() for algorithm, text in given.items() if text and text.strip()}
    problems = [
        Problem(
            f"{algorithm}_digest",
            f"Use {_HEX_DIGITS[algorithm]} hexadecimal digits for {algorithm}_digest.",
        )
        for algorithm, text in lowered.items()
        if len(text) != _HEX_DIGITS[algorithm] or not _HEX.match(text)
    ]
    if not lowered:
        problems.append(
            Problem("sha256_digest", "Include at least one digest of the file, such as sha256_digest.")
        )
    if problems:
        raise InvalidForm(*problems)
    return ClaimedDigests(**lowered)
