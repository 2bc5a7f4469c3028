"""A release's description as HTML."""

from __future__ import annotations

from pypi_core.domain.entities import Project, Release
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.ports.environment import DescriptionRenderer
from pypi_core.ports.pages import Pages
from pypi_core.use_cases.rendering import description_key, page_of


class RenderDescription:
    """
    Return a release's description as sanitised HTML.

    A description that does not render as what it says it is, is shown as plain text.
    """

    def __init__(self, renderer: DescriptionRenderer, pages: Pages) -> None:
        self._renderer = renderer
        self._pages = pages

    def __call__(self, project: Project, release: Release, metadata: CoreMetadata) -> str:
        """Take what was rendered when the release was published, or render again where that is lost."""
        key = description_key(project, release, metadata)
        page = self._pages.find(key)
        if page is None:
            rendered = self._renderer.render(metadata.description, metadata.description_content_type)
            page = page_of(rendered.html.encode())
            self._pages.put(key, page)
        return page.body.decode()
