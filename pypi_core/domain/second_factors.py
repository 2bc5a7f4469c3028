"""
One-time codes beside a password: from an authenticator app (RFC 6238), or from a list for a lost one.

A code is six digits of an HMAC-SHA-1 over the number of half minutes since 1970, as every app has it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import quote

import msgspec

from pypi_core.domain.accounts import AccountId

SECRET_BYTES: Final = 20
RECOVERY_BYTES: Final = 8
MOST_RECOVERY_CODES: Final = 10
_SECONDS: Final = 30
_DIGITS: Final = 6
# Clocks of telephones are a little off, and people type slowly.
_NEIGHBOURS: Final = (0, -1, 1)


class SecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """
    The authenticator app of an account.

    Attributes:
        account_id: Whose it is.
        secret: What the app and the server share, in base 32; codes cannot be checked against a hash.
        is_confirmed: Whether its owner showed a code; until then nothing asks for one.
        last_step: The half minute of the newest code that was accepted: none is accepted twice.
        recovery_hashes: The hashes of the codes that are left for a lost app.
    """

    account_id: AccountId
    secret: str
    is_confirmed: bool = False
    last_step: int = 0
    recovery_hashes: tuple[str, ...] = ()


def authenticator_secret(entropy: bytes) -> str:
    """Return random bytes as apps and people take them."""
    return base64.b32encode(entropy).decode().rstrip("=")


def authenticator_url(secret: str, username: str, issuer: str) -> str:
    """Return the address by which an app takes a secret, from a link or a picture of it."""
    label = quote(f"{issuer}:{username}", safe="")
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}"


def code_at(secret: str, step: int) -> str:
    """Return the code of a half minute (RFC 4226, section 5.3)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def step_at(moment: datetime) -> int:
    """Return the number of the half minute that *moment* is in."""
    return int(moment.timestamp()) // _SECONDS


def accepted_step(factor: SecondFactor, code: str, now: datetime) -> int | None:
    """Return the half minute whose code *code* is, ``None`` for a wrong one and one that was used."""
    digits = code.replace(" ", "").encode("utf-8", "replace")
    current = step_at(now)
    for step in (current + each for each in _NEIGHBOURS):
        # RFC 6238, section 5.2: a code is good once.
        if step > factor.last_step and hmac.compare_digest(code_at(factor.secret, step).encode(), digits):
            return step
    return None


def recovery_code(entropy: bytes) -> str:
    """Return random bytes as people write them down: two groups of letters and digits."""
    text = base64.b32encode(entropy).decode().rstrip("=").lower()
    half = len(text) // 2
    return f"{text[:half]}-{text[half:]}"


def recovery_hash(code: str) -> str:
    """Return what is stored of a recovery code, however its letters and dashes are written."""
    plain = "".join(each for each in code.lower() if each.isalnum())
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def without_recovery_code(factor: SecondFactor, code: str) -> tuple[str, ...] | None:
    """Return the hashes that are left once *code* was used, ``None`` where it is none of them."""
    wanted = recovery_hash(code)
    return _without(factor.recovery_hashes, wanted) if wanted in factor.recovery_hashes else None


def _without(hashes: Iterable[str], used: str) -> tuple[str, ...]:
    return tuple(each for each in hashes if each != used)
