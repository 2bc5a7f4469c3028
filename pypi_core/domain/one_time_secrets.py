"""What is good once and not for long: the second half of a log-in, and links in e-mails."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from pypi_core.domain.accounts import AccountId

ENTROPY: Final = 32


class OneTimePurpose(StrEnum):
    """What a secret is for; it is good for nothing else."""

    SECOND_STEP = "second-step"
    CONFIRM_ADDRESS = "confirm-address"
    RESET_PASSWORD = "reset-password"


LIFETIMES: Final = {
    OneTimePurpose.SECOND_STEP: timedelta(minutes=10),
    OneTimePurpose.CONFIRM_ADDRESS: timedelta(days=1),
    OneTimePurpose.RESET_PASSWORD: timedelta(hours=1),
}


class OneTimeSecret(msgspec.Struct, frozen=True, kw_only=True):
    """
    A secret as it is stored, by its hash.

    Attributes:
        secret_hash: The SHA-256 of it.
        purpose: What it is for.
        account_id: Whose it is.
        address: The e-mail address that it was sent to, and proves; empty for none.
        expires: From when on it is good for nothing.
    """

    secret_hash: str
    purpose: OneTimePurpose
    account_id: AccountId
    expires: datetime
    address: str = ""


def one_time_hash(secret: str) -> str:
    """Return what is stored of a secret; it is random enough that one plain hash is safe."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
