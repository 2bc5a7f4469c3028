"""Accounts, roles, tokens, and who is acting."""

from __future__ import annotations

import hashlib
import re
import zlib
from datetime import datetime
from enum import StrEnum
from typing import NewType

import msgspec

from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.origins import NOWHERE, Origin
from pypi_core.errors import InvalidCredentials, InvalidSetting, PackageIndexError, shown
from pypi_protocol.errors import Problem

AccountId = NewType("AccountId", int)
TokenId = NewType("TokenId", str)

TokenSecret = NewType("TokenSecret", str)
"""The text of a token whose form and checksum are right; never stored, never logged."""


class Role(StrEnum):
    """What somebody is to a project; the value is the word journals use."""

    OWNER = "Owner"
    MAINTAINER = "Maintainer"


class Action(StrEnum):
    """Everything that can be permitted or refused on an index."""

    READ = "read"
    CREATE_PROJECT = "create-project"
    UPLOAD = "upload"
    YANK = "yank"
    DELETE = "delete"
    MANAGE = "manage"


class AccountState(StrEnum):
    """
    Whether an account can be used.

    A disabled account keeps its tokens and roles, and none of them opens anything until it is
    enabled again.  A deleted one has neither, and its name is never used again.
    """

    ACTIVE = "active"
    DISABLED = "disabled"
    DELETED = "deleted"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person or machine that can log in; administrators may do everything on every index."""

    id: AccountId
    username: str
    password_hash: str
    created: datetime
    is_administrator: bool = False
    state: AccountState = AccountState.ACTIVE


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is to have a role in a project, once its holder accepts."""

    account_id: AccountId
    role: Role
    invited_by: str
    since: datetime


class TokenScope(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is limited to; ``None`` is no limit."""

    indexes: frozenset[IndexName] | None = None
    projects: frozenset[NormalizedName] | None = None
    actions: frozenset[Action] | None = None


UNLIMITED = TokenScope()


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it is stored: without its secret, whose hash finds it; ``used`` is when that last was."""

    id: TokenId
    account_id: AccountId
    description: str
    secret_hash: str
    created: datetime
    scope: TokenScope = UNLIMITED
    expires: datetime | None = None
    used: datetime | None = None

    def has_expired(self, now: datetime) -> bool:
        """Return whether the token is no longer good at *now*."""
        return self.expires is not None and now >= self.expires


class Proof(StrEnum):
    """How an actor showed who they are."""

    NONE = "none"
    TOKEN = "token"
    SESSION = "session"
    PASSWORD = "password"
    LOCAL = "local"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """
    Who is acting, with what proof and within which scope.

    ``account_id`` is ``None`` for somebody unknown, and for the operator of the server
    (``Proof.LOCAL``), who is trusted because they hold the files.  ``token_id`` is that of
    the token shown, ``origin`` where the request came from.  ``refused`` says what was wrong
    with the credentials of an anonymous actor, where some were sent.

    What an actor may do is decided in `pypi_core.domain.permissions` alone, which never looks
    at an account without its scope.
    """

    account_id: AccountId | None = None
    username: str = ""
    is_administrator: bool = False
    proof: Proof = Proof.NONE
    scope: TokenScope = UNLIMITED
    token_id: TokenId | None = None
    origin: Origin = NOWHERE
    refused: PackageIndexError | None = None

    @property
    def is_anonymous(self) -> bool:
        """Return whether the actor showed no credentials, or none that are good."""
        return self.proof is Proof.NONE


ANONYMOUS = Actor()
OPERATOR = Actor(username="operator", is_administrator=True, proof=Proof.LOCAL)


class TokenCredentials(msgspec.Struct, frozen=True):
    """A token as presented; not yet looked at."""

    text: str


class PasswordCredentials(msgspec.Struct, frozen=True):
    """A user name and a password as presented."""

    username: str
    password: str


Credentials = TokenCredentials | PasswordCredentials

# Not the prefix of the public index: secret scanners would report our tokens there.
_PREFIX = "pidx_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BODY_LENGTH = 43
_CHECKSUM_LENGTH = 6
_TOKEN = re.compile(rf"{_PREFIX}([0-9A-Za-z]{{{_BODY_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})\Z")
_USERNAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,48}[A-Za-z0-9])?\Z", re.ASCII)
_SHORTEST_PASSWORD = 8
_LONGEST_ADDRESS = 254
_EMAIL_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}\Z"
)

ENTROPY = 32
"""How many random bytes `token_secret` wants."""


def token_secret(entropy: bytes) -> TokenSecret:
    """Return the token made of 32 random bytes: our prefix, the bytes and a checksum in base 62."""
    body = _base62(int.from_bytes(entropy, "big"), _BODY_LENGTH)
    return TokenSecret(f"{_PREFIX}{body}{_checksum(body)}")


def parse_token(text: str) -> TokenSecret:
    """
    Read a token as presented; white space around it is dropped.

    Raises:
        InvalidCredentials: It has not the form of our tokens, or was cut or mistyped.
    """
    match = _TOKEN.match(text.strip())
    if match is None or _checksum(match[1]) != match[2]:
        raise InvalidCredentials(
            f"Not a token of this server: a token starts with {_PREFIX} and was perhaps cut or mistyped."
        )
    return TokenSecret(match[0])


def secret_hash(secret: TokenSecret) -> str:
    """Return what is stored of *secret*; it is random enough that one plain hash is safe."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_username(raw: str) -> bool:
    """Return whether an account may have this name."""
    return _USERNAME.match(raw) is not None


def check_username(raw: str) -> str:
    """Accept a user name: 1 to 50 letters, digits, ``.``, ``_`` or ``-``."""
    if not is_username(raw):
        raise InvalidSetting(
            Problem(
                "username",
                f"{shown(raw)} is not a user name: use up to 50 letters, digits, '.', '_' and '-', "
                "a letter or digit at both ends.",
            )
        )
    return raw


def check_password(raw: str) -> str:
    """Accept a new password of 8 to 1024 characters."""
    if not _SHORTEST_PASSWORD <= len(raw) <= 1024:
        raise InvalidSetting(
            Problem("password", f"Use a password of at least {_SHORTEST_PASSWORD} characters.")
        )
    return raw


def check_email_address(raw: str) -> str:
    """Accept an e-mail address as most are: without quotes, comments and white space, at a named host."""
    if len(raw) > _LONGEST_ADDRESS or not _EMAIL_ADDRESS.match(raw):
        raise InvalidSetting(
            Problem("address", f"{shown(raw)} is not an e-mail address: write one such as ann@mail.example.")
        )
    return raw


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
