"""Authenticator apps of accounts."""

from __future__ import annotations

from typing import Protocol

from pypi_core.domain.accounts import AccountId
from pypi_core.domain.second_factors import SecondFactor


class SecondFactorReader(Protocol):
    """The authenticator apps; an account has one or none."""

    def find(self, account_id: AccountId) -> SecondFactor | None:
        """Return the app of an account, also one that is not confirmed yet."""
        ...


class SecondFactors(SecondFactorReader, Protocol):
    """The authenticator apps, writable."""

    def put(self, factor: SecondFactor) -> None:
        """Store the app of an account in place of the one it has."""
        ...

    def remove(self, account_id: AccountId) -> None:
        """Forget the app of an account and its recovery codes; an account without stays without."""
        ...
