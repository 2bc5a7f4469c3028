"""Accounts, tokens and the list of indexes in memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pypi_core.domain.accounts import Account, AccountId, AccountState, Actor, Token, TokenId
from pypi_core.domain.audit import audit_entries
from pypi_core.domain.blob_keys import (
    BlobKey,
    BlobKind,
    core_metadata_key,
    distribution_key,
    documentation_key,
    documentation_page_key,
)
from pypi_core.domain.indexes import IndexName, IndexRecord, IndexSettings
from pypi_core.domain.site_events import SiteEvent
from pypi_core.errors import (
    AccountAlreadyExists,
    AccountNotFound,
    IndexAlreadyExists,
    IndexNotFound,
    TokenNotFound,
)
from pypi_core.ports.accounts import Reference
from pypi_memory.audit import put_entries
from pypi_memory.email_addresses import InMemoryEmailAddresses
from pypi_memory.rows import IndexRows, Rows, Storage
from pypi_memory.second_factors import InMemoryOneTimeSecrets, InMemorySecondFactors
from pypi_memory.web_sessions import InMemoryWebSessions

if TYPE_CHECKING:
    from pypi_core.ports.accounts import (
        Accounts,
        Indexes,
        References,
        SiteSnapshot,
        SiteUnitOfWork,
        Tokens,
    )


class InMemoryAccounts:
    """The accounts among the rows."""

    def __init__(self, rows: Rows, ids: itertools.count[int]) -> None:
        self._rows = rows
        self._ids = ids

    def find(self, username: str) -> Account | None:
        """Return an account; user names are the same in any case of their letters."""
        wanted = username.lower()
        return next((each for each in self.all() if each.username.lower() == wanted), None)

    def get(self, username: str) -> Account:
        """Return an account."""
        account = self.find(username)
        if account is None:
            raise AccountNotFound(username)
        return account

    def by_id(self, account_id: AccountId) -> Account:
        """Return an account."""
        if account_id not in self._rows.accounts:
            raise AccountNotFound(str(account_id))
        return self._rows.accounts[account_id]

    def all(self) -> Sequence[Account]:
        """Return all accounts, by user name."""
        known = [each for each in self._rows.accounts.values() if each.state is not AccountState.DELETED]
        return sorted(known, key=lambda each: each.username.lower())

    def add(self, username: str, password_hash: str, created: datetime, *, is_administrator: bool) -> Account:
        """Add an account."""
        if username.lower() in {each.username.lower() for each in self._rows.accounts.values()}:
            raise AccountAlreadyExists(username)
        account = Account(
            id=AccountId(next(self._ids)),
            username=username,
            password_hash=password_hash,
            created=created,
            is_administrator=is_administrator,
        )
        self._rows.accounts[account.id] = account
        return account

    def update(self, account: Account) -> None:
        """Store password hash, administrator flag and state."""
        self._rows.accounts[account.id] = replace(
            self._rows.accounts[account.id],
            password_hash=account.password_hash,
            is_administrator=account.is_administrator,
            state=account.state,
        )


class InMemoryTokens:
    """The tokens among the rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def find(self, secret_hash: str) -> Token | None:
        """Return the token whose secret has this hash."""
        return next((each for each in self._rows.tokens.values() if each.secret_hash == secret_hash), None)

    def get(self, token_id: TokenId) -> Token:
        """Return a token."""
        if token_id not in self._rows.tokens:
            raise TokenNotFound(token_id)
        return self._rows.tokens[token_id]

    def of(self, account_id: AccountId) -> Sequence[Token]:
        """Return an account's tokens, oldest first."""
        tokens = [each for each in self._rows.tokens.values() if each.account_id == account_id]
        return sorted(tokens, key=lambda each: each.created)

    def all(self) -> Sequence[Token]:
        """Return the tokens of all accounts, oldest first."""
        return sorted(self._rows.tokens.values(), key=lambda each: (each.created, each.id))

    def add(self, token: Token) -> None:
        """Add a token under its own new id."""
        self._rows.tokens[token.id] = token

    def revoke(self, token_id: TokenId) -> None:
        """Take a token out of force for good."""
        if self._rows.tokens.pop(token_id, None) is None:
            raise TokenNotFound(token_id)


class InMemoryIndexes:
    """The indexes among the rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def find(self, name: IndexName) -> IndexRecord | None:
        """Return an index, ``None`` where there is none of that name."""
        rows = self._rows.indexes.get(name)
        return None if rows is None else rows.record

    def get(self, name: IndexName) -> IndexRecord:
        """Return an index."""
        record = self.find(name)
        if record is None:
            raise IndexNotFound(name)
        return record

    def all(self) -> Sequence[IndexRecord]:
        """Return all indexes, by name."""
        return [rows.record for _, rows in sorted(self._rows.indexes.items())]

    def add(self, name: IndexName, settings: IndexSettings) -> IndexRecord:
        """Add an empty index."""
        if self.find(name):
            raise IndexAlreadyExists(name)
        record = IndexRecord(name=name, settings=settings)
        self._rows.indexes[name] = IndexRows(record=record)
        return record

    def update(self, name: IndexName, settings: IndexSettings) -> IndexRecord:
        """Change an index's settings."""
        before = self.get(name)
        record = replace(before, settings=settings, settings_version=before.settings_version + 1)
        self._rows.indexes[name] = replace(self._rows.indexes[name], record=record)
        return record


