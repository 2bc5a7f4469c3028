"""Upload sessions: the files of a release arrive in pieces and become visible all at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel, truncate, without_member
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor, Role, TokenScope
from pypi_core.domain.audit import AuditFilter
from pypi_core.domain.blob_keys import distribution_key, documentation_key
from pypi_core.domain.documentation import LARGEST_ARCHIVE
from pypi_core.domain.entities import ProjectStatus, Serial, Status
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, NewProjects, Reading
from pypi_core.domain.metadata.bounds import LARGEST_METADATA
from pypi_core.domain.names import NormalizedName, parse_display_name
from pypi_core.domain.rate_limits import RateLimit, RateLimits
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.upload_sessions import (
    DOCUMENTATION_ZIP,
    MOST_FILES,
    MOST_LIVE,
    DeclaredFile,
    SessionState,
    UploadSessionId,
)
from pypi_core.domain.versions import parse_version
from pypi_core.errors import (
    DigestMismatch,
    FileAlreadyExists,
    FilenamePreviouslyUsed,
    FileNotFound,
    FileTooLarge,
    Forbidden,
    Invalid,
    InvalidArchive,
    InvalidDocumentation,
    InvalidFilename,
    InvalidForm,
    InvalidMetadata,
    LongerThanDeclared,
    NotAllowed,
    PackageIndexError,
    ProjectNotFound,
    ProjectTooLarge,
    RegistrationClosed,
    ReleaseClosed,
    SecondSdist,
    StagedContentNotFound,
    TooMany,
    TooManyUploadSessions,
    Unauthenticated,
    UploadIncomplete,
    UploadSessionClosed,
    UploadSessionExists,
    UploadSessionNotFound,
    WrongOffset,
)
from pypi_core.use_cases.publishing.session_files import UploadOverview
from pypi_core.use_cases.reading.files import FileState

SAMPLE = NormalizedName("sample")
ONE = parse_version("1.0")
WHEEL = build_wheel("sample", "1.0")
SDIST = build_sdist("sample", "1.0")
DAY = timedelta(days=1)


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


@pytest.fixture
def alice(memory: InMemorySite) -> Actor:
    return memory.actor("alice")


@pytest.fixture
def bob(memory: InMemorySite) -> Actor:
    return memory.actor("bob")


def declared(*files: BuiltDistribution) -> list[DeclaredFile]:
    return [
        DeclaredFile(filename=each.filename, size=len(each.content), sha256=each.sha256) for each in files
    ]


def begin(
    memory: InMemorySite, actor: Actor, *files: BuiltDistribution, name: str = "sample", version: str = "1.0"
) -> UploadSessionId:
    overview = memory.index.begin_upload(
        actor, parse_display_name(name), parse_version(version), declared(*(files or (WHEEL, SDIST)))
    )
    return overview.session.id


def send(
    memory: InMemorySite,
    actor: Actor,
    session: UploadSessionId,
    filename: str,
    content: bytes,
    offset: int = 0,
) -> int:
    reception = memory.index.receive_bytes(actor, session, filename, offset)
    reception.append(content)
    return reception.close()


def with_module(build: Callable[..., BuiltDistribution], name: str) -> BuiltDistribution:
    return build("sample", "1.0", metadata_version="2.5", extra_metadata=[("Import-Name", name)])


def send_all(memory: InMemorySite, actor: Actor, session: UploadSessionId, *files: BuiltDistribution) -> None:
    for each in files or (WHEEL, SDIST):
        send(memory, actor, session, each.filename, each.content)


def filenames(memory: InMemorySite) -> list[str]:
    try:
        return [each.filename for each in memory.index.projects.read(OPERATOR, SAMPLE).files]
    except ProjectNotFound:
        return []


def actions(memory: InMemorySite) -> list[str]:
    return [each.action for each in memory.index.journal.since(OPERATOR, Serial(0))]


def audited(memory: InMemorySite) -> list[str]:
    page = memory.database.audit_log.page(AuditFilter(index=DEFAULT_INDEX), None, 100)
    return [each.entry.action for each in reversed(page)]


def staged_count(memory: InMemorySite) -> int:
    """Count what lies in the staging area, by taking it away."""
    return memory.staging.sweep(memory.clock.now().replace(year=9000))


def configure(memory: InMemorySite, **settings: object) -> None:
    memory.site.configure_index(OPERATOR, DEFAULT_INDEX, replace(IndexSettings(), **settings))


class TestBeginning:
    def test_reports_which_files_are_awaited(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)

        overview = memory.index.uploads.read(alice, session)

        assert overview.session.state is SessionState.OPEN
        assert overview.session.expires == memory.clock.now() + 7 * DAY
        assert overview.received == {WHEEL.filename: 0, SDIST.filename: 0}

    def test_shows_nothing_to_readers(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send_all(memory, alice, session)
        memory.index.complete_upload(alice, session)

        assert filenames(memory) == []
        assert actions(memory) == []

    def test_gives_sessions_unguessable_ids(self, memory: InMemorySite, alice: Actor) -> None:
        names = [
            begin(memory, alice, build_wheel("sample", version), version=version) for version in ("1", "2")
        ]

        assert len({*names}) == 2
        assert all(len(each) == 32 for each in names)

    def test_leaves_expiry_to_the_index(self, memory: InMemorySite, alice: Actor) -> None:
        configure(memory, upload_session_days=2)

        session = begin(memory, alice)

        assert memory.index.uploads.read(alice, session).session.expires == memory.clock.now() + 2 * DAY

    @pytest.mark.parametrize(
        ("files", "error", "fields"),
        [
            ([], InvalidForm, ["files"]),
            (declared(*[WHEEL] * (MOST_FILES + 1)), InvalidForm, ["files"]),
            (declared(WHEEL, WHEEL), InvalidForm, [WHEEL.filename]),
            ([DeclaredFile(filename="a.whl", size=0, sha256="x")], InvalidForm, ["a.whl", "a.whl"]),
            ([DeclaredFile(filename="a.whl", size=1, sha256="A" * 64)], InvalidForm, ["a.whl"]),
            ([DeclaredFile(filename="../a.whl", size=1, sha256="0" * 64)], InvalidFilename, ["../a.whl"]),
            ([DeclaredFile(filename="a.exe", size=1, sha256="0" * 64)], InvalidFilename, ["a.exe"]),
            (declared(build_wheel("other", "1.0")), InvalidFilename, ["other-1.0-py3-none-any.whl"]),
            (declared(build_wheel("sample", "2.0")), InvalidFilename, ["sample-2.0-py3-none-any.whl"]),
            (
                declared(build_wheel("sample", "1.0", tag="py3-none-solaris")),
                InvalidFilename,
                ["sample-1.0-py3-none-solaris.whl"],
            ),
            (declared(SDIST, replace(SDIST, filename="sample-1.0.0.tar.gz")), SecondSdist, None),
        ],
        ids=lambda each: None,
    )
    def test_refuses_a_release_that_cannot_be_published(
        self,
        memory: InMemorySite,
        alice: Actor,
        files: Sequence[DeclaredFile],
        error: type[Invalid],
        fields: Sequence[str] | None,
    ) -> None:
        with pytest.raises(error) as caught:
            memory.index.begin_upload(alice, parse_display_name("sample"), parse_version("1.0"), files)

        assert fields is None or [each.field for each in caught.value.problems] == fields

    def test_takes_any_spelling_of_name_and_version(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice, WHEEL, name="Sample", version="1")
        send_all(memory, alice, session, WHEEL)
        memory.index.publish_release(alice, session)

        assert filenames(memory) == [WHEEL.filename]

    @pytest.mark.parametrize(
        ("settings", "error"),
        [
            ({"largest_file": 10}, FileTooLarge),
            ({"largest_project": 10}, ProjectTooLarge),
            ({"new_projects": NewProjects.ADMINISTRATORS}, RegistrationClosed),
            ({"rules": UploadRules(prohibited_names=frozenset({SAMPLE}))}, Invalid),
        ],
        ids=["file", "project", "closed", "prohibited"],
    )
    def test_refuses_files_that_break_the_rules_of_the_index(
        self,
        memory: InMemorySite,
        alice: Actor,
        settings: dict[str, object],
        error: type[PackageIndexError],
    ) -> None:
        configure(memory, **settings)

        with pytest.raises(error):
            begin(memory, alice)

    def test_refuses_names_that_were_used(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, WHEEL)
        with pytest.raises(FileAlreadyExists):
            begin(memory, alice, replace(WHEEL, content=b"other"))
        memory.index.delete_file(alice, SAMPLE, WHEEL.filename)
        with pytest.raises(FilenamePreviouslyUsed):
            begin(memory, alice, WHEEL)

    def test_refuses_a_second_sdist(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, SDIST)

        with pytest.raises(SecondSdist):
            begin(memory, alice, replace(SDIST, filename="sample-1.0.0.tar.gz"))

    def test_refuses_a_release_that_is_closed(self, memory: InMemorySite, alice: Actor) -> None:
        configure(memory, rules=UploadRules(release_open_days=1))
        memory.publish(alice, SDIST)
        memory.clock.advance(2 * DAY)

        with pytest.raises(ReleaseClosed):
            begin(memory, alice, WHEEL)

    def test_refuses_a_caller_who_may_not_upload(
        self, memory: InMemorySite, alice: Actor, bob: Actor
    ) -> None:
        with pytest.raises(Unauthenticated):
            begin(memory, ANONYMOUS)
        with pytest.raises(NotAllowed):
            begin(memory, replace(alice, scope=TokenScope(projects=frozenset({NormalizedName("other")}))))
        memory.publish(alice, WHEEL)
        with pytest.raises(NotAllowed):
            begin(memory, bob, SDIST)

    def test_hides_a_private_index(self, memory: InMemorySite) -> None:
        configure(memory, reading=Reading.PRIVATE)

        with pytest.raises(Unauthenticated):
            begin(memory, ANONYMOUS)

    def test_refuses_more_sessions_than_an_account_may_have(
        self, memory: InMemorySite, alice: Actor, bob: Actor
    ) -> None:
        sessions = [
            begin(memory, alice, build_wheel("sample", f"{number}.0"), version=f"{number}.0")
            for number in range(MOST_LIVE)
        ]

        with pytest.raises(TooManyUploadSessions):
            begin(memory, alice, build_wheel("other", "1.0"), name="other")

        begin(memory, bob, build_wheel("other", "1.0"), name="other")
        memory.index.cancel_upload(alice, sessions[0])
        begin(memory, alice, build_wheel("third", "1.0"), name="third")

    def test_counts_with_the_uploads_of_an_account(self) -> None:
        limit = RateLimit(name="uploads", quota=2, window=3600, refusal="wait {wait}")
        memory = InMemorySite(limits=RateLimits(uploads=limit))
        alice = memory.actor("alice")
        session = begin(memory, alice)
        send_all(memory, alice, session)
        memory.index.publish_release(alice, session)

        with pytest.raises(TooMany):
            begin(memory, alice, build_wheel("other", "1.0"), name="other")


class TestTwoSessionsOfOneRelease:
    def test_conflict(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice, WHEEL)

        with pytest.raises(UploadSessionExists) as caught:
            begin(memory, alice, SDIST, version="1.0.0")

        assert caught.value.session == session

    def test_do_not_reveal_the_first_opener_to_another_account(
        self, memory: InMemorySite, alice: Actor, bob: Actor
    ) -> None:
        session = begin(memory, alice)

        with pytest.raises(UploadSessionExists) as caught:
            begin(memory, bob)

        assert caught.value.session is None
        assert session not in str(caught.value)

    def test_are_reported_to_a_maintainer(self, memory: InMemorySite, alice: Actor, bob: Actor) -> None:
        memory.index.create_project(alice, parse_display_name("sample"))
        memory.index.grant_role(alice, SAMPLE, "bob", Role.MAINTAINER)
        session = begin(memory, alice)

        with pytest.raises(UploadSessionExists) as caught:
            begin(memory, bob)

        assert caught.value.session == session

    @pytest.mark.parametrize("ended", ["published", "cancelled", "expired"])
    def test_are_one_after_the_other(self, memory: InMemorySite, alice: Actor, ended: str) -> None:
        first = begin(memory, alice, WHEEL)
        send_all(memory, alice, first, WHEEL)
        if ended == "published":
            memory.index.publish_release(alice, first)
        elif ended == "cancelled":
            memory.index.cancel_upload(alice, first)
        else:
            memory.clock.advance(7 * DAY)

        second = begin(memory, alice, SDIST)

        send_all(memory, alice, second, SDIST)
        memory.index.publish_release(alice, second)
        assert SDIST.filename in filenames(memory)
        assert staged_count(memory) == 0

    def test_do_not_conflict_on_two_indexes(self, memory: InMemorySite, alice: Actor) -> None:
        begin(memory, alice)

        other = memory.site.index(TEST_INDEX).begin_upload(
            alice, parse_display_name("sample"), parse_version("1.0"), declared(WHEEL)
        )

        with pytest.raises(UploadSessionNotFound):
            memory.index.uploads.read(alice, other.session.id)


class TestReceiving:
    def test_goes_on_where_it_broke_off(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice, WHEEL)
        for start in range(0, len(WHEEL.content), 100):
            reception = memory.index.receive_bytes(alice, session, WHEEL.filename, start)
            reception.append(WHEEL.content[start : start + 100])
            if start % 200:
                reception.close()

        offset = memory.index.receive_bytes.offset(alice, session, WHEEL.filename)
        assert offset == len(WHEEL.content)
        memory.index.publish_release(alice, session)
        assert filenames(memory) == [WHEEL.filename]

    @pytest.mark.parametrize("offset", [0, 99, 101, 10**12])
    def test_refuses_another_offset(self, memory: InMemorySite, alice: Actor, offset: int) -> None:
        session = begin(memory, alice, WHEEL)
        send(memory, alice, session, WHEEL.filename, WHEEL.content[:100])

        with pytest.raises(WrongOffset) as caught:
            memory.index.receive_bytes(alice, session, WHEEL.filename, offset)

        assert caught.value.offset == 100

    def test_refuses_more_than_was_declared(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice, WHEEL)

        with pytest.raises(LongerThanDeclared):
            send(memory, alice, session, WHEEL.filename, WHEEL.content + b"!")

        with pytest.raises(LongerThanDeclared):
            send(memory, alice, session, WHEEL.filename, b"!", len(WHEEL.content))
        # What was declared is there.
        memory.index.publish_release(alice, session)
        assert filenames(memory) == [WHEEL.filename]

    def test_takes_no_bytes_for_a_file_that_is_there(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice, WHEEL)
        send_all(memory, alice, session, WHEEL)

        assert send(memory, alice, session, WHEEL.filename, b"", len(WHEEL.content)) == len(WHEEL.content)

    def test_begins_again_after_other_bytes_than_declared(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice, WHEEL)

        with pytest.raises(DigestMismatch) as caught:
            send(memory, alice, session, WHEEL.filename, bytes(len(WHEEL.content)))

        assert [each.field for each in caught.value.problems] == [WHEEL.filename]
        assert memory.index.receive_bytes.offset(alice, session, WHEEL.filename) == 0
        send_all(memory, alice, session, WHEEL)
        memory.index.publish_release(alice, session)
        assert staged_count(memory) == 0

    def test_lets_the_later_of_two_senders_continue(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice, WHEEL)
        earlier = memory.index.receive_bytes(alice, session, WHEEL.filename, 0)
        earlier.append(WHEEL.content[:10])
        later = memory.index.receive_bytes(alice, session, WHEEL.filename, 10)

        with pytest.raises(WrongOffset) as caught:
            earlier.append(WHEEL.content[10:20])

        assert caught.value.offset == 10
        later.append(WHEEL.content[10:])
        assert later.close() == len(WHEEL.content)

    def test_refuses_files_that_were_not_declared(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice, WHEEL)

        with pytest.raises(FileNotFound):
            send(memory, alice, session, SDIST.filename, b"x")

    def test_begins_again_when_the_staging_area_lost_the_bytes(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        session = begin(memory, alice, WHEEL)
        send(memory, alice, session, WHEEL.filename, WHEEL.content[:100])
        assert staged_count(memory) == 1

        assert memory.index.receive_bytes.offset(alice, session, WHEEL.filename) == 0
        send_all(memory, alice, session, WHEEL)
        memory.index.publish_release(alice, session)
        assert filenames(memory) == [WHEEL.filename]

    @pytest.mark.parametrize("was_finished", [True, False])
    def test_notices_later_that_all_arrived(
        self, memory: InMemorySite, alice: Actor, was_finished: bool
    ) -> None:
        session = begin(memory, alice, WHEEL)
        reception = memory.index.receive_bytes(alice, session, WHEEL.filename, 0)
        reception.append(WHEEL.content)
        if was_finished:
            assert reception.arrival is not None
            reception.arrival.finish()
        # Here the server dies.

        memory.index.publish_release(alice, session)

        assert filenames(memory) == [WHEEL.filename]

    @pytest.mark.parametrize("state", ["published", "cancelled", "expired"])
    def test_is_refused_for_a_closed_session(self, memory: InMemorySite, alice: Actor, state: str) -> None:
        session = begin(memory, alice, WHEEL)
        if state == "published":
            send_all(memory, alice, session, WHEEL)
            memory.index.publish_release(alice, session)
        elif state == "cancelled":
            memory.index.cancel_upload(alice, session)
        else:
            memory.clock.advance(7 * DAY)

        with pytest.raises(UploadSessionClosed) as caught:
            send(memory, alice, session, WHEEL.filename, WHEEL.content)

        assert caught.value.state == state

    def test_is_refused_when_the_session_is_cancelled_meanwhile(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        session = begin(memory, alice, WHEEL)
        reception = memory.index.receive_bytes(alice, session, WHEEL.filename, 0)
        reception.append(WHEEL.content[:-1])
        memory.index.cancel_upload(alice, session)

        with pytest.raises(PackageIndexError):
            reception.append(WHEEL.content[-1:])
        assert staged_count(memory) == 0


class TestWhoMayUseASession:
    def calls(self, memory: InMemorySite, actor: Actor, session: UploadSessionId) -> list[object]:
        index = memory.index
        calls: list[Callable[[], object]] = [
            lambda: index.uploads.read(actor, session),
            lambda: index.receive_bytes(actor, session, WHEEL.filename, 0),
            lambda: index.receive_bytes.offset(actor, session, WHEEL.filename),
            lambda: index.complete_upload(actor, session),
            lambda: index.publish_release(actor, session),
            lambda: index.cancel_upload(actor, session),
        ]
        outcomes: list[object] = []
        for call in calls:
            try:
                call()
                outcomes.append(None)
            except PackageIndexError as error:
                outcomes.append(type(error))
        return outcomes

    def test_an_anonymous_caller_may_not(self, memory: InMemorySite, alice: Actor) -> None:
        assert self.calls(memory, ANONYMOUS, begin(memory, alice)) == [Unauthenticated] * 6

    def test_another_account_may_not(self, memory: InMemorySite, alice: Actor, bob: Actor) -> None:
        assert self.calls(memory, bob, begin(memory, alice)) == [NotAllowed] * 6

    def test_a_token_of_narrower_scope_may_not(self, memory: InMemorySite, alice: Actor) -> None:
        narrow = replace(alice, scope=TokenScope(projects=frozenset({NormalizedName("other")})))

        assert self.calls(memory, narrow, begin(memory, alice)) == [NotAllowed] * 6

    def test_an_opener_who_lost_the_role_may_not(
        self, memory: InMemorySite, alice: Actor, bob: Actor
    ) -> None:
        memory.index.create_project(alice, parse_display_name("sample"))
        memory.index.grant_role(alice, SAMPLE, "bob", Role.MAINTAINER)
        session = begin(memory, bob)
        memory.index.revoke_role(alice, SAMPLE, "bob")

        assert self.calls(memory, bob, session) == [NotAllowed] * 6

    def test_the_opener_may_not_after_another_account_created_the_project(
        self, memory: InMemorySite, alice: Actor, bob: Actor
    ) -> None:
        session = begin(memory, alice)
        memory.index.create_project(bob, parse_display_name("sample"))

        assert self.calls(memory, alice, session) == [NotAllowed] * 6
        assert memory.index.cancel_upload(bob, session).session.state is SessionState.CANCELLED

    def test_an_owner_of_an_archived_project_may_not(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.create_project(alice, parse_display_name("sample"))
        session = begin(memory, alice)
        memory.index.set_project_status(alice, SAMPLE, ProjectStatus(Status.ARCHIVED))

        with pytest.raises(Forbidden):
            memory.index.publish_release(alice, session)

    def test_every_account_that_may_upload_may(self, memory: InMemorySite, alice: Actor, bob: Actor) -> None:
        memory.index.create_project(alice, parse_display_name("sample"))
        memory.index.grant_role(alice, SAMPLE, "bob", Role.MAINTAINER)
        session = begin(memory, alice)
        send_all(memory, bob, session)

        assert memory.index.publish_release(bob, session).session.state is SessionState.PUBLISHED

    def test_administrators_may(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)

        assert memory.index.cancel_upload(OPERATOR, session).session.state is SessionState.CANCELLED

    @pytest.mark.parametrize("name", ["", "0" * 32, "unknown"])
    def test_an_unknown_session_is_not_found(self, memory: InMemorySite, alice: Actor, name: str) -> None:
        assert self.calls(memory, alice, UploadSessionId(name)) == [UploadSessionNotFound] * 6


class TestCompleting:
    def test_checks_and_stays_invisible(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send_all(memory, alice, session)

        overview = memory.index.complete_upload(alice, session)

        assert overview.session.state is SessionState.COMPLETED
        assert overview == memory.index.complete_upload(alice, session)
        assert filenames(memory) == []

    def test_names_all_that_is_missing(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send(memory, alice, session, WHEEL.filename, WHEEL.content[:7])

        with pytest.raises(UploadIncomplete) as caught:
            memory.index.complete_upload(alice, session)

        assert [each.field for each in caught.value.problems] == [WHEEL.filename, SDIST.filename]
        assert caught.value.problems[0].message.startswith(f"7 of the {len(WHEEL.content)} bytes")

    def test_names_the_file_that_has_other_modules_than_those_before_it(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        wheel, sdist = with_module(build_wheel, "sample"), with_module(build_sdist, "other")
        session = begin(memory, alice, wheel, sdist)
        send_all(memory, alice, session, wheel, sdist)

        with pytest.raises(Invalid, match="have the same modules") as caught:
            memory.index.complete_upload(alice, session)

        assert [each.field for each in caught.value.problems] == [sdist.filename]
        assert memory.index.uploads.read(alice, session).session.state is SessionState.OPEN

    def test_names_a_file_that_has_other_modules_than_those_there(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        wheel, sdist = with_module(build_wheel, "sample"), with_module(build_sdist, "other")
        memory.publish(alice, wheel)
        session = begin(memory, alice, wheel, sdist)
        send_all(memory, alice, session, wheel, sdist)

        with pytest.raises(Invalid, match="have Import-Name sample, not Import-Name other") as caught:
            memory.index.complete_upload(alice, session)

        assert [each.field for each in caught.value.problems] == [sdist.filename]

    def test_names_all_problems_of_all_files(self, memory: InMemorySite, alice: Actor) -> None:
        broken = replace(WHEEL, content=without_member(WHEEL.content, "sample-1.0.dist-info/WHEEL"))
        cut = replace(SDIST, content=truncate(SDIST.content, 200))
        session = begin(memory, alice, broken, cut)
        send_all(memory, alice, session, broken, cut)

        with pytest.raises(InvalidArchive) as caught:
            memory.index.complete_upload(alice, session)

        fields = [each.field for each in caught.value.problems]
        assert {*fields} == {broken.filename, cut.filename}
        overview = memory.index.uploads.read(alice, session)
        assert overview.session.state is SessionState.OPEN
        assert overview.session.problems == caught.value.problems
        assert filenames(memory) == []

    def test_checks_the_release_against_the_metadata(self, memory: InMemorySite, alice: Actor) -> None:
        lying = replace(build_wheel("sample", "2.0"), filename=WHEEL.filename)
        session = begin(memory, alice, lying)
        send_all(memory, alice, session, lying)

        with pytest.raises(Invalid) as caught:
            memory.index.complete_upload(alice, session)

        assert [each.field for each in caught.value.problems][:1] == [WHEEL.filename]

    def test_forgets_problems_that_were_solved(self, memory: InMemorySite, alice: Actor) -> None:
        private = build_wheel("sample", "1.0", extra_metadata=[("Classifier", "Private :: Ours")])
        session = begin(memory, alice, private)
        send_all(memory, alice, session, private)
        with pytest.raises(InvalidMetadata):
            memory.index.complete_upload(alice, session)
        configure(memory, rules=UploadRules(allow_private_classifiers=True, allow_unknown_classifiers=True))

        assert memory.index.complete_upload(alice, session).session.problems == ()


class TestPublishing:
    def test_shows_all_files_at_once(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send_all(memory, alice, session)

        overview = memory.index.publish_release(alice, session)

        assert overview.session.state is SessionState.PUBLISHED
        assert filenames(memory) == [WHEEL.filename, SDIST.filename]
        assert actions(memory) == [
            "create",
            "add Owner alice",
            "new release",
            f"add py3 file {WHEEL.filename}",
            f"add source file {SDIST.filename}",
        ]
        assert staged_count(memory) == 0

    def test_is_in_the_audit_log_and_begins_there(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send_all(memory, alice, session)
        memory.index.publish_release(alice, session)

        assert audited(memory) == [
            "index-created",
            "upload-begun",
            "project-created",
            "role-granted",
            "release-created",
            "file-published",
            "file-published",
            "upload-published",
        ]

    def test_can_be_repeated(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send_all(memory, alice, session)
        memory.index.complete_upload(alice, session)
        first = memory.index.publish_release(alice, session)

        assert memory.index.publish_release(alice, session) == first
        assert len(actions(memory)) == 5

    def test_publishes_nothing_if_one_file_is_bad(self, memory: InMemorySite, alice: Actor) -> None:
        cut = replace(SDIST, content=truncate(SDIST.content, 200))
        session = begin(memory, alice, WHEEL, cut)
        send_all(memory, alice, session, WHEEL, cut)

        with pytest.raises(InvalidArchive):
            memory.index.publish_release(alice, session)

        assert filenames(memory) == []

    def test_publishes_nothing_if_files_name_different_modules(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        wheel, sdist = with_module(build_wheel, "sample"), with_module(build_sdist, "other")
        session = begin(memory, alice, wheel, sdist)
        send_all(memory, alice, session, wheel, sdist)

        with pytest.raises(Invalid, match="have the same modules"):
            memory.index.publish_release(alice, session)

        assert filenames(memory) == []

    def test_refuses_a_file_published_by_another_meanwhile(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send_all(memory, alice, session)
        other = build_wheel("sample", "1.0", summary="Another")
        memory.publish(alice, other)

        with pytest.raises(FileAlreadyExists):
            memory.index.publish_release(alice, session)

        assert filenames(memory) == [WHEEL.filename]
        assert memory.index.uploads.read(alice, session).session.state is SessionState.OPEN

    def test_leaves_published_files_alone(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, WHEEL)
        session = begin(memory, alice)
        send_all(memory, alice, session)

        memory.index.publish_release(alice, session)

        assert filenames(memory) == [WHEEL.filename, SDIST.filename]
        assert actions(memory).count(f"add py3 file {WHEEL.filename}") == 1

    def test_takes_the_release_description_from_the_first_file(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        first = build_wheel("sample", "1.0", description="The first.")
        second = build_sdist("sample", "1.0", description="The second.")
        session = begin(memory, alice, first, second)
        send_all(memory, alice, session, second, first)
        memory.index.publish_release(alice, session)

        overview = memory.index.projects.read(OPERATOR, SAMPLE)

        assert overview.metadata is not None
        assert overview.metadata.description.strip() == "The first."
        assert len(overview.metadata.description) < LARGEST_METADATA

    def test_finds_bytes_that_were_stored_before_a_crash(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send_all(memory, alice, session)
        for file in memory.index.uploads.read(alice, session).session.files:
            assert file.digests is not None
            assert file.identifier is not None
            staged = memory.staging.recover(file.identifier)
            memory.staging.adopt(staged, distribution_key(file.digests))
        stored = memory.clock.now()
        memory.clock.advance(6 * DAY)

        memory.index.publish_release(alice, session)

        assert filenames(memory) == [WHEEL.filename, SDIST.filename]
        assert all(each.last_put > stored for each in memory.blobs.all())
        assert staged_count(memory) == 0

    def test_asks_again_for_bytes_that_were_lost(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice, WHEEL)
        send_all(memory, alice, session, WHEEL)
        assert staged_count(memory) == 1

        with pytest.raises(UploadIncomplete):
            memory.index.publish_release(alice, session)

        assert memory.index.receive_bytes.offset(alice, session, WHEEL.filename) == 0
        send_all(memory, alice, session, WHEEL)
        memory.index.publish_release(alice, session)

    def test_warns_as_an_upload_does(self, memory: InMemorySite, alice: Actor) -> None:
        wheel = build_wheel("sample", "1.0", tag="py3.py2-none-any")
        session = begin(memory, alice, wheel)
        send_all(memory, alice, session, wheel)

        (warning,) = memory.index.publish_release(alice, session).session.warnings

        assert warning.startswith(f"{wheel.filename}: ")

    def test_makes_the_project_findable(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send_all(memory, alice, session)
        assert memory.work() == 0
        memory.index.publish_release(alice, session)

        assert memory.work() > 0


class TestDocumentationOfARelease:
    """A session of distributions and the ZIP of their documentation."""

    ARCHIVE = build_documentation({"guide.html": "Guide"}, index="Hello")

    def begin(self, memory: InMemorySite, actor: Actor, archive: bytes = ARCHIVE) -> UploadSessionId:
        sha256 = hashlib.sha256(archive).hexdigest()
        documentation = DeclaredFile(filename=DOCUMENTATION_ZIP, size=len(archive), sha256=sha256)
        begin = memory.index.begin_upload
        files = declared(WHEEL, SDIST)
        return begin(actor, parse_display_name("sample"), ONE, files, documentation).session.id

    def test_is_visible_at_once_with_the_files(self, memory: InMemorySite, alice: Actor) -> None:
        session = self.begin(memory, alice)
        send_all(memory, alice, session)
        send(memory, alice, session, DOCUMENTATION_ZIP, self.ARCHIVE)
        memory.index.complete_upload(alice, session)
        memory.work()
        assert filenames(memory) == []

        memory.index.publish_release(alice, session)

        assert filenames(memory) == [WHEEL.filename, SDIST.filename]
        assert actions(memory)[-2:] == [f"add source file {SDIST.filename}", "docupdate"]
        [shown] = memory.index.documentation.of_project(ANONYMOUS, SAMPLE).sets
        assert (str(shown.version), shown.size) == ("1.0", len(self.ARCHIVE))
        memory.work()
        opened = memory.index.documentation.page(ANONYMOUS, SAMPLE, ONE, "guide.html")
        with opened.open() as content:
            assert content.read() == b"Guide"
        assert staged_count(memory) == 0

    def test_is_awaited_by_name(self, memory: InMemorySite, alice: Actor) -> None:
        session = self.begin(memory, alice)
        send_all(memory, alice, session)

        for call in (memory.index.complete_upload, memory.index.publish_release):
            with pytest.raises(UploadIncomplete) as caught:
                call(alice, session)
            assert [each.field for each in caught.value.problems] == [DOCUMENTATION_ZIP]
        assert filenames(memory) == []

    def test_that_breaks_rules_publishes_nothing(self, memory: InMemorySite, alice: Actor) -> None:
        broken = build_documentation({"../x": "x", "a\\b": "x"})
        session = self.begin(memory, alice, broken)
        send_all(memory, alice, session)
        send(memory, alice, session, DOCUMENTATION_ZIP, broken)

        with pytest.raises(InvalidDocumentation) as caught:
            memory.index.publish_release(alice, session)

        assert [each.field for each in caught.value.problems] == [DOCUMENTATION_ZIP] * 2
        assert filenames(memory) == []
        assert memory.index.uploads.read(alice, session).session.state is SessionState.OPEN

    def test_is_reported_with_the_problems_of_all_files(self, memory: InMemorySite, alice: Actor) -> None:
        cut = replace(WHEEL, content=truncate(WHEEL.content, 100))
        begin = memory.index.begin_upload
        documentation = declared(replace(WHEEL, filename=DOCUMENTATION_ZIP, content=b"no ZIP"))[0]
        name = parse_display_name("sample")
        session = begin(alice, name, ONE, declared(cut, SDIST), documentation).session.id
        send_all(memory, alice, session, cut, SDIST)
        send(memory, alice, session, DOCUMENTATION_ZIP, b"no ZIP")

        with pytest.raises(InvalidArchive) as caught:
            memory.index.complete_upload(alice, session)

        assert {each.field for each in caught.value.problems} == {cut.filename, DOCUMENTATION_ZIP}

    def test_is_found_stored_after_a_crash(self, memory: InMemorySite, alice: Actor) -> None:
        session = self.begin(memory, alice)
        send_all(memory, alice, session)
        send(memory, alice, session, DOCUMENTATION_ZIP, self.ARCHIVE)
        file = memory.index.uploads.read(alice, session).session.files[-1]
        assert file.digests is not None
        assert file.identifier is not None
        memory.staging.adopt(
            memory.staging.recover(file.identifier), documentation_key(file.digests.blake2_256)
        )

        memory.index.publish_release(alice, session)
        memory.work()

        assert memory.index.documentation.of_project(ANONYMOUS, SAMPLE).aliases

    def test_frees_its_bytes_when_the_session_is_cancelled(self, memory: InMemorySite, alice: Actor) -> None:
        session = self.begin(memory, alice)
        send(memory, alice, session, DOCUMENTATION_ZIP, self.ARCHIVE)

        memory.index.cancel_upload(alice, session)

        assert staged_count(memory) == 0

    def test_too_large_is_refused_before_it_is_sent(self, memory: InMemorySite, alice: Actor) -> None:
        documentation = DeclaredFile(filename=DOCUMENTATION_ZIP, size=LARGEST_ARCHIVE + 1, sha256="0" * 64)
        with pytest.raises(FileTooLarge):
            memory.index.begin_upload(
                alice, parse_display_name("sample"), ONE, declared(WHEEL), documentation
            )

    def test_is_no_file_of_the_index(self, memory: InMemorySite, alice: Actor) -> None:
        self.begin(memory, alice)

        assert memory.index.files.explain(alice, DOCUMENTATION_ZIP).state is FileState.UNKNOWN
        with pytest.raises(InvalidFilename):
            begin(memory, alice, replace(WHEEL, filename=DOCUMENTATION_ZIP), name="other")


class TestCancelling:
    def test_frees_the_bytes(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send(memory, alice, session, WHEEL.filename, WHEEL.content)
        send(memory, alice, session, SDIST.filename, SDIST.content[:10])

        overview = memory.index.cancel_upload(alice, session)

        assert overview.session.state is SessionState.CANCELLED
        assert overview.received == {WHEEL.filename: 0, SDIST.filename: 0}
        assert staged_count(memory) == 0
        assert memory.index.cancel_upload(alice, session) == overview
        assert audited(memory)[-1] == "upload-cancelled"

    def test_is_refused_after_publishing(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send_all(memory, alice, session)
        memory.index.publish_release(alice, session)

        with pytest.raises(UploadSessionClosed):
            memory.index.cancel_upload(alice, session)

    def test_closes_the_session(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send_all(memory, alice, session)
        memory.index.cancel_upload(alice, session)

        for call in (memory.index.complete_upload, memory.index.publish_release):
            with pytest.raises(UploadSessionClosed):
                call(alice, session)


class TestSweeping:
    def test_frees_an_abandoned_session_with_its_bytes(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send(memory, alice, session, WHEEL.filename, WHEEL.content)
        send(memory, alice, session, SDIST.filename, SDIST.content[:10])
        memory.clock.advance(7 * DAY)
        assert memory.site.sweep_uploads() == 0
        memory.clock.advance()

        assert memory.site.sweep_uploads() == 1

        assert staged_count(memory) == 0
        with pytest.raises(UploadSessionNotFound):
            memory.index.uploads.read(alice, session)
        begin(memory, alice)

    def test_leaves_the_bytes_of_a_live_session(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send(memory, alice, session, WHEEL.filename, WHEEL.content)
        send(memory, alice, session, SDIST.filename, SDIST.content[:10])
        orphan = memory.staging.begin()
        memory.clock.advance(6 * DAY)

        assert memory.site.sweep_blobs().staged == 1

        with pytest.raises(StagedContentNotFound):
            orphan.append(b"x")
        send(memory, alice, session, SDIST.filename, SDIST.content[10:], 10)
        memory.index.publish_release(alice, session)
        assert filenames(memory) == [WHEEL.filename, SDIST.filename]

    def test_keeps_a_published_session_for_a_while(self, memory: InMemorySite, alice: Actor) -> None:
        session = begin(memory, alice)
        send_all(memory, alice, session)
        memory.clock.advance(6 * DAY)
        memory.index.publish_release(alice, session)
        memory.clock.advance(6 * DAY)
        assert memory.site.sweep_uploads() == 0
        assert memory.index.uploads.read(alice, session).session.state is SessionState.PUBLISHED
        memory.clock.advance(2 * DAY)

        assert memory.site.sweep_uploads() == 0

        with pytest.raises(UploadSessionNotFound):
            memory.index.uploads.read(alice, session)
        assert filenames(memory) == [WHEEL.filename, SDIST.filename]


def test_deleting_a_project_ends_its_sessions(memory: InMemorySite, alice: Actor) -> None:
    memory.index.create_project(alice, parse_display_name("sample"))
    session = begin(memory, alice)
    send_all(memory, alice, session)
    memory.index.delete_project(alice, SAMPLE)

    with pytest.raises(UploadSessionNotFound):
        memory.index.publish_release(alice, session)

    memory.clock.advance(2 * DAY)
    assert memory.site.sweep_blobs().staged == 2


def test_a_session_lists_its_files(memory: InMemorySite, alice: Actor) -> None:
    session = begin(memory, alice, WHEEL)

    with memory.database.index(DEFAULT_INDEX).open_snapshot() as snapshot:
        holding = snapshot.upload_sessions.holding(WHEEL.filename)
        assert holding is not None
        assert holding.id == session
        assert snapshot.upload_sessions.holding(SDIST.filename) is None


def test_a_session_does_not_move_the_change_signal(memory: InMemorySite, alice: Actor) -> None:
    before = memory.database.change_signal.generation()
    session = begin(memory, alice)
    send_all(memory, alice, session)
    overview: UploadOverview = memory.index.complete_upload(alice, session)

    assert overview.session.state is SessionState.COMPLETED
    assert memory.database.change_signal.generation() == before
    memory.index.publish_release(alice, session)
    assert memory.database.change_signal.generation() > before
