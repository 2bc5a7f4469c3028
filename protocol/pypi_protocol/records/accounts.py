"""The caller's own account."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_protocol.records.parameters import Parameters
from pypi_protocol.records.tokens import ScopeDescription


class Whoami(msgspec.Struct, frozen=True, kw_only=True):
    """Who is calling, and with what."""

    username: Annotated[str | None, Meta(description="Null where no credentials were sent.")]
    administrator: bool
    proof: Annotated[str, Meta(description="none, token or password.")]
    scope: ScopeDescription


class PasswordChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What was done."""

    username: str
    revoked_tokens: Annotated[int, Meta(description="How many tokens were revoked.")]


class ChangePasswordParameters(Parameters, frozen=True, kw_only=True):
    """Whose password, and both of them."""

    username: str
    password: Annotated[str, Meta(description="The one that is good until now.")]
    new_password: Annotated[str, Meta(description="At least 8 characters.")]
    revoke_tokens: Annotated[
        bool, Meta(description="Whether all tokens of the account are revoked, too.")
    ] = False
