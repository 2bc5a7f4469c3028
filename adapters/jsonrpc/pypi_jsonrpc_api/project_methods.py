"""The methods on projects, but for ``project.get``."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import Actor, Role
from pypi_core.domain.entities import ProjectId, ProjectStatus, Status
from pypi_core.domain.names import parse_display_name, parse_project_name
from pypi_core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from pypi_core.index import Index
from pypi_jsonrpc_api.cursors import cursor_of, read_cursor
from pypi_jsonrpc_api.methods import Example, Method
from pypi_jsonrpc_api.project_shapes import StatusDescription
from pypi_jsonrpc_api.shapes import Changed, Cursor, Next, Parameters, ProjectName, Reason

RoleName = Literal["Owner", "Maintainer"]


class ProjectListParameters(Parameters, frozen=True, kw_only=True):
    """Which page of the projects."""

    cursor: Cursor = None
    limit: Annotated[int, Meta(description="How many projects to return, from 1 to 1,000.")] = 100


class ListedProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project of a list."""

    name: Annotated[str, Meta(description="The normalised name.")]
    display_name: Annotated[str, Meta(description="The name as its owner spells it.")]
    status: StatusDescription
    serial: Annotated[int, Meta(description="Grows with each change of the project.")]


class ProjectPage(msgspec.Struct, frozen=True, kw_only=True):
    """Projects in the order in which they were created, without quarantined ones."""

    projects: tuple[ListedProject, ...]
    next: Next


def project_list(index: Index, actor: Actor, parameters: ProjectListParameters) -> ProjectPage:
    """Page through all projects; what was there all the time is never missed."""
    after = ProjectId(read_cursor("project.list", parameters.cursor, 0))
    page = index.list_projects(actor, after, parameters.limit)
    return ProjectPage(
        projects=tuple(
            ListedProject(
                name=each.name,
                display_name=each.display_name,
                status=StatusDescription(state=each.status.state, reason=each.status.reason),
                serial=each.serial,
            )
            for each in page.projects
        ),
        next=cursor_of("project.list", page.projects[-1].id) if page.more else None,
    )


class ProjectCreateParameters(Parameters, frozen=True, kw_only=True):
    """What to create."""

    name: Annotated[str, Meta(description="The name as it is to be shown.")]


class CreatedProject(msgspec.Struct, frozen=True, kw_only=True):
    """The new project."""

    name: Annotated[str, Meta(description="The normalised name.")]
    display_name: str
    serial: int


def project_create(index: Index, actor: Actor, parameters: ProjectCreateParameters) -> CreatedProject:
    """Create an empty project, whose first owner is the caller."""
    project = index.create_project(actor, parse_display_name(parameters.name))
    return CreatedProject(name=project.name, display_name=project.display_name, serial=project.serial)


class ProjectSetStatusParameters(Parameters, frozen=True, kw_only=True):
    """Which project, and what it is to be."""

    name: ProjectName
    status: Annotated[
        Literal["active", "archived", "quarantined", "deprecated"],
        Meta(description="By PEP 792; only administrators quarantine, and end it."),
    ]
    reason: Reason = ""


def project_set_status(index: Index, actor: Actor, parameters: ProjectSetStatusParameters) -> Changed:
    """
    Give a project a status and the reason for it.

    An archived project takes no uploads; a quarantined one offers nothing; of a deprecated one clients warn.
    """
    status = ProjectStatus(Status(parameters.status), parameters.reason)
    return Changed(serial=index.set_project_status(actor, parse_project_name(parameters.name), status))


class ProjectParameters(Parameters, frozen=True, kw_only=True):
    """Which project."""

    name: ProjectName


def project_delete(index: Index, actor: Actor, parameters: ProjectParameters) -> Changed:
    """
    Delete a project with everything in it.

    Its name is free for anybody; the names of its files can never be used again.
    """
    return Changed(serial=index.delete_project(actor, parse_project_name(parameters.name)))


class RoleDescription(msgspec.Struct, frozen=True, kw_only=True):
    """Who has which role."""

    username: str
    role: RoleName


