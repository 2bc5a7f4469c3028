"""The audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Row, delete, insert, select

from pypi_core.domain.accounts import AccountId, Proof, TokenId
from pypi_core.domain.audit import AuditEntry, AuditFilter, AuditId, KeptEntry
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.origins import AuditedOrigin
from pypi_sql.engine import Connections, commit
from pypi_sql.failures import repeated
from pypi_sql.tables import audit_log

if TYPE_CHECKING:
    from pypi_core.ports.audit import AuditLog

_ADD = insert(audit_log)
_AT_A_TIME = 1000


def put_entries(connection: Connection, entries: Sequence[AuditEntry]) -> None:
    """Add entries to the running transaction."""
    if entries:
        connection.execute(_ADD, [_values(each) for each in entries])


class SqlAuditLog:
    """The audit log of the whole database; each call is a transaction of its own."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def page(self, wanted: AuditFilter, before: AuditId | None, limit: int) -> Sequence[KeptEntry]:
        query = select(audit_log).order_by(audit_log.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(audit_log.c.id < before)
        for column, value in (
            (audit_log.c.index_name, wanted.index),
            (audit_log.c.project, wanted.project),
            (audit_log.c.username, wanted.username),
        ):
            if value is not None:
                query = query.where(column == value)
        with self._connections.reading() as connection:
            return [_kept(row) for row in connection.execute(query)]

    def forget(self, before: datetime) -> int:
        forgotten = 0
        while count := self._forget_some(before):
            forgotten += count
        return forgotten

    @repeated
    def _forget_some(self, before: datetime) -> int:
        # By the order of the ids, which that of the moments follows: no index on them is needed,
        # and other writers do not wait long.
        oldest = select(audit_log.c.id, audit_log.c.moment).order_by(audit_log.c.id).limit(_AT_A_TIME)
        with self._connections.reading() as connection:
            old = [row.id for row in connection.execute(oldest) if row.moment < before]
        if not old:
            return 0
        with self._connections.writing() as connection:
            forgotten = connection.execute(delete(audit_log).where(audit_log.c.id.in_(old))).rowcount
            commit(connection)
        return forgotten


def _values(entry: AuditEntry) -> dict[str, object]:
    return {
        "moment": entry.moment,
        "index_name": entry.index,
        "username": entry.username,
        "account_id": entry.account_id,
        "proof": entry.proof,
        "token_id": entry.token_id,
        "address": entry.origin.address,
        "user_agent": entry.origin.user_agent,
        "action": entry.action,
        "project": entry.project,
        "version": entry.version,
        "filename": entry.filename,
        "detail": entry.detail,
    }


def _kept(row: Row[tuple[object, ...]]) -> KeptEntry:
    entry = AuditEntry(
        moment=row.moment,
        index=None if row.index_name is None else IndexName(row.index_name),
        username=row.username,
        account_id=None if row.account_id is None else AccountId(row.account_id),
        proof=Proof(row.proof),
        token_id=None if row.token_id is None else TokenId(row.token_id),
        origin=AuditedOrigin(address=row.address, user_agent=row.user_agent),
        action=row.action,
        project=None if row.project is None else NormalizedName(row.project),
        version=row.version,
        filename=row.filename,
        detail=row.detail,
    )
    return KeptEntry(id=AuditId(row.id), entry=entry)


if TYPE_CHECKING:
    _: type[AuditLog] = SqlAuditLog
