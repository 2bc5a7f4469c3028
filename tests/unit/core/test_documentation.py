"""Documentation of releases: what is accepted, when it is shown, and when it goes."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import zipfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from msgspec.structs import replace
from packaging.version import Version

from damage.damaged_zips import DAMAGES
from damage.malformed import damaged_bytes
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_contracts.documentation import HARMLESS, build_documentation
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor, Role
from pypi_core.domain.archives.documentation_zips import (
    LARGEST_UNPACKED,
    DocumentationArchive,
    check_documentation,
)
from pypi_core.domain.audit import AuditFilter
from pypi_core.domain.blob_keys import BlobKey, BlobKind, documentation_key, documentation_page_key
from pypi_core.domain.documentation import LARGEST_ARCHIVE, Alias, DocumentationState, meant_by
from pypi_core.domain.entities import ProjectId, ProjectStatus, Release, ReleaseId, Serial, Status, Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.rate_limits import RateLimit, RateLimits
from pypi_core.domain.reactions import ReactionKind
from pypi_core.domain.upload_sessions import DOCUMENTATION_ZIP, DeclaredFile, UploadSessionId
from pypi_core.errors import (
    DigestMismatch,
    DocumentationNotFound,
    FileTooLarge,
    Forbidden,
    InvalidDocumentation,
    InvalidForm,
    ProjectNotFound,
    ReleaseNotFound,
    TooMany,
    Unauthenticated,
    UploadIncomplete,
    UploadSessionClosed,
    UploadSessionNotFound,
)
from pypi_core.ports.blobs import BlobLocation, BlobStore, StoredBlob
from pypi_core.use_cases.documentation.unpack_documentation import UnpackDocumentation
from pypi_core.use_cases.upkeep.check_integrity import DamageKind
from pypi_memory.blobs import InMemoryBlobs

SAMPLE = NormalizedName("sample")
ONE = Version("1.0")
LONG_AGO = timedelta(days=2)


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


@pytest.fixture
def alice(memory: InMemorySite) -> Actor:
    """Return the owner of sample, of which there is 1.0."""
    alice = memory.actor("alice")
    memory.publish(alice, build_wheel("sample", "1.0"))
    memory.work()
    return alice


def page(memory: InMemorySite, path: str = "", version: Version | Alias = ONE) -> bytes:
    with memory.index.documentation.page(ANONYMOUS, SAMPLE, version, path).open() as content:
        return content.read()


def states(memory: InMemorySite) -> list[tuple[str, str]]:
    listed = memory.index.documentation.of_project(ANONYMOUS, SAMPLE)
    return [(str(each.version), each.state.value) for each in listed.sets]


def kinds(memory: InMemorySite) -> list[str]:
    return sorted({each.key.kind.value for each in memory.blobs.all()})


class TestPublishing:
    def test_shows_nothing_before_it_is_unpacked(self, memory: InMemorySite, alice: Actor) -> None:
        outcome = memory.document(alice, "sample", "1.0", build_documentation(index="Hello"))

        assert (outcome.created, outcome.documentation.state) == (True, DocumentationState.UNPACKING)
        assert states(memory) == [("1.0", "unpacking")]
        with pytest.raises(DocumentationNotFound):
            page(memory)

    def test_shows_every_page_once_it_is_unpacked(self, memory: InMemorySite, alice: Actor) -> None:
        large = random.Random(1).randbytes(3_000_000)
        pages: dict[str, bytes | str] = {
            "guide/index.html": "Guide",
            "big.bin": large,
            "empty.txt": "",
            "ä/é.css": "p {}",
        }
        memory.document(alice, "sample", "1.0", build_documentation(pages, index="Hello"))
        memory.work()

        assert states(memory) == [("1.0", "ready")]
        assert page(memory) == page(memory, "index.html") == b"<!DOCTYPE html><p>Hello</p>"
        assert page(memory, "guide/") == page(memory, "guide") == b"Guide"
        assert page(memory, "big.bin") == large
        assert page(memory, "empty.txt") == b""
        assert page(memory, "ä/é.css") == b"p {}"

    @pytest.mark.parametrize("path", ["nowhere.html", "guide.html", "../index.html", "index.html/", "."])
    def test_an_address_outside_the_documentation_is_not_found(
        self, memory: InMemorySite, alice: Actor, path: str
    ) -> None:
        memory.document(alice, "sample", "1.0", build_documentation())
        memory.work()

        with pytest.raises(DocumentationNotFound):
            page(memory, path)

    def test_leaves_out_files_with_a_dot_in_front(self, memory: InMemorySite, alice: Actor) -> None:
        hidden = {".buildinfo": "x", ".doctrees/index.doctree": "x", "a/.b/c.html": "x"}
        memory.document(alice, "sample", "1.0", build_documentation(hidden))
        memory.work()

        for path in hidden:
            with pytest.raises(DocumentationNotFound):
                page(memory, path)

    def test_returns_the_zip_to_the_byte(self, memory: InMemorySite, alice: Actor) -> None:
        archive = build_documentation({".buildinfo": "x"}, index="Hello")
        memory.document(alice, "sample", "1.0", archive)
        memory.work()

        served = memory.index.documentation.archive(ANONYMOUS, SAMPLE, Version("1"))
        with served.open() as content:
            assert content.read() == archive
        assert (served.size, served.version) == (len(archive), "1.0")

    def test_is_recorded_in_journal_and_audit_log(self, memory: InMemorySite, alice: Actor) -> None:
        before = memory.index.journal.last_serial(ANONYMOUS)
        memory.document(alice, "sample", "1.0", build_documentation())
        memory.work()

        [change] = memory.index.journal.since(ANONYMOUS, Serial(before))
        assert (change.project, change.version, change.action) == ("sample", "1.0", "docupdate")
        [kept] = memory.database.audit_log.page(AuditFilter(project=SAMPLE), None, 1)
        entry = kept.entry
        assert (entry.action, entry.username, entry.version) == ("documentation-uploaded", "alice", "1.0")

    def test_the_same_zip_again_changes_nothing(self, memory: InMemorySite, alice: Actor) -> None:
        archive = build_documentation()
        memory.document(alice, "sample", "1.0", archive)
        waiting = memory.document(alice, "sample", "1.0", archive)
        memory.work()
        serial = memory.index.journal.last_serial(ANONYMOUS)
        ready = memory.document(alice, "sample", "1.0", archive)

        assert (waiting.created, ready.created) == (False, False)
        assert waiting.documentation.state is DocumentationState.UNPACKING
        assert ready.documentation.state is DocumentationState.READY
        assert memory.index.journal.last_serial(ANONYMOUS) == serial
        assert memory.work() == 0

    def test_without_version_is_for_the_latest_release(self, memory: InMemorySite, alice: Actor) -> None:
        for version in ("1.5", "2.0rc1"):
            memory.publish(alice, build_wheel("sample", version))
        arrival = memory.staging.begin()
        arrival.append(build_documentation())

        outcome = memory.index.publish_documentation(alice, SAMPLE, None, arrival.finish())

        assert str(outcome.documentation.version) == "1.5"

    @pytest.mark.parametrize(
        ("name", "version", "error"),
        [("sample", "2.0", ReleaseNotFound), ("other", "1.0", ProjectNotFound)],
    )
    def test_needs_a_release(
        self, memory: InMemorySite, alice: Actor, name: str, version: str, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            memory.document(alice, name, version, build_documentation())
        assert kept_nothing(memory)

    def test_is_for_owners_and_maintainers(self, memory: InMemorySite, alice: Actor) -> None:
        bob = memory.actor("bob")
        with pytest.raises(Forbidden):
            memory.document(bob, "sample", "1.0", build_documentation())
        with pytest.raises(Unauthenticated):
            memory.document(ANONYMOUS, "sample", "1.0", build_documentation())
        memory.index.grant_role(alice, SAMPLE, "bob", Role.MAINTAINER)

        assert memory.document(bob, "sample", "1.0", build_documentation()).created

    def test_is_an_upload_to_a_limit(self) -> None:
        limit = RateLimit(name="uploads", quota=2, window=60, refusal="Wait {wait}.")
        memory = InMemorySite(limits=replace(RateLimits(), uploads=limit))
        alice = memory.actor("alice")
        memory.publish(alice, build_wheel("sample", "1.0"))
        outcome = memory.document(alice, "sample", "1.0", build_documentation(index="one"))

        assert outcome.standing is not None
        with pytest.raises(TooMany):
            memory.document(alice, "sample", "1.0", build_documentation(index="two"))


class TestReplacing:
    def test_shows_the_old_pages_until_the_new_ones_are_there(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        memory.document(alice, "sample", "1.0", build_documentation(index="old", gone="old"))
        memory.work()
        memory.document(alice, "sample", "1.0", build_documentation(index="new", added="new"))

        assert (b"old" in page(memory), b"old" in page(memory, "gone.html")) == (True, True)
        assert states(memory) == [("1.0", "ready"), ("1.0", "unpacking")]
        with pytest.raises(DocumentationNotFound):
            page(memory, "added.html")
        memory.work()

        assert (b"new" in page(memory), b"new" in page(memory, "added.html")) == (True, True)
        assert states(memory) == [("1.0", "ready")]
        with pytest.raises(DocumentationNotFound):
            page(memory, "gone.html")

    def test_a_partly_unpacked_zip_shows_no_page(self, memory: InMemorySite, alice: Actor) -> None:
        many = {f"{number:03}.html": f"page {number}" for number in range(500)}
        memory.document(alice, "sample", "1.0", build_documentation(index="old"))
        memory.work()
        memory.document(alice, "sample", "1.0", build_documentation(many, index="new"))
        with pytest.raises(OSError, match="broke"):
            unpacking(memory, BreakingBlobs(memory.blobs, most=300))(SAMPLE)

        assert b"old" in page(memory)
        with pytest.raises(DocumentationNotFound):
            page(memory, "000.html")
        # It goes on where a whole batch of 200 had been noted.
        unpacking(memory, BreakingBlobs(memory.blobs, most=301))(SAMPLE)

        assert b"new" in page(memory)
        assert page(memory, "499.html") == b"page 499"

    def test_unpacks_twice_without_harm(self, memory: InMemorySite, alice: Actor) -> None:
        memory.document(alice, "sample", "1.0", build_documentation(index="Hello"))
        for _time in range(2):
            memory.index.unpack_documentation(SAMPLE)

        assert b"Hello" in page(memory)

    def test_a_zip_replaced_before_unpacking_is_forgotten(self, memory: InMemorySite, alice: Actor) -> None:
        memory.document(alice, "sample", "1.0", build_documentation(index="first"))
        memory.document(alice, "sample", "1.0", build_documentation(index="second"))

        assert states(memory) == [("1.0", "unpacking")]
        memory.work()
        assert b"second" in page(memory)

    def test_keeps_equal_pages_once(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, build_wheel("sample", "2.0"))
        for version in ("1.0", "2.0"):
            memory.document(alice, "sample", version, build_documentation(index=version, same="shared"))
        memory.work()

        pages = [each for each in memory.blobs.all() if each.key.kind is BlobKind.DOCUMENTATION_PAGE]
        assert len(pages) == 3

    def test_a_deleted_project_unpacks_nothing(self, memory: InMemorySite, alice: Actor) -> None:
        memory.document(alice, "sample", "1.0", build_documentation())
        memory.index.delete_project(alice, SAMPLE)
        memory.work()

        assert memory.database.outbox.waiting() == 0
        assert list(memory.database.outbox.tasks(memory.clock.now())) == []


class TestAliases:
    @pytest.mark.parametrize(
        ("versions", "yanked", "stable", "latest"),
        [
            (["1.0"], [], "1.0", "1.0"),
            (["1.0", "1.10", "1.9"], [], "1.10", "1.10"),
            (["1.0", "2.0rc1"], [], "1.0", "2.0rc1"),
            (["2.0.dev1"], [], None, "2.0.dev1"),
            (["1.0", "1.1"], ["1.1"], "1.0", "1.0"),
            (["1.0", "1.1"], ["1.0", "1.1"], None, "1.1"),
            ([], [], None, None),
        ],
    )
    def test_stand_for_a_version(
        self, versions: list[str], yanked: list[str], stable: str | None, latest: str | None
    ) -> None:
        documented = [release(each, is_yanked=each in yanked) for each in versions]

        meant = [meant_by(alias, documented) for alias in (Alias.STABLE, Alias.LATEST)]

        assert [each and str(each.version) for each in meant] == [stable, latest]

    def test_resolve_only_to_versions_with_documentation(self, memory: InMemorySite, alice: Actor) -> None:
        for version in ("2.0", "3.0"):
            memory.publish(alice, build_wheel("sample", version))
            memory.document(alice, "sample", version, build_documentation(index=version))
            if version == "2.0":
                memory.work()

        assert b"2.0" in page(memory, version=Alias.STABLE)
        assert b"2.0" in page(memory, version=Alias.LATEST)
        aliases = memory.index.documentation.of_project(ANONYMOUS, SAMPLE).aliases
        assert aliases == {Alias.STABLE: "2.0", Alias.LATEST: "2.0"}


class TestReading:
    @pytest.fixture(autouse=True)
    def _documented(self, memory: InMemorySite, alice: Actor) -> None:
        memory.document(alice, "sample", "1.0", build_documentation(index="Hello"))
        memory.work()

    def test_is_for_those_who_may_read_the_index(self, memory: InMemorySite, alice: Actor) -> None:
        memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))
        reading = memory.index.documentation

        for call in (lambda: page(memory), lambda: reading.archive(ANONYMOUS, SAMPLE, ONE)):
            with pytest.raises(Unauthenticated):
                call()
        with pytest.raises(Unauthenticated):
            memory.index.documentation.of_project(ANONYMOUS, SAMPLE)
        assert reading.page(alice, SAMPLE, ONE, "").private

    def test_shows_nothing_of_a_project_under_quarantine(self, memory: InMemorySite) -> None:
        memory.index.set_project_status(OPERATOR, SAMPLE, ProjectStatus(Status.QUARANTINED))

        for version in (ONE, Alias.LATEST):
            with pytest.raises(DocumentationNotFound):
                page(memory, version=version)
        assert memory.index.documentation.of_project(ANONYMOUS, SAMPLE).sets == ()

    def test_is_linked_from_the_project(self, memory: InMemorySite, alice: Actor) -> None:
        assert memory.index.projects.read(ANONYMOUS, SAMPLE).documentation == "1.0"
        memory.publish(alice, build_wheel("sample", "2.0"))

        assert memory.index.projects.read(ANONYMOUS, SAMPLE).documentation == "latest"
        memory.index.delete_documentation(alice, SAMPLE, ONE)
        assert memory.index.projects.read(ANONYMOUS, SAMPLE).documentation is None


class TestDeleting:
    @pytest.mark.parametrize("what", ["documentation", "release", "project"])
    def test_leaves_its_bytes_to_the_sweep(self, memory: InMemorySite, alice: Actor, what: str) -> None:
        memory.document(alice, "sample", "1.0", build_documentation(index="Hello"))
        memory.work()
        match what:
            case "documentation":
                memory.index.delete_documentation(alice, SAMPLE, ONE)
            case "release":
                memory.index.delete_release(alice, SAMPLE, ONE)
            case _:
                memory.index.delete_project(alice, SAMPLE)
        for _ in range(2):
            memory.clock.advance(LONG_AGO)
            memory.site.sweep_blobs()

        assert kinds(memory) == (["distributions", "metadata"] if what == "documentation" else [])
        with pytest.raises((DocumentationNotFound, ReleaseNotFound, ProjectNotFound)):
            page(memory)

    def test_keeps_documentation_that_is_shown_or_waiting(self, memory: InMemorySite, alice: Actor) -> None:
        memory.document(alice, "sample", "1.0", build_documentation(index="shown"))
        memory.work()
        memory.document(alice, "sample", "1.0", build_documentation(index="waits"))

        for _ in range(2):
            memory.clock.advance(LONG_AGO)
            memory.site.sweep_blobs()

        assert b"shown" in page(memory)
        memory.work()
        assert b"waits" in page(memory)

    def test_is_recorded_in_the_journal_once(self, memory: InMemorySite, alice: Actor) -> None:
        memory.document(alice, "sample", "1.0", build_documentation())
        serial = memory.index.delete_documentation(alice, SAMPLE, Version("1"))

        [change] = memory.index.journal.since(ANONYMOUS, Serial(serial - 1))
        assert (change.version, change.action) == ("1.0", "remove documentation")
        with pytest.raises(DocumentationNotFound):
            memory.index.delete_documentation(alice, SAMPLE, ONE)
        memory.work()
        assert states(memory) == []

    def test_is_for_owners_and_maintainers(self, memory: InMemorySite, alice: Actor) -> None:
        memory.document(alice, "sample", "1.0", build_documentation())

        with pytest.raises(Forbidden):
            memory.index.delete_documentation(memory.actor("bob"), SAMPLE, ONE)


class TestChecking:
    def test_finds_damage_in_zips_and_pages(self, memory: InMemorySite, alice: Actor) -> None:
        archive = build_documentation(index="Hello", other="Other")
        memory.document(alice, "sample", "1.0", archive)
        memory.work()
        assert list(memory.site.check_integrity(thorough=True)) == []
        zip_key = documentation_key(blake2(archive))
        page_key = documentation_page_key(blake2(b"<!DOCTYPE html><p>Hello</p>"))
        memory.blobs.put(page_key, b"<p>Hell")
        memory.blobs.delete(zip_key)

        found = list(memory.site.check_integrity(thorough=True))

        assert [(each.index, each.filename, each.key, each.kind) for each in found] == [
            (DEFAULT_INDEX, "sample 1.0", zip_key, DamageKind.MISSING),
            (DEFAULT_INDEX, "sample 1.0 index.html", page_key, DamageKind.CHANGED),
        ]
        assert list(memory.site.check_integrity()) == found


class TestSessions:
    """A ZIP that is sent by itself, in an upload session of its own."""

    ARCHIVE = build_documentation(index="Hello")

    def begin(self, memory: InMemorySite, actor: Actor, archive: bytes = ARCHIVE) -> UploadSessionId:
        sha256 = hashlib.sha256(archive).hexdigest()
        declared = DeclaredFile(filename=DOCUMENTATION_ZIP, size=len(archive), sha256=sha256)
        return memory.index.begin_upload.for_documentation(actor, SAMPLE, ONE, declared).session.id

    def send(
        self, memory: InMemorySite, actor: Actor, session: UploadSessionId, content: bytes, offset: int = 0
    ) -> None:
        reception = memory.index.receive_bytes(actor, session, DOCUMENTATION_ZIP, offset)
        reception.append(content)
        reception.close()

    def test_a_session_goes_on_where_it_stopped(self, memory: InMemorySite, alice: Actor) -> None:
        session = self.begin(memory, alice)
        self.send(memory, alice, session, self.ARCHIVE[:7])
        self.send(memory, alice, session, self.ARCHIVE[7:], 7)

        memory.index.complete_documentation(alice, session)
        memory.work()

        assert b"Hello" in page(memory)

    def test_completing_can_be_repeated(self, memory: InMemorySite, alice: Actor) -> None:
        session = self.begin(memory, alice)
        self.send(memory, alice, session, self.ARCHIVE)
        first = memory.index.complete_documentation(alice, session)
        serial = memory.index.journal.last_serial(alice)

        assert memory.index.complete_documentation(alice, session) == first
        assert memory.index.journal.last_serial(alice) == serial

    def test_a_session_is_not_complete_before_all_bytes_are_there(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        session = self.begin(memory, alice)
        with pytest.raises(UploadIncomplete) as caught:
            memory.index.complete_documentation(alice, session)

        assert [each.field for each in caught.value.problems] == [DOCUMENTATION_ZIP]
        self.send(memory, alice, session, self.ARCHIVE)
        memory.index.complete_documentation(alice, session)

    def test_a_zip_with_a_wrong_digest_begins_again(self, memory: InMemorySite, alice: Actor) -> None:
        session = self.begin(memory, alice)
        with pytest.raises(DigestMismatch):
            self.send(memory, alice, session, b"x" * len(self.ARCHIVE))

        assert memory.index.receive_bytes.offset(alice, session, DOCUMENTATION_ZIP) == 0
        self.send(memory, alice, session, self.ARCHIVE)
        memory.index.complete_documentation(alice, session)

    def test_a_zip_that_breaks_rules_leaves_what_is_shown(self, memory: InMemorySite, alice: Actor) -> None:
        memory.document(alice, "sample", "1.0", build_documentation(index="shown"))
        memory.work()
        session = self.begin(memory, alice, b"no ZIP")
        self.send(memory, alice, session, b"no ZIP")

        with pytest.raises(InvalidDocumentation):
            memory.index.complete_documentation(alice, session)
        with pytest.raises(InvalidDocumentation) as caught:
            memory.index.complete_documentation(alice, session)

        assert [each.field for each in caught.value.problems] == [DOCUMENTATION_ZIP]
        assert memory.index.uploads.read(alice, session).session.problems == caught.value.problems
        assert memory.work() == 0
        assert b"shown" in page(memory)

    def test_a_session_expires_with_its_bytes(self, memory: InMemorySite, alice: Actor) -> None:
        session = self.begin(memory, alice)
        self.send(memory, alice, session, self.ARCHIVE[:7])
        memory.clock.advance(timedelta(days=6))
        memory.site.sweep_blobs()
        self.send(memory, alice, session, b"", 7)
        memory.clock.advance(timedelta(days=2))

        assert memory.site.sweep_uploads() == 1

        with pytest.raises(UploadSessionNotFound):
            memory.index.complete_documentation(alice, session)
        assert kept_nothing(memory)

    def test_an_unfinished_session_is_cancelled_by_the_next(self, memory: InMemorySite, alice: Actor) -> None:
        first = self.begin(memory, alice)
        self.send(memory, alice, first, self.ARCHIVE[:7])
        second = self.begin(memory, alice)

        with pytest.raises(UploadSessionClosed):
            memory.index.complete_documentation(alice, first)
        assert memory.index.receive_bytes.offset(alice, second, DOCUMENTATION_ZIP) == 0
        assert kept_nothing(memory)

    def test_a_session_does_not_stand_in_the_way_of_the_release(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        self.begin(memory, alice)
        sdist = build_sdist("sample", "1.0")
        declared = DeclaredFile(filename=sdist.filename, size=len(sdist.content), sha256=sdist.sha256)

        memory.index.begin_upload(alice, DisplayName("sample"), ONE, [declared])
        self.begin(memory, alice)

    def test_a_session_needs_its_release(self, memory: InMemorySite, alice: Actor) -> None:
        session = self.begin(memory, alice)
        self.send(memory, alice, session, self.ARCHIVE)
        memory.publish(alice, build_wheel("sample", "2.0"))
        memory.index.delete_release(alice, SAMPLE, ONE)

        with pytest.raises(ReleaseNotFound):
            memory.index.complete_documentation(alice, session)
        with pytest.raises(ReleaseNotFound):
            self.begin(memory, alice)

    def test_a_session_is_for_owners_and_maintainers(self, memory: InMemorySite, alice: Actor) -> None:
        session, bob = self.begin(memory, alice), memory.actor("bob")

        for call in (
            lambda: self.begin(memory, bob),
            lambda: self.send(memory, bob, session, self.ARCHIVE),
            lambda: memory.index.complete_documentation(bob, session),
        ):
            with pytest.raises(Forbidden):
                call()

    def test_a_session_of_distributions_is_not_completed_as_documentation(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        sdist = build_sdist("sample", "1.0")
        declared = DeclaredFile(filename=sdist.filename, size=len(sdist.content), sha256=sdist.sha256)
        session = memory.index.begin_upload(alice, DisplayName("sample"), ONE, [declared]).session.id

        with pytest.raises(UploadSessionNotFound):
            memory.index.complete_documentation(alice, session)

    @pytest.mark.parametrize(
        ("declared", "error"),
        [
            ({"size": 0}, InvalidForm),
            ({"size": LARGEST_ARCHIVE + 1}, FileTooLarge),
            ({"sha256": "abc"}, InvalidForm),
            ({"sha256": ""}, InvalidForm),
        ],
    )
    def test_what_is_declared_is_checked(
        self, memory: InMemorySite, alice: Actor, declared: dict[str, Any], error: type[Exception]
    ) -> None:
        archive = replace(DeclaredFile(filename=DOCUMENTATION_ZIP, size=1, sha256="0" * 64), **declared)
        with pytest.raises(error):
            memory.index.begin_upload.for_documentation(alice, SAMPLE, ONE, archive)
        assert kept_nothing(memory)


class TestRules:
    @pytest.mark.parametrize("damage", sorted(DAMAGES.keys() - HARMLESS))
    def test_a_damaged_zip_is_refused_whole(self, memory: InMemorySite, alice: Actor, damage: str) -> None:
        archive = DAMAGES[damage](build_documentation({"a/b.txt": "b"}, index="Hello", other="Other"))

        with pytest.raises(InvalidDocumentation) as caught:
            memory.document(alice, "sample", "1.0", archive)

        assert all(each.message.startswith("Invalid documentation. ") for each in caught.value.problems)
        assert kept_nothing(memory)

    @given(archive=damaged_bytes(build_documentation({"a/b.css": "p {}"}, index="Hello", other="Other")))
    @settings(max_examples=300)
    def test_whatever_is_damaged_is_accepted_or_refused(self, archive: bytes) -> None:
        try:
            check_documentation(io.BytesIO(archive))
        except InvalidDocumentation as error:
            assert error.problems
        else:
            unpacked = DocumentationArchive(io.BytesIO(archive))
            for each in unpacked.pages:
                assert sum(map(len, unpacked.content_of(each))) == each.size

    def test_all_problems_are_reported_at_once(self) -> None:
        names = ["docs/index.html", "../x", "/etc/passwd", "a\\b", "a" * 237 + ".css", "B", "b", "C", "C/d"]

        told = problems(zip_of(dict.fromkeys(names, b"")))

        assert len(told) == 6
        for each in ("no index.html at the top", "'../x'", "'/etc/passwd' is absolute", "backslash", "240"):
            assert any(each in problem for problem in told), (each, told)
        assert any("'C' is a file and the folder of 'C/d'" in problem for problem in told)

    def test_at_most_twenty_problems_are_reported(self) -> None:
        assert len(problems(zip_of({f"../{number}": b"" for number in range(100)}))) == 20

    @pytest.mark.parametrize("name", ["docs/index.html", "Index.html", "index.htm", "index.html/"])
    def test_the_front_page_stands_at_the_top(self, name: str) -> None:
        assert "no index.html at the top" in problems(zip_of({name: b""}))[0]

    def test_a_path_of_240_bytes_is_accepted(self) -> None:
        check_documentation(io.BytesIO(zip_of({"index.html": b"", "ä" * 120: b""})))

    def test_more_members_than_20000_are_refused(self) -> None:
        members = {"index.html": b""} | {f"{number}": b"" for number in range(20_000)}

        assert problems(zip_of(members)) == ["Invalid documentation. It has more than 20000 members."]
        members.popitem()
        check_documentation(io.BytesIO(zip_of(members)))

    def test_a_zip_that_unpacks_to_more_than_500_mib_is_refused(self) -> None:
        # Eleven times fifty is more: the rule for bombs does not find it.
        archive = declaring(LARGEST_UNPACKED + 1, build_documentation({"large.bin": bytes(11 << 20)}))

        assert (
            f"unpacks to {LARGEST_UNPACKED + 1 + 35} bytes: at most {LARGEST_UNPACKED}"
            in problems(archive)[0]
        )

    def test_a_bomb_that_hides_behind_small_headers_is_refused(self) -> None:
        archive = declaring(1, zip_of({"index.html": b"0" * 10_000_000}))

        assert "larger than it declares" in problems(archive)[0]

    def test_a_zip_larger_than_100_mib_is_refused(self, memory: InMemorySite, alice: Actor) -> None:
        arrival = memory.staging.begin()
        staged = replace(arrival.finish(), size=LARGEST_ARCHIVE + 1)

        with pytest.raises(FileTooLarge):
            memory.index.publish_documentation(alice, SAMPLE, ONE, staged)


def problems(archive: bytes) -> list[str]:
    with pytest.raises(InvalidDocumentation) as caught:
        check_documentation(io.BytesIO(archive))
    return [each.message for each in caught.value.problems]


def zip_of(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo("x")
            entry.filename = name
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return content.getvalue()


def declaring(size: int, archive: bytes) -> bytes:
    """Return *archive* with another size of its first member in both of its headers."""
    changed = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", changed, changed.index(signature) + offset, size)
    return bytes(changed)


class BreakingBlobs:
    """Stores *most* objects and then no more."""

    def __init__(self, blobs: InMemoryBlobs, most: int) -> None:
        self._blobs = blobs
        self._left = most
        self.origins: Sequence[str] = ()

    def put(self, key: BlobKey, content: bytes) -> None:
        if not self._left:
            raise OSError("the disk broke")
        self._left -= 1
        self._blobs.put(key, content)

    def open(self, key: BlobKey) -> BinaryIO:
        return self._blobs.open(key)

    def locate(self, key: BlobKey, filename: str) -> BlobLocation:
        return self._blobs.locate(key, filename)

    def find(self, key: BlobKey) -> StoredBlob | None:
        return self._blobs.find(key)

    def all(self) -> Iterator[StoredBlob]:
        return self._blobs.all()

    def delete(self, key: BlobKey) -> None:
        self._blobs.delete(key)


def unpacking(memory: InMemorySite, blobs: BlobStore) -> UnpackDocumentation:
    rows = memory.database.index(DEFAULT_INDEX)
    return UnpackDocumentation(
        rows.open_snapshot, rows.open_unit_of_work, blobs, memory.staging, memory.clock
    )


def blake2(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=32).hexdigest()


def kept_nothing(memory: InMemorySite) -> bool:
    """Return whether nothing of any documentation is kept, waits, or is left over in staging."""
    staged = memory.staging.sweep(memory.clock.now().replace(year=9000))
    waits = [
        each
        for each in memory.database.outbox.claim(100, memory.clock.now(), memory.clock.now())
        if each.reaction.kind is ReactionKind.UNPACK_DOCUMENTATION
    ]
    return not staged and not waits and not {"documentation", "documentation-pages"} & {*kinds(memory)}


def release(version: str, *, is_yanked: bool) -> Release:
    return Release(
        id=ReleaseId(1),
        project_id=ProjectId(1),
        version=Version(version),
        created=InMemorySite().clock.now(),
        yank=Yank() if is_yanked else None,
    )