class InMemoryReferences:
    """What the rows of all indexes point at."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def indexes_listing(self, filename: str, digests_blake2_256: str) -> Sequence[IndexName]:
        """Return the indexes that list this file with this content, by name."""
        return [
            name
            for name, rows in sorted(self._rows.indexes.items())
            if (file := rows.files.get(filename)) and file.digests.blake2_256 == digests_blake2_256
        ]

    def among(self, keys: Sequence[BlobKey]) -> Mapping[BlobKey, str | None]:
        """Return those of *keys* that a row of any index points at."""
        found = {
            each.key: each.sha256 if each.key.kind is BlobKind.CORE_METADATA else None
            for each in (*self.all(), *self.documentation())
        }
        return {key: found[key] for key in keys if key in found}

    def staged_among(self, identifiers: Sequence[str]) -> AbstractSet[str]:
        """Return those of *identifiers* that a live upload session has."""
        return {
            file.identifier
            for rows in self._rows.indexes.values()
            for session in rows.upload_sessions.values()
            for file in session.files
            if session.state.is_live and file.identifier is not None
        }.intersection(identifiers)

    def all(self, after: int = 0) -> Iterator[Reference]:
        """Go through everything pointed at."""
        listed = [(name, file) for name, rows in self._rows.indexes.items() for file in rows.files.values()]
        for row, (name, file) in enumerate(listed, 1):
            if row > after:
                yield Reference(
                    row=row,
                    index=name,
                    what=file.filename,
                    key=distribution_key(file.digests),
                    size=file.size,
                    sha256=file.digests.sha256,
                )
                if file.metadata_sha256 is not None:
                    yield Reference(
                        row=row,
                        index=name,
                        what=file.filename,
                        key=core_metadata_key(file.digests),
                        sha256=file.metadata_sha256,
                    )

    def documentation(self, after: int = 0) -> Iterator[Reference]:
        """Go through all documentation."""
        listed = [
            (each, name, rows)
            for name, rows in self._rows.indexes.items()
            for each in rows.documentation.values()
            if each.id > after
        ]
        for each, name, rows in sorted(listed, key=lambda found: found[0].id):
            row, whose = each.id, f"{rows.projects[each.project_id].name} {each.version}"
            key = documentation_key(each.blake2_256)
            yield Reference(row=row, index=name, what=whose, key=key, size=each.size, sha256=each.sha256)
            for page in rows.documentation_pages.get(each.id, {}).values():
                key = documentation_page_key(page.blake2_256)
                yield Reference(row=row, index=name, what=f"{whose} {page.path}", key=key, size=page.size)


class InMemorySiteSnapshot:
    """What spans indexes as one commit left it."""

    def __init__(self, storage: Storage, rows: Rows) -> None:
        self.accounts = InMemoryAccounts(rows, storage.ids)
        self.tokens = InMemoryTokens(rows)
        self.indexes = InMemoryIndexes(rows)
        self.web_sessions = InMemoryWebSessions(rows)
        self.second_factors = InMemorySecondFactors(rows)
        self.one_time_secrets = InMemoryOneTimeSecrets(rows)
        self.email_addresses = InMemoryEmailAddresses(rows)
        self.references = InMemoryReferences(rows)


class InMemorySiteUnitOfWork:
    """A copy of all rows, which takes the place of what was committed."""

    def __init__(self, storage: Storage, actor: Actor) -> None:
        self._storage = storage
        self._rows = storage.committed.copy()
        self._actor = actor
        self._events: list[SiteEvent] = []
        self._committed = False
        self.accounts = InMemoryAccounts(self._rows, storage.ids)
        self.tokens = InMemoryTokens(self._rows)
        self.indexes = InMemoryIndexes(self._rows)
        self.web_sessions = InMemoryWebSessions(self._rows)
        self.second_factors = InMemorySecondFactors(self._rows)
        self.one_time_secrets = InMemoryOneTimeSecrets(self._rows)
        self.email_addresses = InMemoryEmailAddresses(self._rows)

    def record_event(self, event: SiteEvent) -> None:
        """Note what this transaction makes happen."""
        self._events.append(event)

    def commit(self) -> None:
        """Make it happen, once and last."""
        if self._committed:
            raise AssertionError("this unit of work was committed already: open another one")
        self._committed = True
        entries = audit_entries(self._events, self._actor, self._storage.clock.now())
        put_entries(self._storage, self._rows, entries)
        self._storage.commit(self._rows)


if TYPE_CHECKING:
    _accounts: type[Accounts] = InMemoryAccounts
    _tokens: type[Tokens] = InMemoryTokens
    _indexes: type[Indexes] = InMemoryIndexes
    _references: type[References] = InMemoryReferences
    _snapshot: type[SiteSnapshot] = InMemorySiteSnapshot
    _unit_of_work: type[SiteUnitOfWork] = InMemorySiteUnitOfWork
