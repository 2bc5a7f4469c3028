"""Authenticator apps, and secrets that are good once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, delete, insert, select

from pypi_core.domain.accounts import AccountId
from pypi_core.domain.one_time_secrets import OneTimePurpose, OneTimeSecret
from pypi_core.domain.second_factors import SecondFactor
from pypi_sql.inserting import insertion
from pypi_sql.tables import one_time_secrets, second_factors

if TYPE_CHECKING:
    from pypi_core.ports.one_time_secrets import OneTimeSecrets
    from pypi_core.ports.second_factors import SecondFactors


class SqlSecondFactors:
    """The authenticator apps, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, account_id: AccountId) -> SecondFactor | None:
        query = select(second_factors).where(second_factors.c.account_id == account_id)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        return SecondFactor(
            account_id=AccountId(row.account_id),
            secret=row.secret,
            is_confirmed=row.is_confirmed,
            last_step=row.last_step,
            recovery_hashes=tuple(row.recovery_hashes.split()),
        )

    def put(self, factor: SecondFactor) -> None:
        values = msgspec.structs.asdict(factor) | {"recovery_hashes": "\n".join(factor.recovery_hashes)}
        adding = insertion(self._connection.dialect.name, second_factors).values(values)
        changed = {name: value for name, value in values.items() if name != "account_id"}
        self._connection.execute(
            adding.on_conflict_do_update(index_elements=[second_factors.c.account_id], set_=changed)
        )

    def remove(self, account_id: AccountId) -> None:
        self._connection.execute(delete(second_factors).where(second_factors.c.account_id == account_id))


class SqlOneTimeSecrets:
    """The secrets that are good once, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, secret_hash: str) -> OneTimeSecret | None:
        query = select(one_time_secrets).where(one_time_secrets.c.secret_hash == secret_hash)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        return OneTimeSecret(
            secret_hash=row.secret_hash,
            purpose=OneTimePurpose(row.purpose),
            account_id=AccountId(row.account_id),
            expires=row.expires,
            address=row.address,
        )

    def add(self, secret: OneTimeSecret) -> None:
        self._connection.execute(insert(one_time_secrets), msgspec.structs.asdict(secret))

    def take(self, secret_hash: str) -> bool:
        taking = delete(one_time_secrets).where(one_time_secrets.c.secret_hash == secret_hash)
        return self._connection.execute(taking).rowcount > 0

    def remove_all(self, account_id: AccountId, purpose: OneTimePurpose | None = None) -> None:
        removing = delete(one_time_secrets).where(one_time_secrets.c.account_id == account_id)
        if purpose is not None:
            removing = removing.where(one_time_secrets.c.purpose == purpose)
        self._connection.execute(removing)


if TYPE_CHECKING:
    _: tuple[type[SecondFactors], type[OneTimeSecrets]] = (SqlSecondFactors, SqlOneTimeSecrets)
