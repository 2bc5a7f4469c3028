"""The tokens of an account: made, shown once, and revoked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from litestar import Response

from pypi_core.domain.accounts import Action, TokenId, TokenScope
from pypi_core.domain.indexes import parse_index_name
from pypi_core.domain.names import parse_project_name
from pypi_core.errors import Invalid, NotFound
from pypi_web.account.steps import Step, shows
from pypi_web.account.visits import Visit

_LIFETIMES: Final = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year", "": "does not expire"}
_SCOPES: Final = {
    "upload": "Upload releases of the projects below",
    "read": "Read private indexes",
    "everything": "Everything that I may do",
}
_ACTIONS: Final = {
    "upload": frozenset({Action.READ, Action.UPLOAD, Action.CREATE_PROJECT}),
    "read": frozenset({Action.READ}),
}


def steps() -> Sequence[Step]:
    """Return the pages and forms of this module."""
    return [
        shows("/account/tokens/", show_tokens),
        Step(path="/account/tokens/", act=make_token, is_dangerous=True),
        Step(path="/account/tokens/revoke/", act=revoke_token, page=lambda _: "/account/tokens/"),
    ]


def show_tokens(visit: Visit) -> Response[str]:
    """List the tokens, and show the form for another."""
    return visit.page("tokens.html", **_shown(visit))


def make_token(visit: Visit) -> Response[str]:
    """Make a token and show it, this once: there is nothing to go back to, as it cannot be read again."""
    try:
        days = visit.value("days")
        if days not in _LIFETIMES or visit.value("may") not in _SCOPES:
            raise Invalid("Choose what the token may do and how long.")
        expires = visit.index.clock.now() + timedelta(days=int(days)) if days else None
        issued = visit.site.issue_token(
            visit.actor, visit.actor.username, visit.value("description"), _scope(visit), expires
        )
    except Invalid as error:
        return visit.refused("tokens.html", error, **_shown(visit))
    return visit.page("new_token.html", issued=issued, upload_url=f"{visit.base_url}/legacy/")


def revoke_token(visit: Visit) -> Response[str]:
    """Revoke a token; one that is gone is gone."""
    with suppress(NotFound):
        visit.site.revoke_token(visit.actor, TokenId(visit.value("token")))
    return visit.go_to("/account/tokens/", "revoked")


def _scope(visit: Visit) -> TokenScope:
    may = visit.value("may")
    try:
        names = frozenset(
            parse_project_name(each) for each in visit.value("projects").replace(",", " ").split()
        )
    except Invalid as error:
        raise error.about("projects") from error
    index = visit.value("index")
    return TokenScope(
        indexes=frozenset({parse_index_name(index)}) if index else None,
        projects=names or None,
        actions=_ACTIONS.get(may),
    )


def _shown(visit: Visit) -> dict[str, Any]:
    return {
        "tokens": list(reversed(visit.site.tokens.of(visit.actor, visit.actor.username))),
        "scopes": list(_SCOPES.items()),
        "lifetimes": list(_LIFETIMES.items()),
        "indexes": [
            ("", "All indexes"),
            *((each.name, each.settings.title) for each in visit.readable_indexes()),
        ],
        "projects": [
            str(name) for _role, name in visit.index.roles.of_user(visit.actor, visit.actor.username)
        ],
    }
