"""Projects, and who has which role in them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pypi_protocol.records.files import FileDescription
from pypi_protocol.records.parameters import Cursor, Next, Parameters, ProjectName, Reason
from pypi_protocol.records.releases import MetadataDescription, VersionDescription

RoleName = Literal["Owner", "Maintainer"]
StatusName = Literal["active", "archived", "quarantined", "deprecated"]


class StatusDescription(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a project (PEP 792): active, archived, quarantined or deprecated."""

    state: str
    reason: str


class ListedProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project of a list."""

    name: Annotated[str, Meta(description="The normalised name.")]
    display_name: Annotated[str, Meta(description="The name as its owner spells it.")]
    status: StatusDescription
    serial: Annotated[int, Meta(description="Grows with each change of the project.")]


class ProjectDescription(ListedProject, frozen=True, kw_only=True):
    """A project, shown by one of its versions."""

    versions: Annotated[tuple[VersionDescription, ...], Meta(description="All of them, the oldest first.")]
    version: Annotated[
        str | None, Meta(description="The version shown; null if there is none yet, and in quarantine.")
    ]
    metadata: Annotated[MetadataDescription | None, Meta(description="Those of the version shown.")]
    files: Annotated[tuple[FileDescription, ...], Meta(description="Those of the version shown.")]


class ProjectParameters(Parameters, frozen=True, kw_only=True):
    """Which project."""

    name: ProjectName


class ProjectGetParameters(ProjectParameters, frozen=True, kw_only=True):
    """Which project, and by which of its versions to show it."""

    version: Annotated[
        str | None, Meta(description="The version to show, in any spelling; the latest unless given.")
    ] = None


class ProjectPage(msgspec.Struct, frozen=True, kw_only=True):
    """Projects in the order in which they were created, without quarantined ones."""

    projects: tuple[ListedProject, ...]
    next: Next


class ProjectListParameters(Parameters, frozen=True, kw_only=True):
    """Which page of the projects."""

    cursor: Cursor = None
    limit: Annotated[int, Meta(description="How many projects to return, from 1 to 1,000.")] = 100


class CreatedProject(msgspec.Struct, frozen=True, kw_only=True):
    """The new project."""

    name: Annotated[str, Meta(description="The normalised name.")]
    display_name: str
    serial: int


class ProjectCreateParameters(Parameters, frozen=True, kw_only=True):
    """What to create."""

    name: Annotated[str, Meta(description="The name as it is to be shown.")]


class ProjectSetStatusParameters(ProjectParameters, frozen=True, kw_only=True):
    """Which project, and what it is to be."""

    status: Annotated[StatusName, Meta(description="By PEP 792; only administrators quarantine, and end it.")]
    reason: Reason = ""


class RoleDescription(msgspec.Struct, frozen=True, kw_only=True):
    """Who has which role."""

    username: str
    role: RoleName


class ProjectRoles(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody with a role in a project: owners first, then by name."""

    roles: tuple[RoleDescription, ...]


class ProjectAddRoleParameters(ProjectParameters, frozen=True, kw_only=True):
    """Who is to have which role in which project."""

    username: str
    role: Annotated[RoleName, Meta(description="Owners may do everything, maintainers upload and yank.")]


class ProjectRemoveRoleParameters(ProjectParameters, frozen=True, kw_only=True):
    """Who is to have no role any more in which project."""

    username: str
