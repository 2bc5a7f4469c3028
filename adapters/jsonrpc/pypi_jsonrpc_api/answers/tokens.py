"""Answers about tokens."""

from __future__ import annotations

from datetime import UTC

import msgspec

from pypi_core.domain.accounts import Action, Actor, PasswordCredentials, Proof, Token, TokenId, TokenScope
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.permissions import require_known
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_protocol.records.parameters import NoParameters
from pypi_protocol.records.tokens import (
    ActionName,
    NewToken,
    Revoked,
    ScopeDescription,
    TokenCreateParameters,
    TokenDescription,
    TokenExchangeParameters,
    TokenList,
    TokenRevokeParameters,
)


class TokenAnswers:
    """Answers about the tokens of the accounts of *site*."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def create(self, index: Index, actor: Actor, parameters: TokenCreateParameters) -> NewToken:
        require_known(actor)
        return self._issued(actor, parameters)

    def exchange(self, index: Index, actor: Actor, parameters: TokenExchangeParameters) -> NewToken:
        credentials = PasswordCredentials(parameters.username, parameters.password)
        known = self._site.authenticate(credentials, actor.origin)
        return self._issued(known, parameters)

    def list(self, index: Index, actor: Actor, parameters: NoParameters) -> TokenList:
        require_known(actor)
        if actor.proof is Proof.LOCAL:
            return TokenList(tokens=())
        return TokenList(tokens=tuple(map(token_description, self._site.tokens.of(actor, actor.username))))

    def revoke(self, index: Index, actor: Actor, parameters: TokenRevokeParameters) -> Revoked:
        self._site.revoke_token(actor, TokenId(parameters.id))
        return Revoked(id=parameters.id)

    def _issued(self, actor: Actor, parameters: TokenCreateParameters | TokenExchangeParameters) -> NewToken:
        expires = None if parameters.expires is None else parameters.expires.astimezone(UTC)
        scope = token_scope(parameters.scope)
        issued = self._site.issue_token(actor, actor.username, parameters.description, scope, expires)
        return NewToken(secret=issued.secret, token=token_description(issued.token))


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
