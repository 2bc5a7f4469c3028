"""All pages of people who log in, together."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from pypi_http_api.pools import Pools
from pypi_http_api.watching import Look
from pypi_web.account import activity, authenticator, logging_in, own_projects, registration, tokens
from pypi_web.account.administration import Administration
from pypi_web.account.steps import Step, handlers_of

# Apart from all others: who tries passwords, which are slow by design, keeps nobody else waiting.
_THREADS = 3


def account_steps(look: Look | None = None) -> Sequence[Step]:
    """Return every page and form; administrators are shown what *look* finds."""
    modules = (logging_in, authenticator, registration, tokens, own_projects, activity, Administration(look))
    return [step for module in modules for step in module.steps()]


def account_handlers(look: Look | None = None) -> Sequence[ControllerRouterHandler]:
    """Return the handlers to mount at the root of every index."""
    return handlers_of(account_steps(look), Pools(_THREADS, _THREADS))
