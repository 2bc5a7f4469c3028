"""All pages of people who log in, together."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from pypi_http_api.pools import Pools
from pypi_web.account import activity, authenticator, logging_in, own_projects, tokens
from pypi_web.account.visits import Step, handlers_of

# Apart from all others: who tries passwords, which are slow by design, keeps nobody else waiting.
_THREADS = 3


def account_steps() -> Sequence[Step]:
    """Return every page and form."""
    modules = (logging_in, authenticator, tokens, own_projects, activity)
    return [step for module in modules for step in module.steps()]


def account_handlers() -> Sequence[ControllerRouterHandler]:
    """Return the handlers to mount at the root of every index."""
    return handlers_of(account_steps(), Pools(_THREADS, _THREADS))
