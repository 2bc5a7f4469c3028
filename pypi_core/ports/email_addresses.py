"""E-mail addresses of accounts, each proved by somebody who read what was sent to it."""

from __future__ import annotations

from typing import Protocol

from pypi_core.domain.accounts import AccountId


class EmailAddressReader(Protocol):
    """The addresses; an account has one or none, and an address is that of one account."""

    def of(self, account_id: AccountId) -> str:
        """Return the address of an account, empty for none."""
        ...

    def holder(self, address: str) -> AccountId | None:
        """Return whose address it is, in any case of its letters."""
        ...


class EmailAddresses(EmailAddressReader, Protocol):
    """The addresses, writable."""

    def put(self, account_id: AccountId, address: str) -> bool:
        """Store the address of an account in place of the one it has; false if another account has it."""
        ...

    def remove(self, account_id: AccountId) -> None:
        """Forget the address of an account; one without stays without."""
        ...
