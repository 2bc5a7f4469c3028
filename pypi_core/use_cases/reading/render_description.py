"""A release's description as HTML."""

from __future__ import annotations

from pypi_core.domain.descriptions import hide_remote_images
from pypi_core.domain.entities import Project, Release
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.ports.environment import DescriptionRenderer
from pypi_core.ports.pages import Pages
from pypi_core.use_cases.upkeep.rendering import description_key, page_of


class RenderDescription:
    """
    Return a release's description as sanitised HTML.

    A description that does not render as what it says it is, is shown as plain text.
    """

    def __init__(self, renderer: DescriptionRenderer, pages: Pages) -> None:
        self._renderer = renderer
        self._pages = pages

    def __call__(
        self,
        project: Project,
        release: Release,
        metadata: CoreMetadata,
        *,
        remote_images: bool = True,
    ) -> str:
        """
        Take what was rendered when the release was published, or render again where that is lost.

        Without *remote_images* a link takes the place of each image of another host.  What is kept
        has the images, so that a changed setting is followed at once.
        """
        key = description_key(project, release, metadata)
        page = self._pages.find(key)
        if page is None:
            rendered = self._renderer.render(metadata.description, metadata.description_content_type)
            page = page_of(rendered.html.encode())
            self._pages.put(key, page)
        html = page.body.decode()
        return html if remote_images else hide_remote_images(html)
