"""The sessions of browsers in memory, and when sessions and tokens were last used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pypi_core.domain.accounts import AccountId, TokenId
from pypi_core.domain.web_sessions import WebSession, WebSessionId
from pypi_memory.rows import Rows, Storage

if TYPE_CHECKING:
    from pypi_core.ports.web_sessions import Sightings, WebSessions


class InMemoryWebSessions:
    """The sessions among the rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def find(self, secret_hash: str) -> WebSession | None:
        """Return the session whose secret has this hash."""
        return next(
            (each for each in self._rows.web_sessions.values() if each.secret_hash == secret_hash), None
        )

    def of(self, account_id: AccountId) -> Sequence[WebSession]:
        """Return an account's sessions, the one used last first."""
        own = [each for each in self._rows.web_sessions.values() if each.account_id == account_id]
        return sorted(sorted(own, key=lambda each: each.id), key=lambda each: each.seen, reverse=True)

    def add(self, session: WebSession) -> None:
        """Add a session under its own new id."""
        self._rows.web_sessions[session.id] = session

    def prove(self, session_id: WebSessionId, moment: datetime) -> None:
        """Note that the owner of a session showed who they are."""
        if session := self._rows.web_sessions.get(session_id):
            self._rows.web_sessions[session_id] = replace(session, proved=moment)

    def end(self, account_id: AccountId, session_id: WebSessionId) -> bool:
        """End a session of this account; return whether there was one."""
        is_there = session_id in {each.id for each in self.of(account_id)}
        if is_there:
            del self._rows.web_sessions[session_id]
        return is_there

    def end_all(self, account_id: AccountId, *, but: WebSessionId | None = None) -> int:
        """End the sessions of an account, all *but* one if it is given."""
        ended = [each.id for each in self.of(account_id) if each.id != but]
        for each in ended:
            del self._rows.web_sessions[each]
        return len(ended)


class InMemorySightings:
    """When sessions and tokens were last used; no generation is counted for it."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def saw_session(self, session_id: WebSessionId, moment: datetime) -> None:
        """Note that a session was used."""
        with self._storage.writing():
            rows = self._storage.committed.copy()
            if session := rows.web_sessions.get(session_id):
                rows.web_sessions[session_id] = replace(session, seen=moment)
            self._storage.commit(rows, is_seen_by_readers=False)

    def saw_token(self, token_id: TokenId, moment: datetime) -> None:
        """Note that a token was used."""
        with self._storage.writing():
            rows = self._storage.committed.copy()
            if token := rows.tokens.get(token_id):
                rows.tokens[token_id] = replace(token, used=moment)
            self._storage.commit(rows, is_seen_by_readers=False)

    def forget_sessions(self, expired: datetime, unseen_since: datetime) -> int:
        """Drop the sessions that are over."""
        with self._storage.writing():
            rows = self._storage.committed.copy()
            over = [
                each.id
                for each in rows.web_sessions.values()
                if each.expires <= expired or each.seen <= unseen_since
            ]
            for session_id in over:
                del rows.web_sessions[session_id]
            for each in list(rows.one_time_secrets.values()):
                if each.expires <= expired:
                    del rows.one_time_secrets[each.secret_hash]
            self._storage.commit(rows, is_seen_by_readers=False)
        return len(over)


if TYPE_CHECKING:
    _: tuple[type[WebSessions], type[Sightings]] = (InMemoryWebSessions, InMemorySightings)
