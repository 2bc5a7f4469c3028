"""Who may do what: the table that `permissions.may` has to answer."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, AccountId, Action, Actor, Proof, Role, TokenScope
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.domain.indexes import IndexName, IndexSettings, NewProjects, Reading
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import Subject, may, require, require_administrator
from pypi_core.errors import (
    NotAllowed,
    PackageIndexError,
    PasswordNotAccepted,
    ProjectClosed,
    RegistrationClosed,
    Unauthenticated,
)

OWNER = Actor(account_id=AccountId(1), username="olivia", proof=Proof.TOKEN)
MAINTAINER = Actor(account_id=AccountId(2), username="mark", proof=Proof.TOKEN)
STRANGER = Actor(account_id=AccountId(3), username="sam", proof=Proof.TOKEN)
ADMINISTRATOR = Actor(account_id=AccountId(4), username="ada", proof=Proof.TOKEN, is_administrator=True)
OWNER_BY_PASSWORD = replace(OWNER, proof=Proof.PASSWORD)

PROJECT = Subject(
    index=IndexName("pypi"),
    settings=IndexSettings(),
    name=NormalizedName("sample"),
    members={AccountId(1): Role.OWNER, AccountId(2): Role.MAINTAINER},
)

TABLE = {
    # action:             owner  maintainer stranger administrator operator anonymous password
    Action.READ: (True, True, True, True, True, True, True),
    Action.CREATE_PROJECT: (True, True, True, True, True, False, False),
    Action.UPLOAD: (True, True, False, True, True, False, False),
    Action.YANK: (True, True, False, True, True, False, False),
    Action.DELETE: (True, False, False, True, True, False, False),
    Action.MANAGE: (True, False, False, True, True, False, False),
}
ACTORS = (OWNER, MAINTAINER, STRANGER, ADMINISTRATOR, OPERATOR, ANONYMOUS, OWNER_BY_PASSWORD)


def test_every_action_is_in_the_table() -> None:
    assert set(TABLE) == set(Action)


@pytest.mark.parametrize(
    ("action", "actor", "permitted"),
    [
        (action, actor, permitted)
        for action, row in TABLE.items()
        for actor, permitted in zip(ACTORS, row, strict=True)
    ],
)
def test_roles_decide_on_a_public_index(action: Action, actor: Actor, permitted: bool) -> None:
    assert may(actor, action, PROJECT) is permitted


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("action", list(Action))
def test_require_raises_exactly_where_may_refuses(action: Action, actor: Actor) -> None:
    try:
        require(actor, action, PROJECT)
    except PackageIndexError:
        assert not may(actor, action, PROJECT)
    else:
        assert may(actor, action, PROJECT)


@pytest.mark.parametrize(
    ("actor", "permitted"), [(STRANGER, True), (OWNER_BY_PASSWORD, True), (ANONYMOUS, False)]
)
def test_any_account_may_read_a_private_index(actor: Actor, permitted: bool) -> None:
    private = replace(PROJECT, settings=IndexSettings(reading=Reading.PRIVATE))

    assert may(actor, Action.READ, private) is permitted


def test_only_administrators_create_projects_where_the_index_says_so() -> None:
    closed = replace(PROJECT, members={}, settings=IndexSettings(new_projects=NewProjects.ADMINISTRATORS))

    assert may(ADMINISTRATOR, Action.CREATE_PROJECT, closed)
    assert not may(STRANGER, Action.CREATE_PROJECT, closed)
    with pytest.raises(RegistrationClosed):
        require(STRANGER, Action.CREATE_PROJECT, closed)


@pytest.mark.parametrize(
    ("state", "permitted"),
    [
        (Status.ACTIVE, True),
        (Status.DEPRECATED, True),
        (Status.ARCHIVED, False),
        (Status.QUARANTINED, False),
    ],
)
@pytest.mark.parametrize("actor", [OWNER, ADMINISTRATOR, OPERATOR])
def test_a_closed_project_is_closed_to_every_role(actor: Actor, state: Status, permitted: bool) -> None:
    project = replace(PROJECT, status=ProjectStatus(state))

    assert may(actor, Action.UPLOAD, project) is permitted
    if not permitted:
        with pytest.raises(ProjectClosed, match=state):
            require(actor, Action.UPLOAD, project)


@pytest.mark.parametrize("action", [Action.YANK, Action.DELETE, Action.MANAGE])
def test_only_administrators_change_a_quarantined_project(action: Action) -> None:
    quarantined = replace(PROJECT, status=ProjectStatus(Status.QUARANTINED))
    archived = replace(PROJECT, status=ProjectStatus(Status.ARCHIVED))

    assert may(OWNER, action, archived)
    assert may(ADMINISTRATOR, action, quarantined)
    assert not may(OWNER, action, quarantined)
    with pytest.raises(ProjectClosed, match="administrators"):
        require(OWNER, action, quarantined)


@pytest.mark.parametrize(
    ("scope", "action", "permitted"),
    [
        (TokenScope(indexes=frozenset({IndexName("pypi")})), Action.UPLOAD, True),
        (TokenScope(indexes=frozenset({IndexName("test")})), Action.UPLOAD, False),
        (TokenScope(indexes=frozenset({IndexName("test")})), Action.READ, False),
        (TokenScope(projects=frozenset({NormalizedName("sample")})), Action.UPLOAD, True),
        (TokenScope(projects=frozenset({NormalizedName("sample")})), Action.CREATE_PROJECT, True),
        (TokenScope(projects=frozenset({NormalizedName("other")})), Action.UPLOAD, False),
        (TokenScope(projects=frozenset({NormalizedName("other")})), Action.CREATE_PROJECT, False),
        (TokenScope(projects=frozenset({NormalizedName("other")})), Action.READ, True),
        (TokenScope(actions=frozenset({Action.UPLOAD})), Action.UPLOAD, True),
        (TokenScope(actions=frozenset({Action.UPLOAD})), Action.DELETE, False),
        (TokenScope(actions=frozenset({Action.UPLOAD})), Action.READ, True),
        (TokenScope(projects=frozenset()), Action.UPLOAD, False),
    ],
)
@pytest.mark.parametrize("actor", [OWNER, ADMINISTRATOR])
def test_a_scope_only_takes_away(actor: Actor, scope: TokenScope, action: Action, permitted: bool) -> None:
    assert may(replace(actor, scope=scope), action, PROJECT) is permitted


def test_a_scope_grants_nothing_to_an_account_without_a_role() -> None:
    scoped = replace(STRANGER, scope=TokenScope(projects=frozenset({NormalizedName("sample")})))

    assert not may(scoped, Action.UPLOAD, PROJECT)


def test_the_refusal_says_what_is_missing() -> None:
    with pytest.raises(Unauthenticated, match="token"):
        require(ANONYMOUS, Action.UPLOAD, PROJECT)
    with pytest.raises(PasswordNotAccepted, match="__token__"):
        require(OWNER_BY_PASSWORD, Action.UPLOAD, PROJECT)
    with pytest.raises(NotAllowed, match="'sam' isn't allowed to upload to project 'sample'"):
        require(STRANGER, Action.UPLOAD, PROJECT)
    with pytest.raises(NotAllowed, match="scope"):
        require(replace(OWNER, scope=TokenScope(projects=frozenset())), Action.UPLOAD, PROJECT)


def test_administration_requires_an_administrator_with_an_unlimited_token() -> None:
    require_administrator(ADMINISTRATOR)
    require_administrator(OPERATOR)
    for actor, error in (
        (ANONYMOUS, Unauthenticated),
        (OWNER, NotAllowed),
        (replace(ADMINISTRATOR, scope=TokenScope(actions=frozenset({Action.READ}))), NotAllowed),
        (replace(ADMINISTRATOR, proof=Proof.PASSWORD), PasswordNotAccepted),
    ):
        with pytest.raises(error):
            require_administrator(actor)
