"""What each part of a project's pages shows; programs get the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
from markupsafe import Markup

from pypi_core.domain.accounts import Role
from pypi_core.ports.dependencies import Dependent
from pypi_core.use_cases.reading.download_counts import RecentDownloads
from pypi_web.project.completeness import Completeness
from pypi_web.project.install_lines import InstallLine
from pypi_web.project.requirements import RequirementGroup
from pypi_web.project.wheel_tags import Matrix, WheelTags


class Tab(StrEnum):
    """The parts of a project's pages; the first has no word in the address."""

    README = "readme"
    RELEASES = "releases"
    FILES = "files"
    DEPENDENCIES = "dependencies"
    SECURITY = "security"
    DOCUMENTATION = "documentation"


class ShownRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release in the history; *yank_reason* is ``None`` where it is not yanked."""

    version: str
    created: datetime
    is_prerelease: bool
    yank_reason: str | None
    size: int
    file_count: int
    is_shown: bool


class ReleaseGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Releases that follow each other; those of a *folded* group are all pre-releases."""

    folded: bool
    releases: Sequence[ShownRelease]


class ReleasesView(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the history, the newest version first."""

    groups: Sequence[ReleaseGroup]
    total: int
    page: int
    more: bool


class ShownFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a release; *tags* are those of a wheel."""

    filename: str
    url: str
    is_sdist: bool
    tags: WheelTags | None
    size: int
    uploaded: datetime
    sha256: str
    blake2_256: str
    metadata_url: str
    requires_python: str
    yank_reason: str | None
    sboms: Sequence[str]
    comment: str


class FilesView(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the files of a release."""

    files: Sequence[ShownFile]
    matrix: Matrix | None
    total: int
    total_size: int
    page: int
    more: bool


class DependenciesView(msgspec.Struct, frozen=True, kw_only=True):
    """What the release requires, and one page of the projects that require this one."""

    groups: Sequence[RequirementGroup]
    dependents: Sequence[Dependent]
    dependents_total: int
    dependents_at_least: bool
    page: int
    more: bool


class SecurityView(msgspec.Struct, frozen=True, kw_only=True):
    """What helps to decide whether to trust a release."""

    yanked_files: Sequence[str]
    yanked_releases: Sequence[ShownRelease]
    sboms: Sequence[tuple[str, Sequence[str]]]
    license_files: Sequence[str]
    direct_references: Sequence[str]
    has_sdist: bool
    first_published: datetime


class ShownDocumentation(msgspec.Struct, frozen=True, kw_only=True):
    """The documentation of a release, and where it is read."""

    version: str
    url: str
    uploaded: datetime
    size: int
    aliases: Sequence[str]


class ShownDownloads(msgspec.Struct, frozen=True, kw_only=True):
    """How often the project was downloaded; *days* are by date, as ISO writes it."""

    total: int
    recent: RecentDownloads
    days: Mapping[str, int]


class ProjectView(msgspec.Struct, frozen=True, kw_only=True):
    """
    A project by one of its releases: what every tab shows beside its own, and the content of one tab.

    *address* is the path of the release shown, without the tab.  What is ``None`` belongs to another tab.
    """

    name: str
    display_name: str
    version: str
    is_pinned: bool
    latest_version: str
    address: str
    tab: Tab
    tabs: Sequence[tuple[Tab, str, int | None]]
    summary: str
    state: str
    state_reason: str
    yank_reason: str | None
    offers_files: bool
    released: datetime | None
    release_count: int
    file_count: int
    install: Sequence[InstallLine]
    license: str
    requires_python: str
    pythons: Sequence[str]
    members: Sequence[tuple[str, Role]]
    authors: Sequence[str]
    links: Mapping[str, str]
    documentation_url: str
    keywords: Sequence[str]
    classifiers: Sequence[str]
    completeness: Completeness | None
    downloads: ShownDownloads | None = None
    readme: Markup | None = None
    releases: ReleasesView | None = None
    files: FilesView | None = None
    dependencies: DependenciesView | None = None
    security: SecurityView | None = None
    documentation: Sequence[ShownDocumentation] | None = None
