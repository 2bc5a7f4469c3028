"""Tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pypi_protocol.records.parameters import Parameters

ActionName = Literal["read", "create-project", "upload", "yank", "delete", "manage"]


class ScopeDescription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a token is narrowed to; null or absent is everything."""

    indexes: tuple[str, ...] | None = None
    projects: tuple[str, ...] | None = None
    actions: tuple[ActionName, ...] | None = None


class TokenDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret."""

    id: str
    description: str
    scope: ScopeDescription
    created: Annotated[datetime, Meta(description="In UTC.")]
    expires: Annotated[datetime | None, Meta(description="In UTC; null for never.")]


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token with its secret, which is told this once."""

    secret: str
    token: TokenDescription

    def __repr__(self) -> str:
        return f"NewToken({self.token.id!r})"


class TokenList(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's tokens, the oldest first."""

    tokens: tuple[TokenDescription, ...]


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """The token that opens nothing any more."""

    id: str


Expires = Annotated[
    Annotated[datetime, Meta(tz=True)] | None, Meta(description="When it ends, with a time zone.")
]


class TokenCreateParameters(Parameters, frozen=True, kw_only=True):
    """What the token is for."""

    description: Annotated[str, Meta(description="For people, 1 to 100 characters.")]
    scope: ScopeDescription = ScopeDescription()
    expires: Expires = None


class TokenExchangeParameters(Parameters, frozen=True, kw_only=True):
    """Who asks, and what the token is for."""

    username: str
    password: str
    description: Annotated[str, Meta(description="For people, 1 to 100 characters.")]
    scope: ScopeDescription = ScopeDescription()
    expires: Expires = None


class TokenRevokeParameters(Parameters, frozen=True, kw_only=True):
    """Which token."""

    id: str
