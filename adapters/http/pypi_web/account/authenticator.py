"""The authenticator app of an account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from litestar import Response

from pypi_core.domain.second_factors import authenticator_url
from pypi_core.errors import InvalidSetting
from pypi_web.account.steps import Step, shows
from pypi_web.account.visits import Visit

_HERE = "/account/authenticator/"


def steps() -> Sequence[Step]:
    """Return the pages and forms of this module."""
    return [
        shows(_HERE, show_app, is_dangerous=True),
        Step(path=f"{_HERE}begin/", act=begin, is_dangerous=True, page=lambda _: _HERE),
        Step(path=f"{_HERE}confirm/", act=confirm, is_dangerous=True, page=lambda _: _HERE),
        Step(path=f"{_HERE}remove/", act=remove, is_dangerous=True, page=lambda _: _HERE),
    ]


def show_app(visit: Visit) -> Response[str]:
    """Show whether there is an app, or how to set one up that was begun."""
    return visit.page("authenticator.html", **_shown(visit))


def begin(visit: Visit) -> Response[str]:
    """Make the secret that the app is given."""
    visit.site.begin_second_factor(visit.actor)
    return visit.go_to(_HERE)


def confirm(visit: Visit) -> Response[str]:
    """Ask for codes from now on, and show the recovery codes, this once."""
    try:
        codes = visit.site.confirm_second_factor(visit.actor, visit.value("code"))
    except InvalidSetting as error:
        return visit.refused("authenticator.html", error, **_shown(visit))
    return visit.page("recovery_codes.html", codes=codes)


def remove(visit: Visit) -> Response[str]:
    """Ask for no codes any more."""
    visit.site.remove_second_factor(visit.actor, visit.actor.username)
    return visit.go_to("/account/", "no-app")


def _shown(visit: Visit) -> dict[str, Any]:
    factor = visit.site.second_factors.own(visit.actor)
    issuer = urlsplit(visit.site_url).hostname or "package index"
    url = authenticator_url(factor.secret, visit.actor.username, issuer) if factor else ""
    return {"factor": factor, "url": url}
