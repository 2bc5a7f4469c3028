"""A release's description as HTML."""

from __future__ import annotations

from pypi_core.domain.entities import Project, Release
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.ports.environment import DescriptionRenderer
from pypi_core.ports.pages import Page, PageKey, PageKind, Pages, Validity
from pypi_core.use_cases.rendering import page_of

_PLAIN = "text/plain"


class RenderDescription:
    """
    Return a release's description as sanitised HTML.

    A description that does not render as what it says it is, is shown as plain text.
    """

    def __init__(self, renderer: DescriptionRenderer, pages: Pages) -> None:
        self._renderer = renderer
        self._pages = pages

    def __call__(self, project: Project, release: Release, metadata: CoreMetadata) -> str:
        """Render, or take what was rendered before: a release's metadata never change."""
        key = PageKey(
            kind=PageKind.DESCRIPTION,
            subject=f"{project.name}/{release.version}",
            validity=Validity(str(release.id)),
        )
        page = self._pages.find(key)
        if page is None:
            page = self._render(metadata)
            self._pages.put(key, page)
        return page.body.decode()

    def _render(self, metadata: CoreMetadata) -> Page:
        html = self._renderer.render(metadata.description, metadata.description_content_type)
        if html is None:
            html = self._renderer.render(metadata.description, _PLAIN) or ""
        return page_of(html.encode())
