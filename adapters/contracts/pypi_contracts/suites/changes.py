"""The contract of `pypi_core.ports.changes`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Set
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from pypi_contracts.permits import BY_OPERATOR
from pypi_contracts.suites.rows import (
    FIRST,
    SECOND,
    Database,
    IndexPorts,
    RowsContract,
    add_account,
    add_file,
    add_index,
    create_project,
    publish,
    until_it_passes,
)
from pypi_core.domain.accounts import OPERATOR, Role, Token, TokenId
from pypi_core.domain.entities import Yank
from pypi_core.domain.events import FileDeleted, ProjectDeleted, ReleaseYanked
from pypi_core.domain.indexes import IndexSettings
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.ports.changes import MOST_ENTRIES
from pypi_core.ports.pages import Page, PageKey, PageKind, Validity
from pypi_memory.environment import FixedClock

_THREADS = 6


class ChangeSignalContract(RowsContract):
    """
    All that an adapter of the change signal must do.

    Subclass it with the fixture ``database`` of `RowsContract`.
    """

    @pytest.fixture
    def token(self, database: Database, clock: FixedClock) -> TokenId:
        """Return a token that is in force."""
        ann = add_account(database, clock)
        _add_token(database, clock, ann.username, "one")
        return TokenId("one")

    def test_it_stays_while_nothing_happens(self, database: Database, index: IndexPorts) -> None:
        publish(index, "flask-1.0.tar.gz")
        assert not _moves(database, lambda: None)

    def test_reading_leaves_it(self, database: Database, index: IndexPorts) -> None:
        publish(index, "flask-1.0.tar.gz")

        def read() -> None:
            with index.open_snapshot() as snapshot, database.open_site_snapshot() as site:
                assert snapshot.files.find("flask-1.0.tar.gz")
                assert site.indexes.find(FIRST)

        assert not _moves(database, read)

    def test_an_uncommitted_change_leaves_it(
        self, database: Database, index: IndexPorts, token: TokenId
    ) -> None:
        def roll_back() -> None:
            with index.open_unit_of_work(OPERATOR) as uow:
                add_file(uow, "flask-1.0.tar.gz")
            with database.open_site_unit_of_work(BY_OPERATOR) as site:
                site.tokens.revoke(token)

        assert not _moves(database, roll_back)

    def test_keeping_a_page_leaves_it(self, database: Database, index: IndexPorts) -> None:
        key = PageKey(kind=PageKind.SIMPLE_JSON, subject="flask", validity=Validity("1"))
        page = Page(body=b"{}", compressed=b"", etag='""')
        assert not _moves(database, lambda: index.pages.put(key, page))

    def test_an_upload_moves_it(self, database: Database, index: IndexPorts) -> None:
        assert _moves(database, lambda: publish(index, "flask-1.0.tar.gz"))
        assert _moves(database, lambda: publish(index, "flask-2.0.tar.gz"))

    def test_a_change_of_any_index_moves_it(self, database: Database, index: IndexPorts) -> None:
        publish(index, "flask-1.0.tar.gz")
        assert _moves(database, lambda: add_index(database, SECOND))
        assert _moves(database, lambda: create_project(database.index(SECOND), "flask"))

    def test_a_yank_and_a_deletion_move_it(self, database: Database, index: IndexPorts) -> None:
        file = publish(index, "flask-1.0.tar.gz")

        def yank() -> None:
            with index.open_unit_of_work(OPERATOR) as uow:
                project = uow.projects.by_id(file.project_id)
                release = uow.releases.get(project, file.version)
                uow.releases.update(replace(release, yank=Yank()))
                uow.record_event(
                    ReleaseYanked(project=project.display_name, version=file.version, yank=Yank())
                )
                uow.commit()

        def delete() -> None:
            with index.open_unit_of_work(OPERATOR) as uow:
                project = uow.projects.by_id(file.project_id)
                uow.files.delete(file)
                uow.record_event(
                    FileDeleted(project=project.display_name, version=file.version, filename=file.filename)
                )
                uow.commit()

        assert _moves(database, yank)
        assert _moves(database, delete)

    def test_a_role_moves_it_even_without_an_event(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        ann = add_account(database, clock)
        create_project(index, "flask")

        def grant() -> None:
            with index.open_unit_of_work(OPERATOR) as uow:
                uow.memberships.grant(uow.projects.get(NormalizedName("flask")).id, ann.id, Role.OWNER)
                uow.commit()

        def revoke() -> None:
            with index.open_unit_of_work(OPERATOR) as uow:
                uow.memberships.revoke(uow.projects.get(NormalizedName("flask")).id, ann.id)
                uow.commit()

        assert _moves(database, grant)
        assert _moves(database, revoke)

    def test_a_new_token_and_a_revoked_one_move_it(
        self, database: Database, clock: FixedClock, token: TokenId
    ) -> None:
        def revoke() -> None:
            with database.open_site_unit_of_work(BY_OPERATOR) as uow:
                uow.tokens.revoke(token)
                uow.commit()

        assert _moves(database, lambda: _add_token(database, clock, "ann", "two"))
        assert _moves(database, revoke)

    def test_a_changed_account_moves_it(self, database: Database, clock: FixedClock) -> None:
        ann = add_account(database, clock)

        def promote() -> None:
            with database.open_site_unit_of_work(BY_OPERATOR) as uow:
                uow.accounts.update(replace(ann, is_administrator=True))
                uow.commit()

        assert _moves(database, lambda: add_account(database, clock, "bob"))
        assert _moves(database, promote)

    def test_changed_settings_move_it(self, database: Database, index: IndexPorts) -> None:
        def configure() -> None:
            with database.open_site_unit_of_work(BY_OPERATOR) as uow:
                uow.indexes.update(FIRST, IndexSettings(title="Changed"))
                uow.commit()

        assert _moves(database, configure)

    def test_a_project_is_named_as_changed(self, database: Database, index: IndexPorts) -> None:
        publish(index, "flask-1.0.tar.gz")
        publish(index, "Other_One-1.0.tar.gz")

        assert _changed(database, lambda: publish(index, "Other.One-2.0.tar.gz")) == {"other-one"}
        assert _changed(database, lambda: create_project(index, "third")) == {"third"}
        assert _changed(database, lambda: None) == set()

    def test_projects_of_all_indexes_are_named_as_changed(
        self, database: Database, index: IndexPorts
    ) -> None:
        second = add_index(database, SECOND)

        def publish_on_both() -> None:
            publish(index, "flask-1.0.tar.gz")
            publish(second, "other-1.0.tar.gz")

        assert _changed(database, publish_on_both) == {"flask", "other"}

    def test_a_token_changes_no_project(self, database: Database, clock: FixedClock, token: TokenId) -> None:
        add_index(database, FIRST)
        assert _changed(database, lambda: _add_token(database, clock, "ann", "two")) == set()

    def test_settings_and_a_new_index_change_everything(self, database: Database, index: IndexPorts) -> None:
        def configure() -> None:
            with database.open_site_unit_of_work(BY_OPERATOR) as uow:
                uow.indexes.update(FIRST, IndexSettings(title="Changed"))
                uow.commit()

        publish(index, "flask-1.0.tar.gz")
        assert _changed(database, configure) is None
        assert _changed(database, lambda: add_index(database, SECOND)) is None

    def test_without_a_position_everything_may_have_changed(self, database: Database) -> None:
        assert database.change_signal.changes(None).projects is None

    def test_too_many_changes_change_everything(self, database: Database, index: IndexPorts) -> None:
        def create_many() -> None:
            with index.open_unit_of_work(OPERATOR) as uow:
                for _ in range(MOST_ENTRIES + 1):
                    uow.record_event(ProjectDeleted(project=DisplayName("many")))
                uow.commit()

        create_project(index, "many")
        assert _changed(database, create_many) is None
        assert _changed(database, lambda: create_project(index, "one")) == {"one"}

    def test_the_position_of_changes_has_the_generation(self, database: Database, index: IndexPorts) -> None:
        signal = database.change_signal
        publish(index, "flask-1.0.tar.gz")

        assert signal.changes(None).position.generation == signal.generation()

    def test_a_generation_never_repeats(
        self, database: Database, index: IndexPorts, clock: FixedClock
    ) -> None:
        signal = database.change_signal
        seen = [signal.generation()]
        for number in range(4):
            create_project(index, f"p{number}")
            seen.append(signal.generation())
            add_account(database, clock, f"u{number}")
            seen.append(signal.generation())
        assert len(set(seen)) == len(seen)

    def test_a_commit_that_returned_is_reflected_in_every_thread(
        self, database: Database, index: IndexPorts
    ) -> None:
        signal = database.change_signal

        def commit_and_ask(number: int) -> bool:
            before = signal.generation()
            until_it_passes(lambda: create_project(index, f"p{number}"))
            return signal.generation() != before

        with ThreadPoolExecutor(_THREADS) as pool:
            assert all(pool.map(commit_and_ask, range(4 * _THREADS)))

    def test_nothing_older_is_read_under_the_generation_of_the_last_commit(
        self, database: Database, index: IndexPorts
    ) -> None:
        signal = database.change_signal
        finished = threading.Event()

        def ask_and_read() -> list[tuple[int, int]]:
            read: list[tuple[int, int]] = []
            while True:
                was_finished = finished.is_set()
                generation = signal.generation()
                with index.open_snapshot() as snapshot:
                    read.append((generation, snapshot.journal.last_serial()))
                if was_finished:
                    return read

        def write(number: int) -> None:
            until_it_passes(lambda: create_project(index, f"p{number}"))

        with ThreadPoolExecutor(_THREADS + 1) as pool:
            reading = pool.submit(ask_and_read)
            try:
                list(pool.map(write, range(4 * _THREADS)))
            finally:
                finished.set()
            at_rest = signal.generation()
            read = reading.result()
        assert {serial for generation, serial in read if generation == at_rest} == {4 * _THREADS}


def _moves(database: Database, act: Callable[[], object]) -> bool:
    before = database.change_signal.generation()
    act()
    return database.change_signal.generation() != before


def _changed(database: Database, act: Callable[[], object]) -> Set[str] | None:
    before = database.change_signal.changes(None).position
    act()
    return database.change_signal.changes(before).projects


def _add_token(database: Database, clock: FixedClock, username: str, token_id: str) -> None:
    with database.open_site_unit_of_work(BY_OPERATOR) as uow:
        uow.tokens.add(
            Token(
                id=TokenId(token_id),
                account_id=uow.accounts.get(username).id,
                description="",
                secret_hash=f"hash of {token_id}",
                created=clock.now(),
            )
        )
        uow.commit()
