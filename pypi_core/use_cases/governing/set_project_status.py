"""Archive a project, deprecate it, put it under quarantine, or take that back."""

from __future__ import annotations

from msgspec.structs import replace

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import ProjectStatus, Serial, Status
from pypi_core.domain.events import status_events
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import require_administrator
from pypi_core.domain.reasons import check_reason
from pypi_core.errors import Invalid
from pypi_core.ports.transactions import OpenUnitOfWork
from pypi_core.use_cases.permitted import permitted_project
from pypi_protocol.errors import Problem


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
