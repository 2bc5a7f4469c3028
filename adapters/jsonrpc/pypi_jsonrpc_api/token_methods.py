"""The methods on tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import (
    Actor,
    PasswordCredentials,
    Proof,
    TokenId,
)
from pypi_core.domain.permissions import require_known
from pypi_core.errors import Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_jsonrpc_api.methods import Example, Method, NoParameters
from pypi_jsonrpc_api.shapes import Parameters
from pypi_jsonrpc_api.token_shapes import (
    NewToken,
    ScopeDescription,
    TokenDescription,
    new_token,
    token_description,
    token_scope,
)

LOGIN = "token.exchange"
"""The method that exchanges a password for a token."""

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


class TokenList(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's tokens, the oldest first."""

    tokens: tuple[TokenDescription, ...]


class TokenRevokeParameters(Parameters, frozen=True, kw_only=True):
    """Which token."""

    id: str


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """The token that opens nothing any more."""

    id: str


class TokenMethods:
    """Methods on what the indexes of *site* share."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def create(self, index: Index, actor: Actor, parameters: TokenCreateParameters) -> NewToken:
        """Make a token for the caller; a token that is limited cannot make any."""
        require_known(actor)
        return self._issued(actor, parameters)

    def exchange(self, index: Index, actor: Actor, parameters: TokenExchangeParameters) -> NewToken:
        """
        Make a token for whoever knows the password: how a person logs in.

        Attempts that fail are counted as failed logins are, by user name and address.
        """
        credentials = PasswordCredentials(parameters.username, parameters.password)
        known = self._site.authenticate(credentials, actor.origin)
        return self._issued(known, parameters)

    def list(self, index: Index, actor: Actor, parameters: NoParameters) -> TokenList:
        """List the caller's tokens, without their secrets; a limited token sees itself alone."""
        require_known(actor)
        if actor.proof is Proof.LOCAL:
            return TokenList(tokens=())
        return TokenList(tokens=tuple(map(token_description, self._site.list_tokens(actor, actor.username))))

    def revoke(self, index: Index, actor: Actor, parameters: TokenRevokeParameters) -> Revoked:
        """
        Revoke one of the caller's tokens, also the one that the call is made with.

        A limited token can revoke itself only.
        """
        self._site.revoke_token(actor, TokenId(parameters.id))
        return Revoked(id=parameters.id)

    def _issued(self, actor: Actor, parameters: TokenCreateParameters | TokenExchangeParameters) -> NewToken:
        expires = None if parameters.expires is None else parameters.expires.astimezone(UTC)
        scope = token_scope(parameters.scope)
        return new_token(
            self._site.issue_token(actor, actor.username, parameters.description, scope, expires)
        )


_SECRET = "pidx_SdUNekS4RLUpw4rJnkkxt0MveAeR1ybcAIK4eyxDUnz1ojlI6"
_ANYTHING = {"indexes": None, "projects": None, "actions": None}


def token_methods(site: Site) -> tuple[Method, ...]:
    """Return the methods; *site* has accounts and tokens."""
    methods = TokenMethods(site)
    return (
        Method(
            name="token.create",
            function=methods.create,
            writes=True,
            result_name="token",
            summary="Make a token",
            raises=(Unauthenticated, Forbidden, Invalid),
            examples=(
                Example(
                    name="for uploads of one project",
                    params={
                        "description": "for the build server",
                        "scope": {"projects": ["hello-index"], "actions": ["upload"]},
                        "expires": "2027-03-01T12:00:00Z",
                    },
                    result={
                        "secret": _SECRET,
                        "token": {
                            "id": "7f86589578df43e4",
                            "description": "for the build server",
                            "scope": {**_ANYTHING, "projects": ["hello-index"], "actions": ["upload"]},
                            "created": "2026-03-01T12:00:00Z",
                            "expires": "2027-03-01T12:00:00Z",
                        },
                    },
                ),
            ),
        ),
        Method(
            name=LOGIN,
            function=methods.exchange,
            writes=True,
            costly=True,
            entries=10_000,
            result_name="token",
            summary="Exchange a password for a token",
            raises=(Unauthenticated, Forbidden, Invalid, TooMany),
            examples=(
                Example(
                    name="for a person's own machine",
                    params={"username": "ada", "password": "correct horse", "description": "laptop"},
                    result={
                        "secret": _SECRET,
                        "token": {
                            "id": "7f86589578df43e4",
                            "description": "laptop",
                            "scope": _ANYTHING,
                            "created": "2026-03-01T12:00:00Z",
                            "expires": None,
                        },
                    },
                ),
            ),
        ),
        Method(
            name="token.list",
            function=methods.list,
            result_name="tokens",
            summary="List one's tokens",
            raises=(Unauthenticated, Forbidden),
            examples=(
                Example(
                    name="one token",
                    params={},
                    result={
                        "tokens": [
                            {
                                "id": "62e6e282e5c1657c",
                                "description": "for a test",
                                "scope": _ANYTHING,
                                "created": "2026-03-01T12:00:00Z",
                                "expires": None,
                            }
                        ]
                    },
                ),
            ),
        ),
        Method(
            name="token.revoke",
            function=methods.revoke,
            writes=True,
            result_name="token",
            summary="Revoke a token",
            raises=(Unauthenticated, Forbidden, NotFound),
            examples=(
                Example(
                    name="the one of the call itself",
                    params={"id": "62e6e282e5c1657c"},
                    result={"id": "62e6e282e5c1657c"},
                ),
            ),
        ),
    )
