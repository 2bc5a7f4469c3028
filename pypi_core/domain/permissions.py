"""
Who may do what: one pure function decides.

What requires something of an actor raises `Unauthenticated`, or what was wrong with the credentials,
for an anonymous one, `PasswordNotAccepted` for a password where only a token is good, and
`NotAllowed` or a more specific `Forbidden` for everybody else.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pypi_core.domain.accounts import (
    UNLIMITED,
    Account,
    AccountId,
    AccountState,
    Action,
    Actor,
    Proof,
    Role,
    Token,
    TokenId,
)
from pypi_core.domain.entities import ProjectStatus
from pypi_core.domain.indexes import IndexName, IndexSettings, NewProjects
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.origins import Origin
from pypi_core.errors import (
    InvalidCredentials,
    LastOwner,
    NotAllowed,
    PasswordNotAccepted,
    ProjectClosed,
    RegistrationClosed,
    TokenNotFound,
    Unauthenticated,
)

Members = Mapping[AccountId, Role]
"""Who has which role in a project."""


class Permit(msgspec.Struct, frozen=True):
    """
    The permission of an actor to read or change accounts, tokens or the list of indexes.

    Only the functions of this module make one, and each of them looks at the actor's scope.
    A transaction on what spans indexes cannot be opened without it.
    """

    actor: Actor


class Subject(msgspec.Struct, frozen=True, kw_only=True):
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


_ROLE_PERMITS: Mapping[Role, frozenset[Action]] = {
    Role.OWNER: frozenset({Action.UPLOAD, Action.YANK, Action.DELETE, Action.MANAGE}),
    Role.MAINTAINER: frozenset({Action.UPLOAD, Action.YANK}),
}


def may(actor: Actor, action: Action, project: Subject) -> bool:
    """
    Decide whether *actor* may do *action* to *project*.

    The scope of a token only ever takes away; roles, the index's settings and being an
    administrator give.  Nobody writes with a password, nobody uploads to a project whose
    status forbids it, and administrators alone change anything of a quarantined one.
    """
    if not _within_scope(actor, action, project):
        return False
    if action is Action.READ:
        return not (project.settings.is_private and actor.is_anonymous)
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


def require(actor: Actor, action: Action, project: Subject) -> None:
    """
    Refuse an action that `may` does not permit.

    Raises:
        Unauthenticated: The actor is anonymous.
        PasswordNotAccepted: The actor showed a password where only a token is good.
        ProjectClosed: The project's status forbids it.
        RegistrationClosed: The index takes new projects from administrators alone.
        NotAllowed: Anything else `may` refuses.
    """
    if may(actor, action, project):
        return
    if actor.is_anonymous and isinstance(actor.refused, PasswordNotAccepted) and action is Action.READ:
        # Credentials of another kind are needed: installers ask for them when told 401.
        raise InvalidCredentials(str(actor.refused))
    require_known(actor)
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


def require_known(actor: Actor) -> None:
    """
    Refuse an anonymous actor.

    Raises:
        Unauthenticated: No credentials were sent.
        InvalidCredentials: Those that were sent are not good.
        PasswordNotAccepted: A password was sent where only a token is accepted.
        TooMany: Too many logins failed: the credentials were not looked at.
    """
    if actor.is_anonymous:
        raise actor.refused or Unauthenticated()


def is_limited(actor: Actor) -> bool:
    """Return whether the actor's token is limited to indexes, projects or actions."""
    return actor.scope != UNLIMITED


def require_administrator(actor: Actor) -> Permit:
    """Require an administrator with an unlimited token, or the operator."""
    require_known(actor)
    if actor.proof is Proof.PASSWORD:
        raise PasswordNotAccepted
    if not _may_administer(actor):
        raise NotAllowed("Only an administrator with an unlimited token may do this: ask one of them.")
    return Permit(actor)


def require_account(actor: Actor, username: str) -> Permit:
    """
    Require the holder of a whole account, who may show its password, or an administrator.

    A limited token is not enough: it speaks for a part of its account.
    """
    require_known(actor)
    if is_limited(actor):
        raise NotAllowed("A limited token cannot manage its account: use an unlimited one or a password.")
    if actor.username.lower() == username.lower():
        return Permit(actor)
    return require_administrator(actor)


def require_own_session(actor: Actor) -> Permit:
    """Require somebody who logged in with a browser; what they may change is of their own account."""
    require_known(actor)
    if actor.proof is not Proof.SESSION:
        raise NotAllowed("Only somebody who logged in with a browser may do this: log in.")
    return Permit(actor)


def permit_holder(account: Account, origin: Origin) -> Permit:
    """
    Return the permit of somebody who holds a secret that only the owner of *account* was given.

    It says what the secret is for what may be done with it; a disabled account permits nothing.
    """
    if account.state is not AccountState.ACTIVE:
        raise InvalidCredentials("The account is disabled: ask an administrator.")
    return Permit(
        Actor(account_id=account.id, username=account.username, proof=Proof.PASSWORD, origin=origin)
    )


def permit_stranger(origin: Origin) -> Permit:
    """Return the permit of somebody whom nobody knows yet, and who registers."""
    return Permit(Actor(origin=origin))


def require_token_reader(actor: Actor, username: str) -> Permit:
    """Require an actor who may ask for the tokens of an account, as `may_see_token` shows them."""
    require_known(actor)
    if is_limited(actor) and actor.username.lower() == username.lower():
        return Permit(actor)
    return require_account(actor, username)


def may_see_token(actor: Actor, token: Token) -> bool:
    """
    Return whether *actor* may know of a token, and revoke it.

    A limited token is known to itself alone; else an account knows its own, an administrator all.
    """
    if actor.token_id == token.id:
        return True
    if actor.is_anonymous or is_limited(actor):
        return False
    return token.account_id == actor.account_id or _may_administer(actor)


def require_token(actor: Actor, token_id: TokenId, token: Token | None) -> Permit:
    """
    Require an actor who may know of *token*, which is what was found under *token_id*.

    For others there is no such token (`TokenNotFound`).  A limited token may ask for itself alone.
    """
    require_known(actor)
    if is_limited(actor) and actor.token_id != token_id:
        raise NotAllowed("A limited token can revoke itself only: use an unlimited one.")
    if token is None or not may_see_token(actor, token):
        raise TokenNotFound(token_id)
    return Permit(actor)


def opened_by(actor: Actor, account_id: AccountId | None) -> bool:
    """Return whether *actor* may use what *account_id* opened for a project that is not there yet."""
    return actor.is_administrator or (actor.account_id is not None and actor.account_id == account_id)


def refuse_without_owner(name: NormalizedName, members: Members, account: Account) -> None:
    """Refuse, with `LastOwner`, to take the role of the only owner of the project *name* from *account*."""
    owners = {each for each, role in members.items() if role is Role.OWNER}
    if owners == {account.id}:
        raise LastOwner(name, account.username)


def _may_administer(actor: Actor) -> bool:
    return actor.is_administrator and not is_limited(actor) and actor.proof is not Proof.PASSWORD


def _within_scope(actor: Actor, action: Action, project: Subject) -> bool:
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
