"""From the rows of one snapshot to ready pages."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from pypi_core.domain.entities import Project, ProjectId, Release
from pypi_core.domain.indexes import IndexRecord
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.pages import Page, PageKey, PageKind, Pages, Validity
from pypi_core.ports.transactions import OpenSnapshot, Snapshot
from pypi_core.simple_api.as_html import detail_as_html
from pypi_core.simple_api.as_json import detail_as_json
from pypi_core.simple_api.detail import RENDERER_VERSION, ProjectDetail, project_detail
from pypi_core.simple_api.etag import strong_etag

_COMPRESSION_LEVEL = 6
_BATCH = 100
_KINDS = (PageKind.SIMPLE_JSON, PageKind.SIMPLE_HTML)


def validity_of(project: Project, record: IndexRecord) -> Validity:
    """Return what a page about *project* depends on; when any of it moves, older pages are invisible."""
    return Validity(f"{project.serial}.{RENDERER_VERSION}.{record.settings_version}")


def simple_page_key(project: Project, record: IndexRecord, kind: PageKind) -> PageKey:
    """Return the key of a project's Simple page."""
    return PageKey(kind=kind, subject=project.name, validity=validity_of(project, record))


def description_key(project: Project, release: Release, metadata: CoreMetadata) -> PageKey:
    """Return the key of a release's description."""
    # By what it says: a release may be described anew before it has files, or be deleted and published again.
    source = f"{metadata.description_content_type}\n{metadata.description}"
    return PageKey(
        kind=PageKind.DESCRIPTION,
        subject=f"{project.name}/{release.version}",
        validity=Validity(strong_etag(source.encode("utf-8", "surrogatepass"))),
    )


def read_detail(snapshot: Snapshot, project: Project) -> ProjectDetail:
    """Read all that a project's Simple page shows, in whichever form."""
    return project_detail(project, snapshot.releases.of(project.id), snapshot.files.of(project.id))


def render_simple_page(detail: ProjectDetail, kind: PageKind) -> Page:
    """Render a project's Simple page as *kind*, JSON or HTML."""
    render = detail_as_json if kind is PageKind.SIMPLE_JSON else detail_as_html
    return page_of(render(detail))


def page_of(body: bytes) -> Page:
    """Return *body* as a page."""
    # mtime 0: the same body gives the same bytes.
    compressed = gzip.compress(body, _COMPRESSION_LEVEL, mtime=0)
    return Page(body=body, compressed=compressed, etag=strong_etag(body))


class RenderProject:
    """
    Render a project's Simple pages ahead of the first reader; pages that are valid stay, unless *anew*.

    Nothing depends on it: a reader who comes first renders for themselves.  A project
    that is gone needs no pages.
    """

    def __init__(self, open_snapshot: OpenSnapshot, pages: Pages) -> None:
        self._open_snapshot = open_snapshot
        self._pages = pages

    def __call__(self, name: NormalizedName, *, anew: bool = False) -> None:
        with self._open_snapshot() as snapshot:
            project = snapshot.projects.find(name)
            if project is None:
                return
            keys = [simple_page_key(project, snapshot.record, kind) for kind in _KINDS]
            stale = [key for key in keys if anew or self._pages.find(key) is None]
            if not stale:
                return
            detail = read_detail(snapshot, project)
        # Outside the snapshot: a write must not wait for this reader.
        for key in stale:
            self._pages.put(key, render_simple_page(detail, key.kind))


class RebuildPages:
    """
    Render the Simple pages of every project anew, in bounded memory; readers get the kept ones until then.

    *tell* is told now and then how many projects are done.  Returns how many there are.
    """

    def __init__(self, open_snapshot: OpenSnapshot, render_project: RenderProject) -> None:
        self._open_snapshot = open_snapshot
        self._render_project = render_project

    def __call__(self, tell: Callable[[int], None] = lambda _done: None) -> int:
        count, last = 0, ProjectId(0)
        while True:
            with self._open_snapshot() as snapshot:
                batch = snapshot.projects.listed_after(last, _BATCH)
            if not batch:
                return count
            for project in batch:
                self._render_project(project.name, anew=True)
            count, last = count + len(batch), batch[-1].id
            tell(count)
