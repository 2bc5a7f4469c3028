"""Take a token out of force."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor, TokenId
from pypi_core.domain.permissions import require_token
from pypi_core.domain.site_events import TokenRevoked
from pypi_core.errors import TokenNotFound
from pypi_core.ports.accounts import OpenSiteSnapshot, OpenSiteUnitOfWork


class RevokeToken:
    """
    Revoke a token of one's own account, or as administrator any.

    Requests from now on are refused.  A limited token can revoke itself, and no other.

    Raises:
        NotAllowed: The actor's own token is limited, and it is not this one.
        TokenNotFound: There is no such token, or it belongs to another account.
    """

    def __init__(self, open_snapshot: OpenSiteSnapshot, open_unit_of_work: OpenSiteUnitOfWork) -> None:
        self._open_snapshot = open_snapshot
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, token_id: TokenId) -> None:
        with self._open_snapshot() as snapshot:
            try:
                token = snapshot.tokens.get(token_id)
            except TokenNotFound:
                permit = require_token(actor, token_id, None)
                raise
            permit = require_token(actor, token_id, token)
            username = snapshot.accounts.by_id(token.account_id).username
        with self._open_unit_of_work(permit) as uow:
            uow.tokens.revoke(token_id)
            uow.record_event(TokenRevoked(username=username, token=token_id, description=token.description))
            uow.commit()
