"""Tokens as the protocol shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import Action, Token, TokenScope
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import parse_project_name
from pypi_core.use_cases.accounts.issue_token import IssuedToken

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


def token_scope(scope: ScopeDescription) -> TokenScope:
    """
    Return the scope that somebody describes.

    Raises:
        Invalid: One of the projects has a name that no project may have.
    """
    return TokenScope(
        indexes=None if scope.indexes is None else frozenset(map(IndexName, scope.indexes)),
        projects=None if scope.projects is None else frozenset(map(parse_project_name, scope.projects)),
        actions=None if scope.actions is None else frozenset(map(Action, scope.actions)),
    )


def scope_description(scope: TokenScope) -> ScopeDescription:
    """Describe a scope, in an order that is always the same."""
    return ScopeDescription(
        indexes=None if scope.indexes is None else tuple(sorted(scope.indexes)),
        projects=None if scope.projects is None else tuple(sorted(scope.projects)),
        actions=None
        if scope.actions is None
        else msgspec.convert(sorted(scope.actions), tuple[ActionName, ...]),
    )


def token_description(token: Token) -> TokenDescription:
    """Describe a token without its secret, which nobody knows any more."""
    return TokenDescription(
        id=token.id,
        description=token.description,
        scope=scope_description(token.scope),
        created=token.created,
        expires=token.expires,
    )


def new_token(issued: IssuedToken) -> NewToken:
    """Describe a token that was just made."""
    return NewToken(secret=issued.secret, token=token_description(issued.token))
