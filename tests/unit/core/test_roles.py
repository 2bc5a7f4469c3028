"""Roles given, changed, taken away and given back."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Action, Actor, Role, TokenScope
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.names import NormalizedName, parse_display_name
from pypi_core.errors import (
    AccountNotFound,
    LastOwner,
    NotAllowed,
    PackageIndexError,
    PasswordNotAccepted,
    ProjectNotFound,
    RoleNotFound,
    Unauthenticated,
)

NAME = NormalizedName("sample")


@pytest.fixture
def memory() -> InMemorySite:
    site = InMemorySite()
    site.publish(site.actor("alice"), build_wheel(name="Sample", version="1.0"))
    site.account("Bob")
    return site


@pytest.fixture
def alice(memory: InMemorySite) -> Actor:
    return memory.actor("alice")


def members(memory: InMemorySite) -> dict[str, str]:
    return dict(memory.index.projects.read(OPERATOR, NAME).members)


def recorded(memory: InMemorySite) -> list[str]:
    return [each.action for each in memory.index.journal.since(OPERATOR, Serial(4))]


class TestGranting:
    @pytest.mark.parametrize("role", list(Role))
    def test_an_owner_gives_a_role_by_user_name_in_any_case(
        self, memory: InMemorySite, alice: Actor, role: Role
    ) -> None:
        memory.index.grant_role(alice, NAME, "bob", role)

        assert members(memory) == {"alice": "Owner", "Bob": role.value}
        assert recorded(memory) == [f"add {role} Bob"]

    def test_a_role_can_be_used_at_once(self, memory: InMemorySite, alice: Actor) -> None:
        bob = memory.actor("Bob")
        new = build_wheel(name="sample", version="2.0")
        with pytest.raises(NotAllowed):
            memory.publish(bob, new)

        memory.index.grant_role(alice, NAME, "bob", Role.MAINTAINER)

        assert memory.publish(bob, new).created
        with pytest.raises(NotAllowed):
            memory.index.delete_file(bob, NAME, new.filename)

    def test_another_role_is_a_change(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.grant_role(alice, NAME, "Bob", Role.MAINTAINER)
        memory.index.grant_role(alice, NAME, "Bob", Role.OWNER)

        assert members(memory) == {"alice": "Owner", "Bob": "Owner"}
        assert recorded(memory) == ["add Maintainer Bob", "change Maintainer Bob to Owner"]

    def test_granting_a_role_twice_is_not_recorded_again(self, memory: InMemorySite, alice: Actor) -> None:
        first = memory.index.grant_role(alice, NAME, "Bob", Role.MAINTAINER)

        assert memory.index.grant_role(alice, NAME, "Bob", Role.MAINTAINER) == first
        assert recorded(memory) == ["add Maintainer Bob"]

    def test_the_last_owner_does_not_become_a_maintainer(self, memory: InMemorySite, alice: Actor) -> None:
        for actor in (alice, OPERATOR):
            with pytest.raises(LastOwner, match="'alice' is the last owner of project 'sample'"):
                memory.index.grant_role(actor, NAME, "alice", Role.MAINTAINER)
        assert members(memory) == {"alice": "Owner"}

    def test_the_operator_gives_a_project_without_members_an_owner(self, memory: InMemorySite) -> None:
        memory.index.create_project(OPERATOR, parse_display_name("orphan"))

        memory.index.grant_role(OPERATOR, NormalizedName("orphan"), "Bob", Role.OWNER)

        assert memory.index.projects.read(OPERATOR, NormalizedName("orphan")).members == (("Bob", "Owner"),)

    def test_an_unknown_project_or_account_is_not_found(self, memory: InMemorySite, alice: Actor) -> None:
        with pytest.raises(AccountNotFound):
            memory.index.grant_role(alice, NAME, "nobody", Role.OWNER)
        with pytest.raises(ProjectNotFound):
            memory.index.grant_role(alice, NormalizedName("other"), "Bob", Role.OWNER)
        assert recorded(memory) == []


class TestRevoking:
    @pytest.fixture(autouse=True)
    def bob(self, memory: InMemorySite, alice: Actor) -> Actor:
        memory.index.grant_role(alice, NAME, "Bob", Role.MAINTAINER)
        return memory.actor("Bob")

    def test_an_owner_takes_a_role_away(self, memory: InMemorySite, alice: Actor, bob: Actor) -> None:
        memory.index.revoke_role(alice, NAME, "bob")

        assert members(memory) == {"alice": "Owner"}
        assert recorded(memory) == ["add Maintainer Bob", "remove Maintainer Bob"]
        with pytest.raises(NotAllowed):
            memory.publish(bob, build_wheel(name="sample", version="2.0"))

    def test_a_maintainer_may_leave(self, memory: InMemorySite, bob: Actor) -> None:
        memory.index.revoke_role(bob, NAME, "Bob")

        assert members(memory) == {"alice": "Owner"}

    def test_a_maintainer_cannot_revoke_other_roles(self, memory: InMemorySite, bob: Actor) -> None:
        with pytest.raises(NotAllowed):
            memory.index.revoke_role(bob, NAME, "alice")
        assert members(memory) == {"alice": "Owner", "Bob": "Maintainer"}

    def test_leaving_keeps_to_the_scope_of_the_token(self, memory: InMemorySite, bob: Actor) -> None:
        limited = replace(bob, scope=TokenScope(actions=frozenset({Action.UPLOAD})))

        with pytest.raises(NotAllowed, match="scope"):
            memory.index.revoke_role(limited, NAME, "Bob")

    def test_the_last_owner_stays(self, memory: InMemorySite, alice: Actor) -> None:
        for actor in (alice, OPERATOR):
            with pytest.raises(LastOwner):
                memory.index.revoke_role(actor, NAME, "alice")
        assert members(memory) == {"alice": "Owner", "Bob": "Maintainer"}

    def test_a_project_is_handed_over(self, memory: InMemorySite, alice: Actor, bob: Actor) -> None:
        memory.index.grant_role(alice, NAME, "Bob", Role.OWNER)
        memory.index.revoke_role(bob, NAME, "alice")

        assert members(memory) == {"Bob": "Owner"}
        assert recorded(memory)[-1] == "remove Owner alice"

    def test_an_unknown_project_or_account_is_not_found(self, memory: InMemorySite, alice: Actor) -> None:
        memory.account("carol")
        with pytest.raises(AccountNotFound):
            memory.index.revoke_role(alice, NAME, "nobody")
        with pytest.raises(RoleNotFound):
            memory.index.revoke_role(alice, NAME, "carol")
        with pytest.raises(ProjectNotFound):
            memory.index.revoke_role(alice, NormalizedName("other"), "Bob")

    def test_another_account_does_not_learn_who_has_an_account(self, memory: InMemorySite) -> None:
        for username in ("alice", "nobody"):
            with pytest.raises(NotAllowed):
                memory.index.revoke_role(memory.actor("stranger"), NAME, username)


@pytest.mark.parametrize("name", ["sample", "unknown"])
def test_a_stranger_learns_nothing_about_a_private_index(memory: InMemorySite, name: str) -> None:
    memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

    with pytest.raises(Unauthenticated):
        memory.index.grant_role(ANONYMOUS, NormalizedName(name), "Bob", Role.OWNER)
    with pytest.raises(Unauthenticated):
        memory.index.revoke_role(ANONYMOUS, NormalizedName(name), "Bob")


def test_changing_roles_requires_an_owner_with_a_token(memory: InMemorySite) -> None:
    refusals: list[tuple[Actor, type[PackageIndexError]]] = [
        (ANONYMOUS, Unauthenticated),
        (memory.actor("stranger"), NotAllowed),
        (memory.actor_by_password("peter"), PasswordNotAccepted),
    ]
    for actor, error in refusals:
        with pytest.raises(error):
            memory.index.grant_role(actor, NAME, "Bob", Role.OWNER)
        with pytest.raises(error):
            memory.index.revoke_role(actor, NAME, "alice")
    assert members(memory) == {"alice": "Owner"}
