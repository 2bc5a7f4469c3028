"""The pages of the Simple API, and descriptions as HTML."""

from __future__ import annotations

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.domain.descriptions import hide_remote_images
from pypi_core.domain.entities import Project, Release, Serial
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.environment import DescriptionRenderer
from pypi_core.ports.pages import Page, PageKind, Pages
from pypi_core.use_cases.reading.access import Reading
from pypi_core.use_cases.reading.project_list import FORMS, KeptSegments, ListForm, ProjectList
from pypi_core.use_cases.upkeep.rendering import (
    description_key,
    page_of,
    read_detail,
    render_simple_page,
    simple_page_key,
)


class ServedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page as it may be sent; *serial* is the project's, *private* pages are for the reader alone."""

    page: Page
    serial: Serial
    private: bool


class PageQueries:
    """Rendered pages, for callers who may read the index (`Reading`)."""

    def __init__(self, reading: Reading, pages: Pages, renderer: DescriptionRenderer) -> None:
        self._reading = reading
        self._pages = pages
        self._renderer = renderer
        self._segments = KeptSegments()

    def project(self, actor: Actor, name: NormalizedName, kind: PageKind) -> ServedPage:
        """
        Return a project's Simple page as of now, in the form that *kind* names.

        A kept page is used only while nothing it depends on has moved; else the page is
        rendered at once, so that what was published is seen by the very next request.

        Raises:
            ProjectNotFound: There is no such project.
        """
        with self._reading(actor) as snapshot:
            project = snapshot.projects.get(name)
            key = simple_page_key(project, snapshot.record, kind)
            page = self._pages.find(key)
            if page is None:
                page = render_simple_page(read_detail(snapshot, project), kind)
                self._pages.put(key, page)
            private = snapshot.record.settings.is_private
            return ServedPage(page=page, serial=project.serial, private=private)

    def project_list(self, actor: Actor, kind: PageKind) -> ProjectList:
        """Return the list of all projects as of now in the form that *kind* names, JSON or HTML."""
        return self.project_list_in_form(actor, FORMS[kind])

    def project_list_in_form(self, actor: Actor, form: ListForm) -> ProjectList:
        """Return the list of all projects as of now in any other form."""
        with self._reading(actor) as snapshot:
            return self._segments.list_in_form(snapshot, form)

    def description(
        self,
        project: Project,
        release: Release,
        metadata: CoreMetadata,
        *,
        remote_images: bool = True,
    ) -> str:
        """
        Return the description of a release that was read, as sanitised HTML.

        It was rendered when the release was published, and is rendered again where that is lost.
        A description that does not render as its content type is shown as plain text.  Without
        *remote_images* a link takes the place of each image of another host.  What is kept has the
        images, so that a changed setting is followed at once.
        """
        key = description_key(project, release, metadata)
        page = self._pages.find(key)
        if page is None:
            rendered = self._renderer.render(metadata.description, metadata.description_content_type)
            page = page_of(rendered.html.encode())
            self._pages.put(key, page)
        html = page.body.decode()
        return html if remote_images else hide_remote_images(html)
