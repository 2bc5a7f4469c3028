"""Take a token out of force."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor, TokenId
from pypi_core.domain.site_events import TokenRevoked
from pypi_core.errors import TokenNotFound, Unauthenticated
from pypi_core.ports.accounts import OpenSiteUnitOfWork


class RevokeToken:
    """
    Revoke one's own token, or as administrator anybody's.

    Raises:
        Unauthenticated: Nobody is logged in.
        TokenNotFound: There is none of that id, or it is somebody else's.
    """

    def __init__(self, open_unit_of_work: OpenSiteUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, token_id: TokenId) -> None:
        """Revoke it; requests from now on are refused."""
        if actor.is_anonymous:
            raise Unauthenticated
        with self._open_unit_of_work(actor) as uow:
            token = uow.tokens.get(token_id)
            if token.account_id != actor.account_id and not actor.is_administrator:
                raise TokenNotFound(token_id)
            uow.tokens.revoke(token_id)
            username = uow.accounts.by_id(token.account_id).username
            uow.record_event(TokenRevoked(username=username, token=token_id, description=token.description))
            uow.commit()
