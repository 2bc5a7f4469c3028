"""The rows that span indexes: accounts, tokens and the indexes themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

import msgspec

from pypi_core.domain.accounts import Account, AccountId, Token, TokenId
from pypi_core.domain.blob_keys import BlobKey
from pypi_core.domain.indexes import IndexName, IndexRecord, IndexSettings
from pypi_core.domain.permissions import Permit
from pypi_core.domain.site_events import SiteEvent
from pypi_core.ports.email_addresses import EmailAddresses, EmailAddressReader
from pypi_core.ports.one_time_secrets import OneTimeSecretReader, OneTimeSecrets
from pypi_core.ports.second_factors import SecondFactorReader, SecondFactors
from pypi_core.ports.web_sessions import WebSessionReader, WebSessions


class AccountReader(Protocol):
    """The accounts; those that were deleted are found by their id alone."""

    def find(self, username: str) -> Account | None:
        """Return an account; user names are the same in any case of their letters."""
        ...

    def get(self, username: str) -> Account:
        """
        Return an account.

        Raises:
            AccountNotFound: There is none of that name.
        """
        ...

    def by_id(self, account_id: AccountId) -> Account:
        """
        Return an account.

        Raises:
            AccountNotFound: There is none of that id.
        """
        ...

    def all(self) -> Sequence[Account]:
        """Return all accounts, by user name."""
        ...


class Accounts(AccountReader, Protocol):
    """The accounts, writable."""

    def add(self, username: str, password_hash: str, created: datetime, *, is_administrator: bool) -> Account:
        """
        Add an account.

        Raises:
            AccountAlreadyExists: The user name is taken, in any case of its letters, or
                belonged to an account that was deleted.
        """
        ...

    def update(self, account: Account) -> None:
        """Store password hash, administrator flag and state of an account that is there."""
        ...


class TokenReader(Protocol):
    """The tokens in force; expired ones stay until they are revoked."""

    def find(self, secret_hash: str) -> Token | None:
        """Return the token whose secret has this hash."""
        ...

    def get(self, token_id: TokenId) -> Token:
        """
        Return a token.

        Raises:
            TokenNotFound: There is none of that id.
        """
        ...

    def of(self, account_id: AccountId) -> Sequence[Token]:
        """Return an account's tokens, oldest first."""
        ...

    def all(self) -> Sequence[Token]:
        """Return the tokens of all accounts, oldest first."""
        ...


class Tokens(TokenReader, Protocol):
    """The tokens, writable."""

    def add(self, token: Token) -> None:
        """Add a token under its own new id."""
        ...

    def revoke(self, token_id: TokenId) -> None:
        """
        Take a token out of force for good.

        Raises:
            TokenNotFound: There is none of that id.
        """
        ...


class IndexReader(Protocol):
    """The indexes of this server."""

    def find(self, name: IndexName) -> IndexRecord | None:
        """Return an index, ``None`` where there is none of that name."""
        ...

    def get(self, name: IndexName) -> IndexRecord:
        """
        Return an index.

        Raises:
            IndexNotFound: There is none of that name.
        """
        ...

    def all(self) -> Sequence[IndexRecord]:
        """Return all indexes, by name."""
        ...


class Indexes(IndexReader, Protocol):
    """The indexes, writable."""

    def add(self, name: IndexName, settings: IndexSettings) -> IndexRecord:
        """
        Add an empty index.

        Raises:
            IndexAlreadyExists: There is one of that name.
        """
        ...

    def update(self, name: IndexName, settings: IndexSettings) -> IndexRecord:
        """
        Change an index's settings, which makes all its rendered pages stale.

        Raises:
            IndexNotFound: There is none of that name.
        """
        ...


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a row says of a stored object.

    Attributes:
        row: Its place among all that is gone through, one for what is stored of one file or release.
        index: The index whose row it is.
        what: What people call it: the name of the file.
        key: Where it is stored.
        size: How many bytes it has, ``None`` where no row says so.
        sha256: The SHA-256 of them, ``None`` where its key alone says what they are.
    """

    row: int
    index: IndexName
    what: str
    key: BlobKey
    size: int | None = None
    sha256: str | None = None


class References(Protocol):
    """Which stored objects the rows of any index point at, those of its documentation too."""

    def indexes_listing(self, filename: str, digests_blake2_256: str) -> Sequence[IndexName]:
        """Return the indexes that list this file with this content, by name."""
        ...

    def among(self, keys: Sequence[BlobKey]) -> Mapping[BlobKey, str | None]:
        """
        Return those of *keys* that a row of any index points at.

        With core metadata comes the SHA-256 of its bytes; the key of anything else says what they are.
        """
        ...

    def staged_among(self, identifiers: Sequence[str]) -> Set[str]:
        """Return those of *identifiers* of staged bytes that a live upload session of any index has."""
        ...

    def all(self, after: int = 0) -> Iterator[Reference]:
        """Go through all distributions and their core metadata behind a row, in bounded memory."""
        ...

    def documentation(self, after: int = 0) -> Iterator[Reference]:
        """
        Go through all documentation behind a row, in bounded memory: of each release the ZIP, then pages.

        Each is named by project and version, with the path of a page behind.
        """
        ...


class SiteSnapshot(Protocol):
    """Everything that spans indexes, as of one moment."""

    @property
    def accounts(self) -> AccountReader:
        """The accounts."""
        ...

    @property
    def tokens(self) -> TokenReader:
        """The tokens."""
        ...

    @property
    def indexes(self) -> IndexReader:
        """The indexes."""
        ...

    @property
    def web_sessions(self) -> WebSessionReader:
        """The sessions of browsers."""
        ...

    @property
    def second_factors(self) -> SecondFactorReader:
        """The authenticator apps."""
        ...

    @property
    def one_time_secrets(self) -> OneTimeSecretReader:
        """The secrets that are good once."""
        ...

    @property
    def email_addresses(self) -> EmailAddressReader:
        """The e-mail addresses of accounts."""
        ...

    @property
    def references(self) -> References:
        """What rows point at in the blob store."""
        ...


OpenSiteSnapshot = Callable[[], AbstractContextManager[SiteSnapshot]]
"""Opens a snapshot of the site as of now; leaving the block lets it go."""


class SiteUnitOfWork(Protocol):
    """One transaction on what spans indexes; leaving without `commit` rolls back."""

    @property
    def accounts(self) -> Accounts:
        """The accounts."""
        ...

    @property
    def tokens(self) -> Tokens:
        """The tokens."""
        ...

    @property
    def indexes(self) -> Indexes:
        """The indexes."""
        ...

    @property
    def web_sessions(self) -> WebSessions:
        """The sessions of browsers."""
        ...

    @property
    def second_factors(self) -> SecondFactors:
        """The authenticator apps."""
        ...

    @property
    def one_time_secrets(self) -> OneTimeSecrets:
        """The secrets that are good once."""
        ...

    @property
    def email_addresses(self) -> EmailAddresses:
        """The e-mail addresses of accounts."""
        ...

    def record_event(self, event: SiteEvent) -> None:
        """Note what this transaction makes happen; nothing is written before `commit`."""
        ...

    def commit(self) -> None:
        """
        Make it happen, once and last, with an entry of the audit log for each event.

        Raises:
            ConcurrentChange: Another transaction was in the way.
        """
        ...


OpenSiteUnitOfWork = Callable[[Permit], AbstractContextManager[SiteUnitOfWork]]
"""
Opens a unit of work with a permit, whose actor the audit log names.

Nothing that spans indexes is changed without one, and only `pypi_core.domain.permissions`
makes permits: a use case that forgets to ask does not pass the type checker.
"""
