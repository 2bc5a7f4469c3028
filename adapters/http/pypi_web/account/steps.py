"""The pages and forms of people who log in, each with what has to be known before it does anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, quote

import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from pypi_core.errors import Invalid, PackageIndexError, Unauthenticated
from pypi_http_api.pools import Pools
from pypi_http_api.problems import Family, status_of
from pypi_web.account.visits import Form, Visit
from pypi_web.contexts import AnyRequest

_LARGEST_FORM: Final = 64 * 1024
_MOST_FIELDS: Final = 200

Act = Callable[[Visit], Response[str]]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a page or form of the site does.

    Attributes:
        path: Its address below the root of an index.
        act: What is done.
        reads: Whether it only shows something.
        is_open: Whether it is for everybody; else somebody has to be logged in.
        is_dangerous: Whether somebody has to have logged in lately.
        page: Where its form is, to come back to after another log-in; ``path`` unless given.
    """

    path: str
    act: Act
    reads: bool = False
    is_open: bool = False
    is_dangerous: bool = False
    page: Callable[[Visit], str] | None = None

    def page_of(self, visit: Visit) -> str:
        """Return where the form is that *visit* sent."""
        return self.page(visit) if self.page else visit.path


def shows(path: str, act: Act, *, is_open: bool = False, is_dangerous: bool = False) -> Step:
    """Return the step that shows a page."""
    return Step(path=path, act=act, reads=True, is_open=is_open, is_dangerous=is_dangerous)


def handlers_of(steps: Sequence[Step], pools: Pools) -> Sequence[ControllerRouterHandler]:
    """Return the handlers of *steps*, each called in a thread of *pools*."""
    return [_handler(each, pools) for each in steps]


def _handler(step: Step, pools: Pools) -> ControllerRouterHandler:
    async def handle(request: AnyRequest) -> Response[str]:
        visit = Visit(request, {} if step.reads else await _form_of(request))
        return await (pools.read if step.reads else pools.write)(_answer, step, visit)

    method = HttpMethod.GET if step.reads else HttpMethod.POST
    return HTTPRouteHandler(
        step.path, http_method=method, include_in_schema=False, request_max_body_size=_LARGEST_FORM
    )(handle)


def _answer(step: Step, visit: Visit) -> Response[str]:
    if not visit.is_safe:
        return visit.page("no_tls.html", status=HTTPStatus.FORBIDDEN)
    if not (step.is_open or visit.session):
        return visit.ask_to_log_in(step.page_of(visit))
    if not step.reads and not visit.has_form_token():
        return visit.page("stale_form.html", status=HTTPStatus.FORBIDDEN, back=step.page_of(visit))
    if step.is_dangerous and not visit.known_session.is_proved:
        back = quote(visit.root + step.page_of(visit), safe="/")
        return visit.go_to(f"/account/confirm/?next={back}")
    try:
        return step.act(visit)
    except Unauthenticated:
        return visit.ask_to_log_in(step.page_of(visit))
    except PackageIndexError as error:
        if status_of(type(error), Family.JSON) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        return visit.refused("refused.html", error, back=step.page_of(visit))


async def _form_of(request: AnyRequest) -> Form:
    try:
        return parse_qs(
            (await request.body()).decode(),
            keep_blank_values=True,
            max_num_fields=_MOST_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        raise Invalid("The form cannot be read: send it from its page.") from error
