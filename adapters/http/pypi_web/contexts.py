"""What every page knows: where it stands, who looks at it, and in which language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request

from pypi_core.domain.accounts import Action
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexRecord
from pypi_core.domain.permissions import Subject, may
from pypi_core.domain.web_sessions import form_token
from pypi_http_api.addressed import addressed_of
from pypi_http_api.index_request import IndexRequest
from pypi_web.translations import DEFAULT_LANGUAGE, preferred_language

AnyRequest = Request[Any, Any, Any]

_MOST_INDEXES = 50


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """The person who is logged in, as pages greet them; *form_token* goes into their forms."""

    username: str
    is_administrator: bool = False
    form_token: str = ""


class OtherIndex(msgspec.Struct, frozen=True, kw_only=True):
    """An index that the caller may switch to."""

    title: str
    url: str
    is_current: bool


class PageContext(msgspec.Struct, frozen=True, kw_only=True):
    """
    Where a page stands.

    Attributes:
        settings: The index; ``None`` on a page that says nothing of it, because it was not asked.
        root: The path below which the index is served, without ``/`` at its end.
        base_url: Its absolute URL, without ``/`` at its end.
        path: The path of the page below *root*, percent-encoded.
        language: In which language the page speaks.
        now: From when times are counted.
        indexes: Those that the caller may read, if there are several.
        viewer: Who is logged in.
    """

    settings: IndexRecord | None
    root: str
    base_url: str = ""
    path: str = "/"
    language: str = DEFAULT_LANGUAGE
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    indexes: tuple[OtherIndex, ...] = ()
    viewer: Viewer | None = None

    @property
    def title(self) -> str:
        """What pages are headed with."""
        return self.settings.settings.title if self.settings else "Package index"

    @property
    def is_for_crawlers(self) -> bool:
        """Return whether search engines may show the page."""
        return self.settings is not None and not self.settings.settings.is_private


def asked(request: AnyRequest) -> IndexRequest:
    """Return the request as it is addressed to an index."""
    return IndexRequest(request.scope, request.receive)


def context_of(request: AnyRequest) -> PageContext:
    """
    Return where the page stands, for callers who may read the index.

    Raises:
        Unauthenticated: The index is private and the caller is anonymous.
        Forbidden: The caller may not read the index.
    """
    addressed = asked(request)
    record = addressed.index.reading.authorise(addressed.actor)
    return PageContext(
        settings=record,
        root=addressed.root,
        base_url=addressed.base_url,
        path=addressed.path,
        language=preferred_language(request.headers.get("accept-language", "")),
        now=addressed.index.clock.now(),
        indexes=_indexes(addressed, record),
        viewer=viewer_of(request),
    )


def viewer_of(request: AnyRequest) -> Viewer | None:
    """Return who is logged in with the browser that sent a request."""
    session = addressed_of(request.scope).session
    if session is None:
        return None
    return Viewer(
        username=session.actor.username,
        is_administrator=session.actor.is_administrator,
        form_token=form_token(session.secret),
    )


def readable_indexes(addressed: IndexRequest) -> Sequence[IndexRecord]:
    """Return the indexes that the caller may read, by name."""
    return [
        each
        for each in addressed.site.indexes()
        if may(addressed.actor, Action.READ, Subject(index=each.name, settings=each.settings))
    ]


def _indexes(addressed: IndexRequest, current: IndexRecord) -> tuple[OtherIndex, ...]:
    site_root = addressed.root.removesuffix(f"/i/{current.name}")
    readable = readable_indexes(addressed)
    return tuple(
        OtherIndex(
            title=each.settings.title,
            url=f"{site_root}/" if each.name == DEFAULT_INDEX else f"{site_root}/i/{each.name}/",
            is_current=each.name == current.name,
        )
        for each in readable[:_MOST_INDEXES]
    )
