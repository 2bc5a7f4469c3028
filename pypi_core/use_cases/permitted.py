"""What permissions are asked about, as the rows of an index have it."""

from __future__ import annotations

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Project
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import Subject, opened_by, require, require_known
from pypi_core.domain.upload_sessions import UploadSession, UploadSessionId
from pypi_core.errors import Forbidden, NotAllowed, Unauthenticated
from pypi_core.ports.transactions import Snapshot


def index_subject(rows: Snapshot) -> Subject:
    """Return the index as a whole."""
    return Subject(index=rows.record.name, settings=rows.record.settings)


def project_subject(rows: Snapshot, project: Project) -> Subject:
    """Return a project with its members."""
    return Subject(
        index=rows.record.name,
        settings=rows.record.settings,
        name=project.name,
        status=project.status,
        members=rows.memberships.of(project.id),
    )


def name_subject(rows: Snapshot, name: NormalizedName) -> Subject:
    """Return a name that no project bears yet."""
    return Subject(index=rows.record.name, settings=rows.record.settings, name=name)


def permitted_project(rows: Snapshot, actor: Actor, action: Action, name: NormalizedName) -> Project:
    """
    Return the project *name*, in which *actor* may do *action*.

    Raises:
        Forbidden: *actor* may not do that in this project, or not read the index.
        ProjectNotFound: There is no such project.
    """
    # First: a caller who may not read a private index does not learn which names it has.
    require(actor, Action.READ, index_subject(rows))
    project = rows.projects.get(name)
    require(actor, action, project_subject(rows, project))
    return project


def permitted_session(rows: Snapshot, actor: Actor, session_id: UploadSessionId) -> UploadSession:
    """
    Return an upload session that *actor* may use, being allowed to upload to its project.

    While there is no such project, only the account that opened the session and administrators may.

    Raises:
        Forbidden: *actor* may not upload to the project, or not create it.
        UploadSessionNotFound: There is no such session.
    """
    require(actor, Action.READ, index_subject(rows))
    require_known(actor)
    session = rows.upload_sessions.get(session_id)
    project = rows.projects.find(session.name)
    if project:
        require(actor, Action.UPLOAD, project_subject(rows, project))
        return session
    require(actor, Action.CREATE_PROJECT, name_subject(rows, session.name))
    if not opened_by(actor, session.account_id):
        raise NotAllowed("The upload session belongs to another account: begin your own.")
    return session


def may_use_session(rows: Snapshot, actor: Actor, session: UploadSession) -> bool:
    """Return whether `permitted_session` would return *session* to *actor*."""
    try:
        permitted_session(rows, actor, session.id)
    except (Unauthenticated, Forbidden):
        return False
    return True
