"""Create projects, give them a status, and delete them."""

from __future__ import annotations

from msgspec.structs import replace

from pypi_core.domain.accounts import Action, Actor, Role
from pypi_core.domain.entities import Project, ProjectStatus, Serial, Status
from pypi_core.domain.events import ProjectCreated, ProjectDeleted, RoleGranted, status_events
from pypi_core.domain.names import DisplayName, NormalizedName, normalize
from pypi_core.domain.new_names import check_new_name, refused_name, similarity_key
from pypi_core.domain.permissions import require, require_administrator
from pypi_core.domain.reasons import check_reason
from pypi_core.errors import Invalid, ProjectAlreadyExists
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenUnitOfWork, Snapshot, UnitOfWork
from pypi_core.use_cases.permitted import index_subject, name_subject, permitted_project
from pypi_core.use_cases.upload_limits import LimitUploads
from pypi_protocol.errors import Problem


class CreateProject:
    """
    Create an empty project, whose first owner is the actor.

    Raises:
        Forbidden: *actor* may not create this project.
        ProjectAlreadyExists: The name is taken.
        InvalidName: No new project may have this name.
        TooMany: *actor* created too many projects lately.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork, clock: Clock, limit: LimitUploads) -> None:
        self._open_unit_of_work = open_unit_of_work
        self._clock = clock
        self._limit = limit

    def __call__(self, actor: Actor, display_name: DisplayName) -> Project:
        with self._open_unit_of_work(actor) as uow:
            require(actor, Action.READ, index_subject(uow))
            require(actor, Action.CREATE_PROJECT, name_subject(uow, normalize(display_name)))
            if uow.projects.find(normalize(display_name)):
                raise ProjectAlreadyExists(display_name)
            add_project(uow, actor, display_name, self._clock)
            self._limit.count_project(uow.rate_counts, actor)
            uow.commit()
            return uow.projects.get(normalize(display_name))


def add_project(uow: UnitOfWork, actor: Actor, display_name: DisplayName, clock: Clock) -> Project:
    """
    Add a project to a running transaction; there is none of that name.

    Raises:
        Forbidden: *actor* may not create this project.
        InvalidName: No new project may have this name.
    """
    require_free_name(uow, actor, display_name)
    name = normalize(display_name)
    project = uow.projects.add(name, display_name, clock.now())
    uow.record_event(ProjectCreated(project=display_name))
    # The operator of the server has no account: administrators own what they create.
    if actor.account_id is not None:
        uow.memberships.grant(project.id, actor.account_id, Role.OWNER)
        uow.record_event(RoleGranted(project=display_name, role=Role.OWNER, username=actor.username))
    return project


def require_free_name(rows: Snapshot, actor: Actor, display_name: DisplayName) -> None:
    """
    Refuse a name that *actor* may not give to a new project; there is no project of that name.

    The rules apply to administrators too: the settings of the index switch them on and off.

    Raises:
        Forbidden: *actor* may not create this project.
        InvalidName: It is reserved, or can be mistaken for the name of another project.
    """
    require(actor, Action.CREATE_PROJECT, name_subject(rows, normalize(display_name)))
    rules = rows.record.settings.rules
    check_new_name(display_name, rules)
    if not rules.allow_similar_names and (
        similar := rows.projects.find_similar(similarity_key(display_name))
    ):
        raise refused_name(
            display_name, f"it is too similar to an existing project, {similar.display_name!r}"
        )


class SetProjectStatus:
    """
    Give a project a status and the reason for it (PEP 792).

    Archived: no uploads, everything else as before.  Deprecated: as active, and clients
    may warn.  Quarantined: nothing is offered and only administrators change anything;
    they alone put a project there and take it out.  Each state left and each one entered,
    or entered again with another reason, is a journal entry; the status a project has
    already is not.

    Raises:
        Forbidden: *actor* may not manage this project, or is not an administrator where one is needed.
        ProjectNotFound: There is no such project.
        Invalid: The reason is too long or not one line, or is given for an active project.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: NormalizedName, status: ProjectStatus) -> Serial:
        _check(status)
        with self._open_unit_of_work(actor) as uow:
            project = permitted_project(uow, actor, Action.MANAGE, name)
            if Status.QUARANTINED in {project.status.state, status.state}:
                require_administrator(actor)
            events = status_events(project, status)
            if not events:
                return uow.journal.last_serial()
            uow.projects.update(replace(project, status=status))
            for event in events:
                uow.record_event(event)
            return uow.commit()


def _check(status: ProjectStatus) -> None:
    check_reason(status.reason)
    if status.state is Status.ACTIVE and status.reason:
        raise Invalid(Problem("reason", "An active project needs no reason: leave it out."))


class DeleteProject:
    """
    Delete a project with its releases, files and roles.

    Its name is free: a caller who may create projects can take it, with serials above those it
    had.  The names of its files can never be used again, so nobody publishes other bytes
    under a name that somebody has pinned.  The journal keeps all that ever happened.

    Raises:
        Forbidden: *actor* may not delete this project.
        ProjectNotFound: There is no such project.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: NormalizedName) -> Serial:
        with self._open_unit_of_work(actor) as uow:
            project = permitted_project(uow, actor, Action.DELETE, name)
            uow.projects.delete(project)
            uow.record_event(ProjectDeleted(project=project.display_name))
            return uow.commit()
