"""The sessions of browsers, and when sessions and tokens were last used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, Row, Update, bindparam, delete, insert, or_, select, update

from pypi_core.domain.accounts import AccountId, TokenId
from pypi_core.domain.origins import AuditedOrigin
from pypi_core.domain.web_sessions import WebSession, WebSessionId
from pypi_sql.engine import Connections, commit
from pypi_sql.failures import repeated
from pypi_sql.tables import one_time_secrets, tokens, web_sessions

if TYPE_CHECKING:
    from pypi_core.ports.web_sessions import Sightings, WebSessions

# Asked with every page for somebody who is logged in.
_BY_SECRET = select(web_sessions).where(web_sessions.c.secret_hash == bindparam("hashed"))


class SqlWebSessions:
    """The sessions, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, secret_hash: str) -> WebSession | None:
        row = self._connection.execute(_BY_SECRET, {"hashed": secret_hash}).one_or_none()
        return None if row is None else _session(row)

    def of(self, account_id: AccountId) -> Sequence[WebSession]:
        query = (
            select(web_sessions)
            .where(web_sessions.c.account_id == account_id)
            .order_by(web_sessions.c.seen.desc(), web_sessions.c.id)
        )
        return [_session(row) for row in self._connection.execute(query)]

    def add(self, session: WebSession) -> None:
        values = msgspec.structs.asdict(session)
        origin = values.pop("origin")
        values |= {"address": origin.address, "user_agent": origin.user_agent}
        self._connection.execute(insert(web_sessions), values)

    def prove(self, session_id: WebSessionId, moment: datetime) -> None:
        self._connection.execute(
            update(web_sessions).where(web_sessions.c.id == session_id), {"proved": moment}
        )

    def end(self, account_id: AccountId, session_id: WebSessionId) -> bool:
        of_account = web_sessions.c.account_id == account_id
        ended = self._connection.execute(
            delete(web_sessions).where(of_account, web_sessions.c.id == session_id)
        )
        return ended.rowcount > 0

    def end_all(self, account_id: AccountId, *, but: WebSessionId | None = None) -> int:
        others = delete(web_sessions).where(web_sessions.c.account_id == account_id)
        if but is not None:
            others = others.where(web_sessions.c.id != but)
        return self._connection.execute(others).rowcount


class SqlSightings:
    """When sessions and tokens were last used, each call a transaction of its own."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def saw_session(self, session_id: WebSessionId, moment: datetime) -> None:
        self._note(update(web_sessions).where(web_sessions.c.id == session_id).values(seen=moment))

    def saw_token(self, token_id: TokenId, moment: datetime) -> None:
        self._note(update(tokens).where(tokens.c.id == token_id).values(used=moment))

    @repeated
    def forget_sessions(self, expired: datetime, unseen_since: datetime) -> int:
        is_over = or_(web_sessions.c.expires <= expired, web_sessions.c.seen <= unseen_since)
        with self._connections.writing() as connection:
            forgotten = connection.execute(delete(web_sessions).where(is_over)).rowcount
            connection.execute(delete(one_time_secrets).where(one_time_secrets.c.expires <= expired))
            commit(connection)
        return forgotten

    @repeated
    def _note(self, noting: Update) -> None:
        with self._connections.writing() as connection:
            connection.execute(noting)
            commit(connection)


def _session(row: Row[tuple[object, ...]]) -> WebSession:
    return WebSession(
        id=WebSessionId(row.id),
        account_id=AccountId(row.account_id),
        secret_hash=row.secret_hash,
        created=row.created,
        seen=row.seen,
        proved=row.proved,
        expires=row.expires,
        origin=AuditedOrigin(address=row.address, user_agent=row.user_agent),
    )


if TYPE_CHECKING:
    _: tuple[type[WebSessions], type[Sightings]] = (SqlWebSessions, SqlSightings)
