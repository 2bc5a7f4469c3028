"""The methods on the caller's own account."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import Actor, PasswordCredentials
from pypi_core.errors import Invalid, TooMany, Unauthenticated
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_jsonrpc_api.methods import Example, Method, NoParameters
from pypi_jsonrpc_api.shapes import Parameters
from pypi_jsonrpc_api.token_methods import LOGIN
from pypi_jsonrpc_api.token_shapes import ScopeDescription, scope_description

_CHANGE_PASSWORD = "account.change_password"

WITH_PASSWORD = frozenset({LOGIN, _CHANGE_PASSWORD})
"""The methods that need no permission to read the index they are called on: they show a password."""


class Whoami(msgspec.Struct, frozen=True, kw_only=True):
    """Who is calling, and with what."""

    username: Annotated[str | None, Meta(description="Null where no credentials were sent.")]
    administrator: bool
    proof: Annotated[str, Meta(description="none, token or password.")]
    scope: ScopeDescription


class ChangePasswordParameters(Parameters, frozen=True, kw_only=True):
    """Whose password, and both of them."""

    username: str
    password: Annotated[str, Meta(description="The one that is good until now.")]
    new_password: Annotated[str, Meta(description="At least 8 characters.")]
    revoke_tokens: Annotated[
        bool, Meta(description="Whether all tokens of the account are revoked, too.")
    ] = False


class PasswordChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What was done."""

    username: str
    revoked_tokens: Annotated[int, Meta(description="How many tokens were revoked.")]


class AccountMethods:
    """Methods on the accounts of *site*."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def whoami(self, index: Index, actor: Actor, parameters: NoParameters) -> Whoami:
        """
        Return who is calling and what the token is limited to.

        A caller who sends no credentials is anonymous; credentials that are not good are an error.
        """
        return Whoami(
            username=None if actor.is_anonymous else actor.username,
            administrator=actor.is_administrator,
            proof=actor.proof,
            scope=scope_description(actor.scope),
        )

    def change_password(
        self, index: Index, actor: Actor, parameters: ChangePasswordParameters
    ) -> PasswordChanged:
        """
        Change the password of an account by showing the old one; no token is needed, and none is enough.

        Attempts that fail are counted as failed logins are, by user name and address.
        """
        revoked = self._site.change_own_password(
            PasswordCredentials(parameters.username, parameters.password),
            parameters.new_password,
            revoke_tokens=parameters.revoke_tokens,
            origin=actor.origin,
        )
        return PasswordChanged(username=parameters.username, revoked_tokens=revoked)


def account_methods(site: Site) -> tuple[Method, ...]:
    """Return the methods; *site* has the accounts."""
    methods = AccountMethods(site)
    return (
        Method(
            name="account.whoami",
            function=methods.whoami,
            needs_actor=True,
            result_name="caller",
            summary="Return who is calling",
            raises=(Unauthenticated,),
            examples=(
                Example(
                    name="with an unlimited token",
                    params={},
                    result={
                        "username": "ada",
                        "administrator": False,
                        "proof": "token",
                        "scope": {"indexes": None, "projects": None, "actions": None},
                    },
                ),
            ),
        ),
        Method(
            name=_CHANGE_PASSWORD,
            function=methods.change_password,
            writes=True,
            costly=True,
            entries=10_000,
            result_name="account",
            summary="Change one's password",
            raises=(Unauthenticated, Invalid, TooMany),
            examples=(
                Example(
                    name="and revoke all tokens",
                    params={
                        "username": "ada",
                        "password": "correct horse",
                        "new_password": "battery staple",
                        "revoke_tokens": True,
                    },
                    result={"username": "ada", "revoked_tokens": 1},
                ),
            ),
        ),
    )
