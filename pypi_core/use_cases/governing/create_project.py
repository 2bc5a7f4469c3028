"""Reserve a name."""

from __future__ import annotations

from pypi_core.domain.accounts import Action, Actor, Role
from pypi_core.domain.entities import Project
from pypi_core.domain.events import ProjectCreated, RoleGranted
from pypi_core.domain.names import DisplayName, normalize
from pypi_core.domain.new_names import check_new_name, refused_name, similarity_key
from pypi_core.domain.permissions import require
from pypi_core.errors import ProjectAlreadyExists
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenUnitOfWork, Snapshot, UnitOfWork
from pypi_core.use_cases.permitted import index_subject, name_subject
from pypi_core.use_cases.upload_limits import LimitUploads


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
