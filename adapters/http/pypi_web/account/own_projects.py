"""What somebody owns and maintains: members, releases, status, and what is hard to undo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response

from pypi_core.domain.accounts import Action, Role
from pypi_core.domain.entities import ProjectStatus, Status, Yank
from pypi_core.domain.names import NormalizedName, parse_project_name
from pypi_core.domain.permissions import Subject, may
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Invalid
from pypi_core.use_cases.reading.projects import ProjectOverview
from pypi_protocol.errors import Problem
from pypi_web.account.steps import Act, Step, shows
from pypi_web.account.visits import Visit

_MOST_RELEASES: Final = 100
_MOST_FILES: Final = 50
"""Of a project with more, the rest is changed with `pypi-cli`."""

_STATES = [
    (Status.ACTIVE, "Active: everything works"),
    (Status.DEPRECATED, "Deprecated: tools may warn, everything works"),
    (Status.ARCHIVED, "Archived: takes no more uploads"),
]
_QUARANTINED = (Status.QUARANTINED, "Quarantined: offers nothing, until an administrator has looked")
_ROLES = [(Role.MAINTAINER, "Maintainer: uploads and yanks"), (Role.OWNER, "Owner: may do everything")]


def steps() -> Sequence[Step]:
    """Return the pages and forms of this module."""
    return [
        shows("/account/projects/", show_projects),
        Step(path="/account/projects/answer/", act=answer, page=lambda _: "/account/projects/"),
        shows("/manage/project/{name:str}/", show_project),
        _change("status", set_status),
        _change("yank", yank),
        _change("unyank", unyank),
        _change("role", grant_role, is_dangerous=True),
        _change("invite", invite, is_dangerous=True),
        _change("withdraw", withdraw),
        _change("remove-role", revoke_role, is_dangerous=True),
        _change("delete-file", delete_file, is_dangerous=True),
        _change("delete-release", delete_release, is_dangerous=True),
        _change("delete", delete_project, is_dangerous=True),
    ]


def _change(what: str, act: Act, *, is_dangerous: bool = False) -> Step:
    return Step(
        path=f"/manage/project/{{name:str}}/{what}/",
        act=act,
        is_dangerous=is_dangerous,
        page=lambda visit: f"/manage/project/{visit.captured('name')}/",
    )


def show_projects(visit: Visit) -> Response[str]:
    """List the projects of this index in which somebody has a role."""
    return visit.page(
        "projects.html",
        projects=visit.index.roles.of_user(visit.actor, visit.actor.username),
        invitations=visit.index.roles.invitations(visit.actor),
    )


def answer(visit: Visit) -> Response[str]:
    """Accept or decline an invitation."""
    name = parse_project_name(visit.value("project"))
    if visit.value("answer") == "accept":
        visit.index.accept_invitation(visit.actor, name)
        return visit.go_to("/account/projects/", "accepted")
    visit.index.decline_invitation(visit.actor, name)
    return visit.go_to("/account/projects/", "declined")


def show_project(visit: Visit) -> Response[str]:
    """Show what can be changed of a project."""
    name, overview = _found(visit)
    return visit.page("project.html", **_shown(visit, name, overview))


def set_status(visit: Visit) -> Response[str]:
    """Give a project another status."""
    state = visit.value("state")
    if state not in {*Status}:
        raise Invalid("Choose one of the states.")
    # An active project needs no reason: what the form had from before is dropped.
    reason = "" if state == Status.ACTIVE else visit.value("reason")
    visit.index.set_project_status(visit.actor, _name(visit), ProjectStatus(Status(state), reason))
    return _back(visit, "status")


def yank(visit: Visit) -> Response[str]:
    """Yank a release."""
    version = parse_version(visit.value("version"))
    visit.index.yank_release(visit.actor, _name(visit), version, Yank(visit.value("reason")))
    return _back(visit, "yanked")


def unyank(visit: Visit) -> Response[str]:
    """Offer a release again."""
    visit.index.unyank_release(visit.actor, _name(visit), parse_version(visit.value("version")))
    return _back(visit, "unyanked")


def grant_role(visit: Visit) -> Response[str]:
    """Give a member another role."""
    username = visit.value("username")
    members = dict(visit.index.roles.in_project(visit.actor, _name(visit)))
    if username not in members:
        raise Invalid(f"{username} is not a member: send an invitation.")
    visit.index.grant_role(visit.actor, _name(visit), username, _role(visit))
    return _back(visit, "member")


def invite(visit: Visit) -> Response[str]:
    """Invite an account to a role."""
    visit.index.invite_member(visit.actor, _name(visit), visit.value("username"), _role(visit))
    return _back(visit, "invited")


def withdraw(visit: Visit) -> Response[str]:
    """Take an invitation back."""
    visit.index.withdraw_invitation(visit.actor, _name(visit), visit.value("username"))
    return _back(visit, "withdrawn")


def _role(visit: Visit) -> Role:
    if visit.value("role") not in {*Role}:
        raise Invalid("Choose one of the roles.")
    return Role(visit.value("role"))


def revoke_role(visit: Visit) -> Response[str]:
    """Take the role of an account away; who gives up their own sees their other projects next."""
    username = visit.value("username")
    visit.index.revoke_role(visit.actor, _name(visit), username)
    if username.lower() == visit.actor.username.lower() and not visit.actor.is_administrator:
        return visit.go_to("/account/projects/", "left")
    return _back(visit, "removed")


def delete_file(visit: Visit) -> Response[str]:
    """Delete a file, whose name was typed."""
    filename = visit.value("filename")
    _require_typed(visit, filename)
    visit.index.delete_file(visit.actor, _name(visit), filename)
    return _back(visit, "deleted")


def delete_release(visit: Visit) -> Response[str]:
    """Delete a release, whose version was typed."""
    version = parse_version(visit.value("version"))
    _require_typed(visit, str(version))
    visit.index.delete_release(visit.actor, _name(visit), version)
    return _back(visit, "deleted")


def delete_project(visit: Visit) -> Response[str]:
    """Delete a project, whose name was typed."""
    name = _name(visit)
    _require_typed(visit, str(name))
    visit.index.delete_project(visit.actor, name)
    return visit.go_to("/account/projects/", "deleted")


def _require_typed(visit: Visit, expected: str) -> None:
    if visit.value("typed") != expected:
        raise Invalid(Problem("typed", f"Type {expected!r} to confirm that it is to be deleted."))


def _name(visit: Visit) -> NormalizedName:
    return parse_project_name(visit.captured("name"))


def _found(visit: Visit) -> tuple[NormalizedName, ProjectOverview]:
    name = _name(visit)
    return name, visit.index.projects.read(visit.actor, name)


def _back(visit: Visit, done: str) -> Response[str]:
    return visit.go_to(f"/manage/project/{_name(visit)}/", done)


def _shown(visit: Visit, name: NormalizedName, overview: ProjectOverview) -> dict[str, Any]:
    record = visit.index.reading.authorise(visit.actor)
    role = dict(overview.members).get(visit.actor.username)
    members = {visit.actor.account_id: role} if visit.actor.account_id and role else {}
    subject = Subject(
        index=record.name,
        settings=record.settings,
        name=name,
        status=overview.project.status,
        members=members,
    )
    manages = may(visit.actor, Action.MANAGE, subject)
    quarantine = [_QUARANTINED] if visit.actor.is_administrator else []
    return {
        "overview": overview,
        "project": overview.project,
        "releases": list(reversed(overview.releases))[:_MOST_RELEASES],
        "most_files": _MOST_FILES,
        "may": {each.value: may(visit.actor, each, subject) for each in Action},
        "states": [*_STATES, *quarantine],
        "roles": _ROLES,
        "invited": visit.index.roles.invited(visit.actor, name) if manages else (),
    }
