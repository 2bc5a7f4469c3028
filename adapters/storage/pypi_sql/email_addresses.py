"""E-mail addresses of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, select

from pypi_core.domain.accounts import AccountId
from pypi_sql.inserting import insertion
from pypi_sql.tables import email_addresses

if TYPE_CHECKING:
    from pypi_core.ports.email_addresses import EmailAddresses


class SqlEmailAddresses:
    """The addresses, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, account_id: AccountId) -> str:
        query = select(email_addresses.c.address).where(email_addresses.c.account_id == account_id)
        return self._connection.execute(query).scalar_one_or_none() or ""

    def holder(self, address: str) -> AccountId | None:
        query = select(email_addresses.c.account_id).where(email_addresses.c.address_key == address.lower())
        found = self._connection.execute(query).scalar_one_or_none()
        return None if found is None else AccountId(found)

    def put(self, account_id: AccountId, address: str) -> bool:
        if self.holder(address) not in {None, account_id}:
            return False
        changed = {"address": address, "address_key": address.lower()}
        adding = insertion(self._connection.dialect.name, email_addresses).values(
            account_id=account_id, **changed
        )
        self._connection.execute(
            adding.on_conflict_do_update(index_elements=[email_addresses.c.account_id], set_=changed)
        )
        return True

    def remove(self, account_id: AccountId) -> None:
        self._connection.execute(delete(email_addresses).where(email_addresses.c.account_id == account_id))


if TYPE_CHECKING:
    _: type[EmailAddresses] = SqlEmailAddresses
