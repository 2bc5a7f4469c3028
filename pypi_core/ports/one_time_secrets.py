"""Secrets that are good once."""

from __future__ import annotations

from typing import Protocol

from pypi_core.domain.accounts import AccountId
from pypi_core.domain.one_time_secrets import OneTimePurpose, OneTimeSecret


class OneTimeSecretReader(Protocol):
    """The secrets; whether one has expired is not looked at here."""

    def find(self, secret_hash: str) -> OneTimeSecret | None:
        """Return the secret with this hash."""
        ...


class OneTimeSecrets(OneTimeSecretReader, Protocol):
    """The secrets, writable."""

    def add(self, secret: OneTimeSecret) -> None:
        """Add a secret under its own new hash."""
        ...

    def take(self, secret_hash: str) -> bool:
        """Remove a secret; of all callers one is answered that it was there."""
        ...

    def remove_all(self, account_id: AccountId, purpose: OneTimePurpose | None = None) -> None:
        """Remove the secrets of an account, of one purpose if it is given."""
        ...
