"""Answers about the caller's own account."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor, PasswordCredentials
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_jsonrpc_api.answers.tokens import scope_description
from pypi_protocol.records.accounts import ChangePasswordParameters, PasswordChanged, Whoami
from pypi_protocol.records.parameters import NoParameters


class AccountAnswers:
    """Answers about the accounts of *site*."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def whoami(self, index: Index, actor: Actor, parameters: NoParameters) -> Whoami:
        return Whoami(
            username=None if actor.is_anonymous else actor.username,
            administrator=actor.is_administrator,
            proof=actor.proof,
            scope=scope_description(actor.scope),
        )

    def change_password(
        self, index: Index, actor: Actor, parameters: ChangePasswordParameters
    ) -> PasswordChanged:
        revoked = self._site.change_own_password(
            PasswordCredentials(parameters.username, parameters.password),
            parameters.new_password,
            revoke_tokens=parameters.revoke_tokens,
            origin=actor.origin,
        )
        return PasswordChanged(username=parameters.username, revoked_tokens=revoked)
