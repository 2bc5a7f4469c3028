"""``account.whoami``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import Actor
from pypi_core.index import Index
from pypi_jsonrpc_api.methods import Example, Method, NoParameters
from pypi_jsonrpc_api.token_shapes import ScopeDescription, scope_description


class Whoami(msgspec.Struct, frozen=True, kw_only=True):
    """Who is calling, and with what."""

    username: Annotated[str | None, Meta(description="Null where no credentials were sent.")]
    administrator: bool
    proof: Annotated[str, Meta(description="none, token or password.")]
    scope: ScopeDescription


def account_whoami(index: Index, actor: Actor, parameters: NoParameters) -> Whoami:
    """Tell who is calling and what the token given is narrowed to; an anonymous caller is told so."""
    return Whoami(
        username=None if actor.is_anonymous else actor.username,
        administrator=actor.is_administrator,
        proof=actor.proof,
        scope=scope_description(actor.scope),
    )


ACCOUNT_WHOAMI = Method(
    name="account.whoami",
    function=account_whoami,
    result_name="caller",
    summary="Tell who is calling",
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
)
