"""Warm the pages of a project."""

from __future__ import annotations

from pypi_core.domain.names import NormalizedName
from pypi_core.ports.pages import PageKind, Pages
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.upkeep.rendering import read_detail, render_simple_page, simple_page_key

_KINDS = (PageKind.SIMPLE_JSON, PageKind.SIMPLE_HTML)


class RenderProject:
    """
    Render a project's Simple pages ahead of the first reader; pages that are valid stay.

    Nothing depends on it: a reader who comes first renders for themselves.  A project
    that is gone needs no pages.
    """

    def __init__(self, open_snapshot: OpenSnapshot, pages: Pages) -> None:
        self._open_snapshot = open_snapshot
        self._pages = pages

    def __call__(self, name: NormalizedName) -> None:
        with self._open_snapshot() as snapshot:
            project = snapshot.projects.find(name)
            if project is None:
                return
            keys = [simple_page_key(project, snapshot.record, kind) for kind in _KINDS]
            stale = [key for key in keys if self._pages.find(key) is None]
            if not stale:
                return
            detail = read_detail(snapshot, project)
        # Outside the snapshot: a write must not wait for this reader.
        for key in stale:
            self._pages.put(key, render_simple_page(detail, key.kind))
