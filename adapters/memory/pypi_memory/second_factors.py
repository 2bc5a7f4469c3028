"""Authenticator apps, and secrets that are good once, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypi_core.domain.accounts import AccountId
from pypi_core.domain.one_time_secrets import OneTimePurpose, OneTimeSecret
from pypi_core.domain.second_factors import SecondFactor
from pypi_memory.rows import Rows

if TYPE_CHECKING:
    from pypi_core.ports.one_time_secrets import OneTimeSecrets
    from pypi_core.ports.second_factors import SecondFactors


class InMemorySecondFactors:
    """The authenticator apps among the rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def find(self, account_id: AccountId) -> SecondFactor | None:
        """Return the app of an account."""
        return self._rows.second_factors.get(account_id)

    def put(self, factor: SecondFactor) -> None:
        """Store the app of an account in place of the one it has."""
        self._rows.second_factors[factor.account_id] = factor

    def remove(self, account_id: AccountId) -> None:
        """Forget the app of an account."""
        self._rows.second_factors.pop(account_id, None)


class InMemoryOneTimeSecrets:
    """The secrets among the rows."""

    def __init__(self, rows: Rows) -> None:
        self._secrets = rows.one_time_secrets

    def find(self, secret_hash: str) -> OneTimeSecret | None:
        """Return the secret with this hash."""
        return self._secrets.get(secret_hash)

    def add(self, secret: OneTimeSecret) -> None:
        """Add a secret under its own new hash."""
        self._secrets[secret.secret_hash] = secret

    def take(self, secret_hash: str) -> bool:
        """Remove a secret, and return whether it was there."""
        return self._secrets.pop(secret_hash, None) is not None

    def remove_all(self, account_id: AccountId, purpose: OneTimePurpose | None = None) -> None:
        """Remove the secrets of an account."""
        for each in list(self._secrets.values()):
            if each.account_id == account_id and purpose in {None, each.purpose}:
                del self._secrets[each.secret_hash]


if TYPE_CHECKING:
    _: tuple[type[SecondFactors], type[OneTimeSecrets]] = (InMemorySecondFactors, InMemoryOneTimeSecrets)
