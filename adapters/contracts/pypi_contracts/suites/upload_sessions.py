"""The contract of `pypi_core.ports.upload_sessions`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from packaging.version import Version

from pypi_contracts.suites.rows import (
    FIRST,
    SECOND,
    Database,
    IndexPorts,
    RowsContract,
    add_account,
    add_index,
    create_project,
)
from pypi_core.domain.accounts import OPERATOR, AccountId, Actor, Proof
from pypi_core.domain.audit import AuditFilter
from pypi_core.domain.digests import digests_of
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.upload_sessions import (
    DOCUMENTATION_ZIP,
    Purpose,
    SessionFile,
    SessionState,
    UploadBegun,
    UploadSession,
    UploadSessionId,
)
from pypi_core.errors import ConcurrentChange, UploadSessionNotFound
from pypi_memory.environment import FixedClock
from pypi_protocol.errors import Problem

SAMPLE = NormalizedName("sample")
ONE = Version("1.0")
WEEK = timedelta(days=7)
MOMENT = timedelta(microseconds=1)


class UploadSessionsContract(RowsContract):
    """
    All that an adapter must do with upload sessions.

    Subclass it with the fixture ``database`` of `RowsContract`.
    """

    def test_a_session_is_kept_with_its_files_in_their_order(
        self, index: IndexPorts, database: Database, clock: FixedClock
    ) -> None:
        account = add_account(database, clock)
        session = replace(
            _session("one", files=("b.whl", "a.whl", "c.whl")),
            project=DisplayName("Sam.ple"),
            version=Version("1!1.0rc1+x"),
            account_id=account.id,
            problems=(Problem("a.whl", "Größe"),),
            warnings=("one", "two"),
        )
        _add(index, session)

        with index.open_snapshot() as snapshot:
            assert snapshot.upload_sessions.get(session.id) == session

    def test_a_session_of_another_name_or_index_is_not_found(
        self, index: IndexPorts, database: Database
    ) -> None:
        other = add_index(database, SECOND)
        session = _session("one")
        _add(index, session)

        with index.open_snapshot() as snapshot, pytest.raises(UploadSessionNotFound) as caught:
            snapshot.upload_sessions.get(UploadSessionId("two"))
        assert caught.value.session == "two"
        with other.open_snapshot() as snapshot:
            assert snapshot.upload_sessions.live(SAMPLE, ONE, Purpose.RELEASE) is None
            assert snapshot.upload_sessions.holding("a.whl") is None
            assert snapshot.upload_sessions.expired(session.expires + MOMENT, 10) == []
            with pytest.raises(UploadSessionNotFound):
                snapshot.upload_sessions.get(session.id)
        _add(other, replace(session, id=UploadSessionId("two")))
        with other.open_unit_of_work(OPERATOR) as uow:
            uow.upload_sessions.delete(session.id)
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert snapshot.upload_sessions.get(session.id) == session

    def test_a_release_has_one_live_session_for_each_purpose(self, index: IndexPorts) -> None:
        both = _session("both", files=("a.whl", DOCUMENTATION_ZIP))
        alone = _session("alone", files=(DOCUMENTATION_ZIP,))
        _add(index, both)
        _add(index, alone)

        with pytest.raises(ConcurrentChange):
            _add(index, replace(alone, id=UploadSessionId("another")))

        with index.open_snapshot() as snapshot:
            sessions = snapshot.upload_sessions
            assert sessions.live(SAMPLE, ONE, Purpose.RELEASE) == both
            assert sessions.live(SAMPLE, ONE, Purpose.DOCUMENTATION) == alone

    def test_a_release_has_one_live_session(self, index: IndexPorts) -> None:
        _add(index, _session("one"))

        with pytest.raises(ConcurrentChange):
            _add(index, replace(_session("two"), version=Version("1"), project=DisplayName("Sample")))

        _add(index, replace(_session("three"), version=Version("1.0.post1")))
        _add(index, replace(_session("four"), project=DisplayName("other")))
        with index.open_snapshot() as snapshot:
            found = snapshot.upload_sessions.live(SAMPLE, Version("1.0.0"), Purpose.RELEASE)
            assert found is not None
            assert found.id == "one"

    @pytest.mark.parametrize("end", [SessionState.PUBLISHED, SessionState.CANCELLED])
    def test_a_finished_session_makes_room_and_is_found_by_name(
        self, index: IndexPorts, end: SessionState
    ) -> None:
        session = _session("one")
        _add(index, session)
        finished = replace(session, state=end, expires=session.expires + WEEK, warnings=("so what",))
        _update(index, finished, SessionState.OPEN)
        _add(index, _session("two"))

        with index.open_snapshot() as snapshot:
            assert snapshot.upload_sessions.get(session.id) == finished
            live = snapshot.upload_sessions.live(SAMPLE, ONE, Purpose.RELEASE)
            assert live is not None
            assert live.id == "two"

    def test_a_completed_session_is_live(self, index: IndexPorts) -> None:
        session = _session("one")
        _add(index, session)
        _update(index, replace(session, state=SessionState.COMPLETED), SessionState.OPEN)

        with index.open_snapshot() as snapshot:
            assert snapshot.upload_sessions.live(SAMPLE, ONE, Purpose.RELEASE) is not None
        with pytest.raises(ConcurrentChange):
            _add(index, _session("two"))

    def test_a_session_is_updated_only_from_its_known_state(self, index: IndexPorts) -> None:
        session = _session("one")
        _add(index, session)
        _update(index, replace(session, state=SessionState.CANCELLED), SessionState.OPEN)

        for lost in (session, _session("two")):
            with pytest.raises(ConcurrentChange):
                _update(index, replace(lost, state=SessionState.PUBLISHED), SessionState.OPEN)

        with index.open_snapshot() as snapshot:
            assert snapshot.upload_sessions.get(session.id).state is SessionState.CANCELLED

    def test_changing_a_session_leaves_its_files(self, index: IndexPorts) -> None:
        session = _session("one", files=("a.whl", "b.whl"))
        _add(index, session)
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.upload_sessions.update_file(session.id, replace(session.files[0], identifier="1" * 32))
            uow.upload_sessions.update_file(session.id, replace(session.files[1], identifier="0" * 32))
            uow.commit()
        _update(index, replace(session, problems=(Problem("", "none"),)), SessionState.OPEN)

        with index.open_snapshot() as snapshot:
            stored = snapshot.upload_sessions.get(session.id)
        assert [each.identifier for each in stored.files] == ["1" * 32, "0" * 32]
        assert [each.digests for each in stored.files] == [None, None]
        assert stored.problems == (Problem("", "none"),)

    def test_a_file_arrives_and_begins_again(self, index: IndexPorts) -> None:
        digests = digests_of(b"bytes")
        file = SessionFile(filename="a.whl", size=5, sha256=digests.sha256)
        session = replace(_session("one"), files=(file,))
        _add(index, session)
        for changed in (replace(file, identifier="0" * 32, digests=digests), file):
            with index.open_unit_of_work(OPERATOR) as uow:
                uow.upload_sessions.update_file(session.id, changed)
                uow.upload_sessions.update_file(UploadSessionId("two"), changed)
                uow.commit()

            with index.open_snapshot() as snapshot:
                assert snapshot.upload_sessions.get(session.id).files == (changed,)

    def test_the_newest_live_session_with_a_file_is_found(self, index: IndexPorts) -> None:
        first = _session("one", files=("a.whl", "b.whl"))
        later = replace(
            _session("two", files=("a.whl",)), version=Version("2"), created=first.created + MOMENT
        )
        ended = replace(
            _session("three", files=("a.whl",)), version=Version("3"), created=first.created + 2 * MOMENT
        )
        for each in (later, first, ended):
            _add(index, each)
        _update(index, replace(ended, state=SessionState.CANCELLED), SessionState.OPEN)

        with index.open_snapshot() as snapshot:
            sessions = snapshot.upload_sessions
            assert (sessions.holding("a.whl"), sessions.holding("b.whl")) == (later, first)
            assert sessions.holding("c.whl") is None

    def test_the_live_sessions_of_an_account_are_counted(
        self, index: IndexPorts, database: Database, clock: FixedClock
    ) -> None:
        ann, ben = add_account(database, clock, "ann").id, add_account(database, clock, "ben").id
        sessions = [
            replace(_session(name), version=Version(name), account_id=ann) for name in ("1", "2", "3")
        ]
        for each in sessions:
            _add(index, each)
        _add(index, replace(_session("of nobody"), project=DisplayName("other")))
        _update(index, replace(sessions[0], state=SessionState.CANCELLED), SessionState.OPEN)

        with index.open_snapshot() as snapshot:
            counted = [snapshot.upload_sessions.count_live(each) for each in (ann, ben, AccountId(999))]
        assert counted == [2, 0, 0]

    def test_expired_sessions_are_found_oldest_first_and_deleted_with_their_files(
        self, index: IndexPorts
    ) -> None:
        now = _session("").expires
        for number, state in enumerate([SessionState.OPEN, SessionState.CANCELLED, SessionState.OPEN]):
            session = replace(
                _session(f"s{number}"), version=Version(str(number)), expires=now - number * MOMENT
            )
            _add(index, session)
            if not state.is_live:
                _update(index, replace(session, state=state), SessionState.OPEN)

        with index.open_snapshot() as snapshot:
            sessions = snapshot.upload_sessions
            assert [each.id for each in sessions.expired(now, 10)] == ["s2", "s1"]
            assert [each.id for each in sessions.expired(now, 1)] == ["s2"]
        with index.open_unit_of_work(OPERATOR) as uow:
            for each in uow.upload_sessions.expired(now, 10):
                uow.upload_sessions.delete(each.id)
            uow.upload_sessions.delete(UploadSessionId("unknown"))
            uow.commit()
        with index.open_snapshot() as snapshot:
            assert [each.id for each in snapshot.upload_sessions.expired(now + MOMENT, 10)] == ["s0"]
            found = snapshot.upload_sessions.holding("a.whl")
            assert found is not None
            assert found.id == "s0"
        _add(index, replace(_session("s2"), version=Version("2")))

    def test_sessions_go_with_their_project(self, index: IndexPorts, database: Database) -> None:
        other = add_index(database, SECOND)
        for each in (index, other):
            create_project(each, "sample")
        _add(index, _session("one"))
        _add(index, replace(_session("two"), project=DisplayName("others")))
        _add(other, _session("three"))
        with index.open_unit_of_work(OPERATOR) as uow:
            uow.projects.delete(uow.projects.get(SAMPLE))
            uow.commit()

        with index.open_snapshot() as snapshot:
            sessions = snapshot.upload_sessions
            assert sessions.live(SAMPLE, ONE, Purpose.RELEASE) is None
            assert sessions.live(NormalizedName("others"), ONE, Purpose.RELEASE) is not None
        with other.open_snapshot() as snapshot:
            assert snapshot.upload_sessions.live(SAMPLE, ONE, Purpose.RELEASE) is not None

    def test_staged_bytes_of_live_sessions_are_listed(self, index: IndexPorts, database: Database) -> None:
        other = add_index(database, SECOND)
        for number, (where, state) in enumerate(
            [
                (index, SessionState.OPEN),
                (other, SessionState.COMPLETED),
                (index, SessionState.PUBLISHED),
                (index, SessionState.CANCELLED),
            ]
        ):
            session = replace(_session(f"s{number}"), version=Version(str(number)))
            _add(where, session)
            with where.open_unit_of_work(OPERATOR) as uow:
                uow.upload_sessions.update_file(session.id, replace(session.files[0], identifier=str(number)))
                uow.commit()
            _update(where, replace(session, state=state), SessionState.OPEN)

        with database.open_site_snapshot() as snapshot:
            asked = [str(number) for number in range(1500)]
            assert snapshot.references.staged_among(asked) == {"0", "1"}
            assert snapshot.references.staged_among(["1"]) == {"1"}
            assert snapshot.references.staged_among([]) == set()

    def test_changes_to_a_session_take_no_serial_and_are_audited(
        self, index: IndexPorts, database: Database
    ) -> None:
        create_project(index, "sample")
        generation, waiting = database.change_signal.generation(), database.outbox.waiting()
        actor = Actor(username="ann", proof=Proof.TOKEN)
        with index.open_unit_of_work(actor) as uow:
            uow.upload_sessions.add(_session("one"))
            uow.record_event(
                UploadBegun(
                    project=DisplayName("Sample"), version=ONE, session=UploadSessionId("one"), files=1
                )
            )
            assert uow.commit() == 1

        with index.open_snapshot() as snapshot:
            assert snapshot.journal.last_serial() == 1
            assert snapshot.projects.get(SAMPLE).serial == 1
        assert database.change_signal.generation() == generation
        assert database.outbox.waiting() == waiting
        (entry,) = database.audit_log.page(AuditFilter(username="ann"), None, 10)
        assert (entry.entry.action, entry.entry.index) == ("upload-begun", FIRST)
        assert (entry.entry.project, entry.entry.version) == ("sample", "1.0")
        assert entry.entry.detail == '{"files":1,"session":"one"}'


def _session(name: str, files: tuple[str, ...] = ("a.whl",)) -> UploadSession:
    now = FixedClock().now()
    return UploadSession(
        id=UploadSessionId(name),
        project=DisplayName("sample"),
        version=ONE,
        account_id=None,
        created=now,
        expires=now + WEEK,
        files=tuple(SessionFile(filename=each, size=5, sha256="5a" * 32) for each in files),
    )


def _add(index: IndexPorts, session: UploadSession) -> None:
    with index.open_unit_of_work(OPERATOR) as uow:
        uow.upload_sessions.add(session)
        uow.commit()


def _update(index: IndexPorts, session: UploadSession, before: SessionState) -> None:
    with index.open_unit_of_work(OPERATOR) as uow:
        uow.upload_sessions.update(session, before)
        uow.commit()
