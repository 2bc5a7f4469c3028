"""E-mail addresses of accounts in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypi_core.domain.accounts import AccountId
from pypi_memory.rows import Rows

if TYPE_CHECKING:
    from pypi_core.ports.email_addresses import EmailAddresses


class InMemoryEmailAddresses:
    """The addresses among the rows."""

    def __init__(self, rows: Rows) -> None:
        self._addresses = rows.email_addresses

    def of(self, account_id: AccountId) -> str:
        """Return the address of an account, empty for none."""
        return self._addresses.get(account_id, "")

    def holder(self, address: str) -> AccountId | None:
        """Return whose address it is, in any case of its letters."""
        wanted = address.lower()
        return next((account for account, known in self._addresses.items() if known.lower() == wanted), None)

    def put(self, account_id: AccountId, address: str) -> bool:
        """Store the address of an account; false if another account has it."""
        if self.holder(address) not in {None, account_id}:
            return False
        self._addresses[account_id] = address
        return True

    def remove(self, account_id: AccountId) -> None:
        """Forget the address of an account."""
        self._addresses.pop(account_id, None)


if TYPE_CHECKING:
    _: type[EmailAddresses] = InMemoryEmailAddresses
