"""The projects of an account."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from pypi_core.domain.accounts import Role
from pypi_web.contexts import AnyRequest, asked, context_of
from pypi_web.rendering import page_or_json

_PER_PAGE = 100


class OwnProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project and the role that the account has in it."""

    name: str
    role: Role


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """An account by what it maintains; one without projects is shown like one that there is not."""

    username: str
    projects: Sequence[OwnProject]
    total: int
    page: int
    more: bool


@get("/user/{username:str}/", sync_to_thread=True, include_in_schema=False)
def person(request: AnyRequest, username: FromPath[str]) -> Response[str] | Response[bytes]:
    """Show what an account maintains."""
    addressed = asked(request)
    context = context_of(request)
    roles = addressed.index.roles.of_user(addressed.actor, username)
    raw_page = request.query_params.get("page", "1")
    page = max(int(raw_page), 1) if raw_page.isdecimal() and len(raw_page) < len(str(10**6)) else 1
    shown = roles[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    view = PersonView(
        username=username,
        projects=[OwnProject(name=name, role=role) for role, name in shown],
        total=len(roles),
        page=page,
        more=len(roles) > page * _PER_PAGE,
    )
    return page_or_json(request, context, "person.html", view, status=200 if roles else 404)
