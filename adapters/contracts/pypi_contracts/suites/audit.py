"""The contract of `pypi_core.ports.audit`, and of the units of work that write it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from pypi_contracts.permits import BY_OPERATOR
from pypi_contracts.suites.rows import (
    FIRST,
    SECOND,
    Database,
    IndexPorts,
    RowsContract,
    add_file,
    add_index,
    create_project,
)
from pypi_core.domain.accounts import AccountId, Actor, Proof, TokenId
from pypi_core.domain.audit import AuditEntry, AuditFilter, AuditId
from pypi_core.domain.indexes import IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.origins import AuditedOrigin, Origin
from pypi_core.domain.permissions import require_account
from pypi_core.domain.site_events import AccountRegistered, IndexCreated, PasswordChanged
from pypi_memory.environment import FixedClock

_EVERYTHING = AuditFilter()
ANN = Actor(
    account_id=AccountId(7),
    username="ann",
    proof=Proof.TOKEN,
    token_id=TokenId("0123abcd"),
    origin=Origin(address="2001:db8::1", user_agent="tool/1.0 (Größe)"),
)


class AuditLogContract(RowsContract):
    """
    All that an adapter of the audit log must do.

    Subclass it with the fixture ``database`` of `RowsContract`.
    """

    def test_it_is_empty_at_first(self, database: Database) -> None:
        assert _all(database) == []

    def test_each_event_of_an_index_is_an_entry(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        with index.open_unit_of_work(ANN) as uow:
            add_file(uow, "flask-1.0.tar.gz")
            uow.commit()

        published, released, created = _all(database)
        assert published == AuditEntry(
            moment=clock.now(),
            index=FIRST,
            username="ann",
            account_id=AccountId(7),
            proof=Proof.TOKEN,
            token_id=TokenId("0123abcd"),
            origin=AuditedOrigin(address="2001:db8::1", user_agent="tool/1.0 (Größe)"),
            action="file-published",
            project=NormalizedName("flask"),
            version="1.0",
            filename="flask-1.0.tar.gz",
            detail='{"python_version":"source"}',
        )
        assert (released.action, released.version, released.filename) == ("release-created", "1.0", None)
        assert (created.action, created.version, created.detail) == ("project-created", None, "{}")

    def test_each_event_of_the_site_is_an_entry(self, database: Database, clock: FixedClock) -> None:
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.record_event(AccountRegistered(username="ann", is_administrator=True))
            uow.record_event(PasswordChanged(username="ann"))
            uow.commit()

        changed, registered = _all(database)
        assert registered == AuditEntry(
            moment=clock.now(),
            username="operator",
            proof=Proof.LOCAL,
            action="account-registered",
            detail='{"is_administrator":true,"username":"ann"}',
        )
        assert changed.action == "password-changed"

    def test_an_uncommitted_change_leaves_no_entry(self, database: Database, index: IndexPorts) -> None:
        with index.open_unit_of_work(ANN) as uow:
            add_file(uow, "flask-1.0.tar.gz")
        with database.open_site_unit_of_work(require_account(ANN, ANN.username)) as site:
            site.record_event(PasswordChanged(username="ann"))

        assert _all(database) == []

    def test_a_failed_commit_leaves_no_entry(self, database: Database, index: IndexPorts) -> None:
        def fail() -> None:
            with index.open_unit_of_work(ANN) as uow:
                add_file(uow, "flask-1.0.tar.gz")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()

        assert _all(database) == []

    def test_a_commit_without_events_leaves_no_entry(self, database: Database, index: IndexPorts) -> None:
        with index.open_unit_of_work(ANN) as uow:
            uow.commit()

        assert _all(database) == []

    def test_it_is_read_page_by_page(self, database: Database, index: IndexPorts) -> None:
        for number in range(7):
            create_project(index, f"project-{number}", ANN)

        seen: list[str | None] = []
        before: AuditId | None = None
        while page := database.audit_log.page(_EVERYTHING, before, 3):
            assert len(page) <= 3
            seen += [each.entry.project for each in page]
            before = page[-1].id
        assert seen == [f"project-{number}" for number in reversed(range(7))]

    def test_it_can_be_filtered_by_index_project_or_account(
        self, database: Database, index: IndexPorts
    ) -> None:
        second = add_index(database, SECOND)
        create_project(index, "flask", ANN)
        create_project(index, "click")
        create_project(second, "flask")
        with database.open_site_unit_of_work(require_account(ANN, ANN.username)) as uow:
            uow.record_event(IndexCreated(index=SECOND, settings=IndexSettings()))
            uow.commit()

        flask = AuditFilter(project=NormalizedName("flask"))
        assert [each.index for each in _all(database, flask)] == [SECOND, FIRST]
        assert [each.username for each in _all(database, replace(flask, index=FIRST))] == ["ann"]
        actions = [each.action for each in _all(database, AuditFilter(index=SECOND))]
        assert actions == ["index-created", "project-created"]
        of_ann = [(each.action, each.index) for each in _all(database, AuditFilter(username="ann"))]
        assert of_ann == [("index-created", SECOND), ("project-created", FIRST)]
        assert _all(database, AuditFilter(username="nobody")) == []

    def test_old_entries_can_be_forgotten_and_their_ids_are_not_given_again(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        for name in ("one", "two"):
            create_project(index, name)
        (newest,) = database.audit_log.page(_EVERYTHING, None, 1)
        limit = clock.advance(timedelta(days=1))

        assert database.audit_log.forget(limit) == 2
        create_project(index, "three")

        (kept,) = database.audit_log.page(_EVERYTHING, None, 10)
        assert kept.entry.project == "three"
        assert kept.id > newest.id
        # What happened at the very moment stays.
        assert database.audit_log.forget(limit) == 0


def _all(database: Database, wanted: AuditFilter = _EVERYTHING) -> Sequence[AuditEntry]:
    return [each.entry for each in database.audit_log.page(wanted, None, 100)]
