"""Answers about projects."""

from __future__ import annotations

import msgspec

from pypi_core.domain.accounts import Actor, Role
from pypi_core.domain.entities import ProjectId, ProjectStatus, Status
from pypi_core.domain.names import parse_display_name, parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.index import Index
from pypi_jsonrpc_api.answers.files import describe_file
from pypi_jsonrpc_api.answers.releases import describe_metadata, describe_versions
from pypi_jsonrpc_api.cursors import cursor_of, read_cursor
from pypi_protocol.records.parameters import Changed
from pypi_protocol.records.projects import (
    CreatedProject,
    ListedProject,
    ProjectAddRoleParameters,
    ProjectCreateParameters,
    ProjectDescription,
    ProjectGetParameters,
    ProjectListParameters,
    ProjectPage,
    ProjectParameters,
    ProjectRemoveRoleParameters,
    ProjectRoles,
    ProjectSetStatusParameters,
    RoleDescription,
    StatusDescription,
)


def project_get(index: Index, actor: Actor, parameters: ProjectGetParameters) -> ProjectDescription:
    name = parse_project_name(parameters.name)
    version = None if parameters.version is None else parse_version(parameters.version)
    overview = index.projects.read(actor, name, version)
    project, shown = overview.project, overview.release
    return ProjectDescription(
        name=project.name,
        display_name=project.display_name,
        status=StatusDescription(state=project.status.state, reason=project.status.reason),
        serial=project.serial,
        versions=describe_versions(overview.releases, overview.files),
        version=None if shown is None else str(shown.version),
        metadata=None if overview.metadata is None else describe_metadata(overview.metadata),
        files=() if shown is None else tuple(describe_file(each, shown) for each in overview.files_of(shown)),
    )


def project_list(index: Index, actor: Actor, parameters: ProjectListParameters) -> ProjectPage:
    after = ProjectId(read_cursor("project.list", parameters.cursor, 0))
    page = index.projects.page(actor, after, parameters.limit)
    return ProjectPage(
        projects=tuple(msgspec.convert(each, ListedProject, from_attributes=True) for each in page.projects),
        next=cursor_of("project.list", page.projects[-1].id) if page.more else None,
    )


def project_create(index: Index, actor: Actor, parameters: ProjectCreateParameters) -> CreatedProject:
    project = index.create_project(actor, parse_display_name(parameters.name))
    return msgspec.convert(project, CreatedProject, from_attributes=True)


def project_set_status(index: Index, actor: Actor, parameters: ProjectSetStatusParameters) -> Changed:
    status = ProjectStatus(Status(parameters.status), parameters.reason)
    return Changed(serial=index.set_project_status(actor, parse_project_name(parameters.name), status))


def project_delete(index: Index, actor: Actor, parameters: ProjectParameters) -> Changed:
    return Changed(serial=index.delete_project(actor, parse_project_name(parameters.name)))


def project_roles(index: Index, actor: Actor, parameters: ProjectParameters) -> ProjectRoles:
    roles = index.roles.in_project(actor, parse_project_name(parameters.name))
    return ProjectRoles(roles=tuple(RoleDescription(username=name, role=role.value) for name, role in roles))


def project_add_role(index: Index, actor: Actor, parameters: ProjectAddRoleParameters) -> Changed:
    name = parse_project_name(parameters.name)
    return Changed(serial=index.grant_role(actor, name, parameters.username, Role(parameters.role)))


def project_remove_role(index: Index, actor: Actor, parameters: ProjectRemoveRoleParameters) -> Changed:
    name = parse_project_name(parameters.name)
    return Changed(serial=index.revoke_role(actor, name, parameters.username))
