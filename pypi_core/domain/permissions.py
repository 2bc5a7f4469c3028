"""Who may do what: one pure function decides."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pypi_core.domain.accounts import UNLIMITED, Account, AccountId, Action, Actor, Proof, Role
from pypi_core.domain.entities import ProjectStatus
from pypi_core.domain.indexes import IndexName, IndexSettings, NewProjects, Reading
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import (
    LastOwner,
    NotAllowed,
    PasswordNotAccepted,
    ProjectClosed,
    RegistrationClosed,
    Unauthenticated,
)

Members = Mapping[AccountId, Role]
"""Who has which role in a project."""


class Governed(msgspec.Struct, frozen=True, kw_only=True):
    """
    What permissions are asked about: a project on an index, or an index as a whole.

    ``name`` is ``None`` for the index as a whole; ``members`` is empty for a project that
    does not exist yet.
    """

    index: IndexName
    settings: IndexSettings
    name: NormalizedName | None = None
    status: ProjectStatus = ProjectStatus()
    members: Members = msgspec.field(default_factory=dict)

    @property
    def is_private(self) -> bool:
        """Tell whether what is read here must not reach anybody else."""
        return self.settings.reading is Reading.PRIVATE


_ROLE_PERMITS: Mapping[Role, frozenset[Action]] = {
    Role.OWNER: frozenset({Action.UPLOAD, Action.YANK, Action.DELETE, Action.MANAGE}),
    Role.MAINTAINER: frozenset({Action.UPLOAD, Action.YANK}),
}


def may(actor: Actor, action: Action, project: Governed) -> bool:
    """
    Decide whether *actor* may do *action* to *project*.

    The scope of a token only ever takes away; roles, the index's settings and being an
    administrator give.  Nobody writes with a password, nobody uploads to a project whose
    status forbids it, and administrators alone change anything of a quarantined one.
    """
    if not _within_scope(actor, action, project):
        return False
    if action is Action.READ:
        return project.settings.reading is Reading.PUBLIC or not actor.is_anonymous
    if actor.is_anonymous or actor.proof is Proof.PASSWORD:
        return False
    if action is Action.UPLOAD and not project.status.accepts_uploads:
        return False
    if actor.is_administrator:
        return True
    if project.status.is_frozen:
        return False
    if action is Action.CREATE_PROJECT:
        return project.settings.new_projects is NewProjects.ACCOUNTS
    role = None if actor.account_id is None else project.members.get(actor.account_id)
    return role is not None and action in _ROLE_PERMITS[role]


def require(actor: Actor, action: Action, project: Governed) -> None:
    """
    Let an action pass that `may` permits.

    Raises:
        Unauthenticated: Nobody is logged in.
        PasswordNotAccepted: The actor showed a password where only a token is good.
        ProjectClosed: The project's status forbids it.
        RegistrationClosed: The index takes new projects from administrators alone.
        NotAllowed: Anything else `may` refuses.
    """
    if may(actor, action, project):
        return
    if actor.is_anonymous:
        raise Unauthenticated
    if actor.proof is Proof.PASSWORD and action is not Action.READ:
        raise PasswordNotAccepted
    subject = f"project {project.name!r}" if project.name else f"index {project.index!r}"
    if not _within_scope(actor, action, project):
        raise NotAllowed(
            f"The token given isn't allowed to {_VERBS[action]} {subject}: its scope is narrower."
        )
    if action is Action.UPLOAD and not project.status.accepts_uploads:
        raise ProjectClosed(f"Project {project.name!r} is {project.status.state} and takes no uploads.")
    if project.status.is_frozen:
        raise ProjectClosed(
            f"Project {project.name!r} is {project.status.state}: only administrators change anything of it."
        )
    if action is Action.CREATE_PROJECT:
        raise RegistrationClosed(
            f"Only administrators create projects on index {project.index!r}: ask one of them."
        )
    raise NotAllowed(
        f"The user {actor.username!r} isn't allowed to {_VERBS[action]} {subject}: ask one of its owners."
    )


def require_administrator(actor: Actor) -> None:
    """
    Let an administrator pass, with an unlimited token or as the operator.

    Raises:
        Unauthenticated: Nobody is logged in.
        PasswordNotAccepted: The actor showed a password where only a token is good.
        NotAllowed: The actor is no administrator, or the token is limited.
    """
    if actor.is_anonymous:
        raise Unauthenticated
    if actor.proof is Proof.PASSWORD:
        raise PasswordNotAccepted
    if not actor.is_administrator or actor.scope != UNLIMITED:
        raise NotAllowed("Only an administrator with an unlimited token may do this: ask one of them.")


def refuse_without_owner(name: NormalizedName, members: Members, account: Account) -> None:
    """
    Let *account* lose the role it has among *members* of the project *name*.

    Raises:
        LastOwner: Nobody else is an owner, and *account* is.
    """
    owners = {each for each, role in members.items() if role is Role.OWNER}
    if owners == {account.id}:
        raise LastOwner(name, account.username)


def _within_scope(actor: Actor, action: Action, project: Governed) -> bool:
    scope = actor.scope
    # A token for one project or one action may still read the index it is for.
    reading = action is Action.READ
    return (
        (scope.indexes is None or project.index in scope.indexes)
        and (reading or scope.projects is None or project.name in scope.projects)
        and (reading or scope.actions is None or action in scope.actions)
    )


_VERBS = {
    Action.READ: "read",
    Action.CREATE_PROJECT: "create",
    Action.UPLOAD: "upload to",
    Action.YANK: "yank in",
    Action.DELETE: "delete from",
    Action.MANAGE: "manage",
}