class ProjectRoles(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody with a role in a project: owners first, then by name."""

    roles: tuple[RoleDescription, ...]


def project_roles(index: Index, actor: Actor, parameters: ProjectParameters) -> ProjectRoles:
    """Tell who has which role in a project."""
    roles = index.list_roles_in_project(actor, parse_project_name(parameters.name))
    return ProjectRoles(
        roles=tuple(RoleDescription(username=username, role=role.value) for username, role in roles)
    )


class ProjectAddRoleParameters(Parameters, frozen=True, kw_only=True):
    """Who is to have which role in which project."""

    name: ProjectName
    username: str
    role: Annotated[RoleName, Meta(description="Owners may do everything, maintainers upload and yank.")]


def project_add_role(index: Index, actor: Actor, parameters: ProjectAddRoleParameters) -> Changed:
    """Give an account a role, in place of the one it has."""
    name = parse_project_name(parameters.name)
    return Changed(serial=index.grant_role(actor, name, parameters.username, Role(parameters.role)))


class ProjectRemoveRoleParameters(Parameters, frozen=True, kw_only=True):
    """Who is to have no role any more in which project."""

    name: ProjectName
    username: str


def project_remove_role(index: Index, actor: Actor, parameters: ProjectRemoveRoleParameters) -> Changed:
    """Take an account's role away; everybody may give back their own, but for the last owner."""
    name = parse_project_name(parameters.name)
    return Changed(serial=index.revoke_role(actor, name, parameters.username))


_WRITING = (Unauthenticated, Forbidden, NotFound, Invalid)
_HELLO = {"name": "hello-index"}

PROJECT_METHODS = (
    Method(
        name="project.list",
        function=project_list,
        result_name="page",
        summary="Page through all projects",
        raises=(Invalid, Unauthenticated, Forbidden),
        examples=(
            Example(
                name="all of them",
                params={"cursor": None, "limit": 100},
                result={
                    "projects": [
                        {
                            "name": "hello-index",
                            "display_name": "Hello.Index",
                            "status": {"state": "active", "reason": ""},
                            "serial": 5,
                        }
                    ],
                    "next": None,
                },
            ),
            Example(
                name="behind the last one",
                params={"cursor": "WyJwcm9qZWN0Lmxpc3QiLDEwMDBd"},
                result={"projects": [], "next": None},
            ),
        ),
    ),
    Method(
        name="project.create",
        function=project_create,
        writes=True,
        result_name="project",
        summary="Create an empty project",
        raises=(Unauthenticated, Forbidden, Invalid, Conflict, TooMany),
        examples=(
            Example(
                name="a new name",
                params={"name": "Other.Project"},
                result={"name": "other-project", "display_name": "Other.Project", "serial": 7},
            ),
        ),
    ),
    Method(
        name="project.set_status",
        function=project_set_status,
        writes=True,
        result_name="change",
        summary="Archive, deprecate or quarantine a project, or make it active again",
        raises=_WRITING,
        examples=(
            Example(
                name="archived",
                params={**_HELLO, "status": "archived", "reason": "no longer developed"},
                result={"serial": 6},
            ),
            Example(name="nothing to change", params={**_HELLO, "status": "active"}, result={"serial": 5}),
        ),
    ),
    Method(
        name="project.delete",
        function=project_delete,
        writes=True,
        result_name="change",
        summary="Delete a project with everything in it",
        raises=_WRITING,
        examples=(Example(name="for good", params=_HELLO, result={"serial": 6}),),
    ),
    Method(
        name="project.roles",
        function=project_roles,
        result_name="roles",
        summary="Tell who has which role in a project",
        raises=_WRITING,
        examples=(
            Example(
                name="an owner and a maintainer",
                params=_HELLO,
                result={
                    "roles": [
                        {"username": "ada", "role": "Owner"},
                        {"username": "grace", "role": "Maintainer"},
                    ]
                },
            ),
        ),
    ),
    Method(
        name="project.add_role",
        function=project_add_role,
        writes=True,
        result_name="change",
        summary="Give an account a role in a project",
        raises=(*_WRITING, Conflict),
        examples=(
            Example(
                name="a maintainer",
                params={**_HELLO, "username": "joan", "role": "Maintainer"},
                result={"serial": 6},
            ),
        ),
    ),
    Method(
        name="project.remove_role",
        function=project_remove_role,
        writes=True,
        result_name="change",
        summary="Take an account's role in a project away",
        raises=(*_WRITING, Conflict),
        examples=(
            Example(name="a maintainer", params={**_HELLO, "username": "grace"}, result={"serial": 6}),
        ),
    ),
)
