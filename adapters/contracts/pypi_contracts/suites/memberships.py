"""Who has which role in which project: what rows must do."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pypi_contracts.suites.rows import (
    FIRST,
    SECOND,
    Database,
    IndexPorts,
    RowsContract,
    add_account,
    add_index,
    add_project,
    create_project,
)
from pypi_core.domain.accounts import OPERATOR, Invitation, Role
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.errors import AccountNotFound
from pypi_memory.environment import FixedClock


class MembershipsContract(RowsContract):
    """Who has which role in a project."""

    def test_a_role_is_read_as_it_was_granted(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        project = create_project(index, "flask")
        ann = add_account(database, clock, "ann")
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.memberships.grant(project.id, ann.id, Role.OWNER)
            assert uow.memberships.of(project.id) == {ann.id: Role.OWNER}
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.memberships.of(project.id) == {ann.id: Role.OWNER}

    def test_an_invitation_is_stored_changed_and_withdrawn(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        flask, django = create_project(index, "flask"), create_project(index, "django")
        elsewhere = create_project(add_index(database, SECOND), "flask")
        ann, bob = add_account(database, clock, "ann"), add_account(database, clock, "bob")
        first = Invitation(account_id=ann.id, role=Role.OWNER, invited_by="eve", since=clock.now())
        changed = replace(first, role=Role.MAINTAINER)
        of_bob = replace(first, account_id=bob.id)
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.memberships.invite(flask.id, first)
            uow.memberships.invite(flask.id, changed)
            uow.memberships.invite(flask.id, of_bob)
            uow.memberships.invite(django.id, first)
            uow.commit()
        with database.index(SECOND).open_unit_of_work(OPERATOR) as uow:
            uow.memberships.invite(elsewhere.id, first)
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.memberships.invitation(flask.id, ann.id) == changed
            assert list(snapshot.memberships.invited(flask.id)) == [("ann", changed), ("bob", of_bob)]
            assert list(snapshot.memberships.invitations_of(ann.id)) == [
                ("django", first),
                ("flask", changed),
            ]
            assert snapshot.memberships.of(flask.id) == {}
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.memberships.withdraw(flask.id, ann.id)
            uow.memberships.withdraw(flask.id, ann.id)
            uow.projects.delete(uow.projects.get(django.name))
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.memberships.invitation(flask.id, ann.id) is None
            assert list(snapshot.memberships.invitations_of(ann.id)) == []
            assert list(snapshot.memberships.invitations_of(bob.id)) == [("flask", of_bob)]

    def test_another_role_replaces_the_one_there_was(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        project = create_project(index, "flask")
        ann = add_account(database, clock, "ann")
        for role in (Role.OWNER, Role.MAINTAINER, Role.MAINTAINER):
            with index.open_unit_of_work(OPERATOR) as uow:
                uow.memberships.grant(project.id, ann.id, role)
                uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.memberships.of(project.id) == {ann.id: Role.MAINTAINER}

    def test_a_role_is_taken_away_from_one_member_alone(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        project = create_project(index, "flask")
        ann, bob = add_account(database, clock, "ann"), add_account(database, clock, "bob")
        with index.open_unit_of_work(OPERATOR) as uow:
            for account in (ann, bob):
                uow.memberships.grant(project.id, account.id, Role.OWNER)
            uow.commit()
        for _ in range(2):
            with index.open_unit_of_work(OPERATOR) as uow:
                uow.memberships.revoke(project.id, ann.id)
                assert uow.memberships.of(project.id) == {bob.id: Role.OWNER}
                uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.memberships.of(project.id) == {bob.id: Role.OWNER}

    def test_accounts_are_found_from_within_an_index(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        ann = add_account(database, clock, "Ann")
        with index.open_snapshot() as snapshot:
            assert snapshot.accounts.find("ann") == ann
            assert snapshot.accounts.find("bob") is None
        with index.open_unit_of_work(OPERATOR) as uow, pytest.raises(AccountNotFound):
            uow.accounts.get("bob")

    def test_members_are_named_owners_first_then_by_name(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        project = create_project(index, "flask")
        roles = {"dan": Role.OWNER, "bob": Role.MAINTAINER, "cat": Role.OWNER, "ann": Role.MAINTAINER}
        with_ids = {add_account(database, clock, name).id: role for name, role in roles.items()}
        with index.open_unit_of_work(OPERATOR) as uow:
            for account_id, role in with_ids.items():
                uow.memberships.grant(project.id, account_id, role)
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert list(snapshot.memberships.named(project.id)) == [
                ("cat", Role.OWNER),
                ("dan", Role.OWNER),
                ("ann", Role.MAINTAINER),
                ("bob", Role.MAINTAINER),
            ]

    def test_a_role_is_good_for_one_project(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        flask, attrs = create_project(index, "flask"), create_project(index, "attrs")
        ann = add_account(database, clock, "ann")
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.memberships.grant(flask.id, ann.id, Role.OWNER)
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.memberships.of(attrs.id) == {}
            assert list(snapshot.memberships.named(attrs.id)) == []

    def test_the_roles_of_a_user_are_named_as_owner_first_then_by_name(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        ann, bob = add_account(database, clock, "Ann"), add_account(database, clock, "bob")
        roles = {"Zope": Role.OWNER, "attrs": Role.MAINTAINER, "Flask": Role.OWNER, "numpy": Role.MAINTAINER}
        with index.open_unit_of_work(OPERATOR) as uow:
            for name, role in roles.items():
                project = add_project(uow, name)
                uow.memberships.grant(project.id, ann.id, role)
                uow.memberships.grant(project.id, bob.id, Role.OWNER)
            uow.commit()
        with index.open_snapshot() as snapshot:
            for spelling in ("ann", "ANN"):
                assert list(snapshot.memberships.of_user(spelling)) == [
                    (Role.OWNER, "Flask"),
                    (Role.OWNER, "Zope"),
                    (Role.MAINTAINER, "attrs"),
                    (Role.MAINTAINER, "numpy"),
                ]
            assert list(snapshot.memberships.of_user("nobody")) == []

    def test_the_roles_of_a_user_are_those_on_the_index_without_quarantined_projects(
        self, database: Database, clock: FixedClock
    ) -> None:
        first, second = add_index(database, FIRST), add_index(database, SECOND)
        ann = add_account(database, clock, "ann")
        for index, name in ((first, "flask"), (first, "bad"), (second, "attrs")):
            project = create_project(index, name)
            with index.open_unit_of_work(OPERATOR) as uow:
                uow.memberships.grant(project.id, ann.id, Role.OWNER)
                if name == "bad":
                    uow.projects.update(replace(project, status=ProjectStatus(Status.QUARANTINED)))
                uow.commit()
        with first.open_snapshot() as snapshot:
            assert list(snapshot.memberships.of_user("ann")) == [(Role.OWNER, "flask")]
            # Who leaves gives up their role in these as well.
            assert list(snapshot.memberships.of_account(ann.id)) == [
                ("bad", Role.OWNER),
                ("flask", Role.OWNER),
            ]
