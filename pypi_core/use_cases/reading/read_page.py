"""Read a project's page of the Simple API."""

from __future__ import annotations

import msgspec

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Serial
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import require
from pypi_core.ports.pages import Page, PageKind, Pages
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index
from pypi_core.use_cases.upkeep.rendering import read_detail, render_simple_page, simple_page_key


class ServedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page as it may be sent; *serial* is the project's, *private* pages are for the reader alone."""

    page: Page
    serial: Serial
    private: bool


class ReadPage:
    """
    Return a project's Simple page as of now.

    A kept page is used only while nothing it depends on has moved; else the page is
    rendered at once, so that what was published is seen by the very next request.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        ProjectNotFound: There is no such project.
    """

    def __init__(self, open_snapshot: OpenSnapshot, pages: Pages) -> None:
        self._open_snapshot = open_snapshot
        self._pages = pages

    def __call__(self, actor: Actor, name: NormalizedName, kind: PageKind) -> ServedPage:
        """Return the page in the form that *kind* names."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            project = snapshot.projects.get(name)
            key = simple_page_key(project, snapshot.record, kind)
            page = self._pages.find(key)
            if page is None:
                page = render_simple_page(read_detail(snapshot, project), kind)
                self._pages.put(key, page)
            private = governed_index(snapshot).is_private
            return ServedPage(page=page, serial=project.serial, private=private)
