"""Projects, their releases, and who has which role: what people and tools want to know of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor, Invitation, Role
from pypi_core.domain.documentation import Alias
from pypi_core.domain.entities import File, ListedProject, NamedRelease, Project, ProjectId, Release
from pypi_core.domain.latest import latest_release
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.permissions import require_account
from pypi_core.errors import Invalid, ProjectNotFound
from pypi_core.ports.transactions import Snapshot
from pypi_core.use_cases.permitted import permitted_project
from pypi_core.use_cases.reading.access import Queries
from pypi_protocol.errors import Problem

_MOST_PROJECTS = 1000
_MOST_NAMES = 10_000
_MOST_CLASSIFIERS = 100
_MOST_RELEASES = 50_000


class ProjectOverview(msgspec.Struct, frozen=True, kw_only=True):
    """
    A project, shown by one of its releases.

    ``releases`` and ``files`` are those of the whole project, the oldest version first;
    a quarantined project shows no files.  ``release`` and ``metadata`` are ``None``
    where there is no release yet, and for a quarantined project: its own words may mislead.
    ``documentation`` is the version by which documentation is asked for: that of the release, else
    ``latest`` where others have some, else ``None``.
    """

    project: Project
    releases: tuple[Release, ...]
    files: tuple[File, ...]
    release: Release | None
    metadata: CoreMetadata | None
    documentation: str | None = None
    members: tuple[tuple[str, Role], ...]
    private: bool

    def files_of(self, release: Release) -> tuple[File, ...]:
        """Return the files of one release."""
        return tuple(each for each in self.files if each.release_id == release.id)


class ProjectPage(msgspec.Struct, frozen=True, kw_only=True):
    """Projects, and whether others follow."""

    projects: tuple[Project, ...]
    more: bool


class ProjectQueries(Queries):
    """Questions about projects, for callers who may read the index (`Reading`)."""

    def read(self, actor: Actor, name: NormalizedName, version: Version | None = None) -> ProjectOverview:
        """
        Describe a project by the release *version*, in any spelling, or by its latest.

        Raises:
            ProjectNotFound: There is no such project.
            ReleaseNotFound: The project has no such release.
        """
        with self._reading(actor) as snapshot:
            project = snapshot.projects.get(name)
            releases = snapshot.releases.of(project.id)
            files = snapshot.files.of(project.id) if project.status.offers_files else ()
            release = (
                latest_release(releases, files)
                if version is None
                else snapshot.releases.get(project, version)
            )
            if not project.status.offers_files:
                release = None
            return ProjectOverview(
                project=project,
                releases=tuple(releases),
                files=tuple(files),
                release=release,
                documentation=_documentation(snapshot, project, release) if release else None,
                metadata=snapshot.releases.metadata_of(release.id) if release else None,
                members=tuple(snapshot.memberships.named(project.id)),
                private=snapshot.record.settings.is_private,
            )

    def existing(self, actor: Actor, names: Collection[NormalizedName]) -> Collection[NormalizedName]:
        """Return those of up to 10,000 *names* that projects have which are not quarantined."""
        with self._reading(actor) as snapshot:
            return snapshot.projects.existing(sorted(names)[:_MOST_NAMES])

    def segments(self, actor: Actor) -> Sequence[int]:
        """Return the numbers of the stretches of about 1,000 projects in which `in_segment` lists all."""
        with self._reading(actor) as snapshot:
            return [each.number for each in snapshot.projects.segments()]

    def in_segment(self, actor: Actor, number: int) -> Sequence[ListedProject]:
        """Return the projects of a segment by name, without quarantined ones; an unknown one has none."""
        with self._reading(actor) as snapshot:
            return snapshot.projects.in_segment(number)

    def page(self, actor: Actor, after: ProjectId, limit: int = 100) -> ProjectPage:
        """
        Return up to *limit* projects that were created after the one with the id *after*, in that order.

        Quarantined ones are left out.  Asking again with the id of the last one continues there:
        a project that stays is never missed.

        Raises:
            Invalid: *limit* is not between 1 and 1,000.
        """
        if not 1 <= limit <= _MOST_PROJECTS:
            raise Invalid(Problem("limit", f"Ask for 1 to {_MOST_PROJECTS} projects at a time."))
        with self._reading(actor) as snapshot:
            # One more than asked for shows whether there is a next page.
            found = snapshot.projects.listed_after(after, limit + 1)
        return ProjectPage(projects=tuple(found[:limit]), more=len(found) > limit)


class ReleaseQueries(Queries):
    """
    Questions about releases, for callers who may read the index (`Reading`).

    Quarantined projects are left out.
    """

    def with_classifiers(self, actor: Actor, classifiers: Collection[str]) -> Sequence[NamedRelease]:
        """
        Return the releases that carry all of *classifiers*, by name, then by version.

        Nothing carries all of none.

        Raises:
            Invalid: There are more than 100 classifiers, or more than 50,000 such releases.
        """
        with self._reading(actor) as snapshot:
            if len(classifiers) > _MOST_CLASSIFIERS:
                raise Invalid(Problem("classifiers", f"Name at most {_MOST_CLASSIFIERS} classifiers."))
            found = snapshot.releases.with_classifiers(classifiers, _MOST_RELEASES + 1)
        if len(found) > _MOST_RELEASES:
            sentence = f"More than {_MOST_RELEASES} releases carry them: name more classifiers."
            raise Invalid(Problem("classifiers", sentence))
        return found

    def created_since(self, actor: Actor, moment: datetime) -> Sequence[NamedRelease]:
        """
        Return the releases made after *moment* that are still there, the newest first.

        Raises:
            Invalid: There are more than 50,000.
        """
        with self._reading(actor) as snapshot:
            found = snapshot.releases.created_since(moment, _MOST_RELEASES + 1)
        if len(found) > _MOST_RELEASES:
            sentence = f"More than {_MOST_RELEASES} releases were made since: ask for a later time."
            raise Invalid(Problem("since", sentence))
        return found


class RoleQueries(Queries):
    """Questions about roles, for callers who may read the index (`Reading`)."""

    def in_project(self, actor: Actor, name: NormalizedName) -> Sequence[tuple[str, Role]]:
        """
        Return user names and roles in a project: owners first, then by name.

        Raises:
            ProjectNotFound: There is no such project, or it is quarantined.
        """
        with self._reading(actor) as snapshot:
            return snapshot.memberships.named(offered_project(snapshot, name).id)

    def of_user(self, actor: Actor, username: str) -> Sequence[tuple[Role, DisplayName]]:
        """
        Return the roles of an account and the projects they are in: as owner first, then by name.

        Quarantined projects are left out; an unknown account has no roles.
        """
        with self._reading(actor) as snapshot:
            return snapshot.memberships.of_user(username)

    def invited(self, actor: Actor, name: NormalizedName) -> Sequence[tuple[str, Invitation]]:
        """
        Return who is invited to a project, for callers who may manage it.

        Raises:
            ProjectNotFound: There is no such project.
        """
        with self._reading(actor) as snapshot:
            project = permitted_project(snapshot, actor, Action.MANAGE, name)
            return snapshot.memberships.invited(project.id)

    def invitations(self, actor: Actor) -> Sequence[tuple[NormalizedName, Invitation]]:
        """Return the invitations of the actor's own account on this index, by project."""
        require_account(actor, actor.username)
        with self._reading(actor) as snapshot:
            return [] if actor.account_id is None else snapshot.memberships.invitations_of(actor.account_id)


def offered_project(snapshot: Snapshot, name: NormalizedName) -> Project:
    """
    Return a project that is not quarantined.

    Raises:
        ProjectNotFound: There is no such project, or it is quarantined.
    """
    project = snapshot.projects.get(name)
    if not project.status.offers_files:
        raise ProjectNotFound(name)
    return project


def _documentation(snapshot: Snapshot, project: Project, release: Release) -> str | None:
    documented = snapshot.documentation.documented(project.id)
    if any(each.id == release.id for each in documented):
        return str(release.version)
    return Alias.LATEST if documented else None
