"""
Whatever is done to upload sessions in whatever order, a release is visible whole or not at all.

That of version 2.0 is sent with its documentation.
"""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import timedelta
from typing import Final, NoReturn

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from msgspec.structs import replace

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import OPERATOR, Actor
from pypi_core.domain.names import NormalizedName, parse_display_name
from pypi_core.domain.upload_sessions import DOCUMENTATION_ZIP, DeclaredFile, SessionState, UploadSessionId
from pypi_core.domain.versions import parse_version
from pypi_core.errors import (
    ConcurrentChange,
    DigestMismatch,
    ProjectNotFound,
    StagedContentNotFound,
    UploadIncomplete,
    UploadSessionClosed,
    UploadSessionExists,
    UploadSessionNotFound,
    WrongOffset,
)
from pypi_core.use_cases.publishing.publish_release import PublishRelease
from pypi_core.use_cases.publishing.receive_bytes import FileUpload

VERSIONS: Final = ("1.0", "2.0")
FILES: Final = {each: (build_wheel("sample", each), build_sdist("sample", each)) for each in VERSIONS}
BY_NAME: Final = {file.filename: file for files in FILES.values() for file in files}
DOCUMENTED: Final = "2.0"
DOCUMENTATION: Final = replace(
    FILES[DOCUMENTED][0], filename=DOCUMENTATION_ZIP, content=build_documentation({"page.html": "Hello"})
)
REFUSED: Final = (
    ConcurrentChange,
    DigestMismatch,
    StagedContentNotFound,
    UploadIncomplete,
    UploadSessionClosed,
    UploadSessionNotFound,
    WrongOffset,
)

which_file = st.integers(0, 1)
seldom = st.sampled_from([False, False, False, True])


def sent_for(version: str) -> tuple[BuiltDistribution, ...]:
    """Return what is sent for a version, its documentation last."""
    return (*FILES[version], DOCUMENTATION) if version == DOCUMENTED else FILES[version]


class Killed(Exception):
    """The server was killed."""


def publishing_that_dies(memory: InMemorySite) -> PublishRelease:
    """Return the use case of the index of *memory*, which ends just before it would list files."""

    def killed(actor: Actor) -> NoReturn:
        raise Killed

    return dataclasses.replace(memory.index.publish_release, open_unit_of_work=killed)


class SessionsAtRandom(RuleBasedStateMachine):
    sessions: Bundle[tuple[UploadSessionId, str]] = Bundle("sessions")
    receptions: Bundle[tuple[FileUpload, BuiltDistribution] | None] = Bundle("receptions")

    @initialize()
    def start(self) -> None:
        self.memory = InMemorySite()
        self.alice: Actor = self.memory.actor("alice")
        self.published: set[str] = set()
        self.dying = publishing_that_dies(self.memory)

    @rule(target=sessions, version=st.sampled_from(VERSIONS))
    def begin(self, version: str) -> tuple[UploadSessionId, str]:
        declared = [
            DeclaredFile(filename=each.filename, size=len(each.content), sha256=each.sha256)
            for each in (*FILES[version], DOCUMENTATION)
        ]
        documentation = declared.pop()
        try:
            overview = self.memory.index.begin_upload(
                self.alice,
                parse_display_name("sample"),
                parse_version(version),
                declared,
                documentation if version == DOCUMENTED else None,
            )
        except UploadSessionExists as error:
            assert error.session is not None
            return UploadSessionId(error.session), version
        return overview.session.id, version

    @rule(target=receptions, session=sessions, which=which_file, is_lost=st.booleans())
    def open_file(
        self, session: tuple[UploadSessionId, str], which: int, is_lost: bool
    ) -> tuple[FileUpload, BuiltDistribution] | None:
        file = sent_for(session[1])[-1 - which]
        try:
            offset = 7 if is_lost else self._offset(session[0], file)
            return self.memory.index.receive_bytes(self.alice, session[0], file.filename, offset), file
        except REFUSED:
            return None

    @rule(reception=receptions, part=st.sampled_from([0.1, 0.5, 1.0]), is_right=st.integers(0, 9))
    def append(
        self, reception: tuple[FileUpload, BuiltDistribution] | None, part: float, is_right: int
    ) -> None:
        if reception is None:
            return
        receiving, file = reception
        left = file.content[receiving.received :]
        piece = left[: max(1, int(len(left) * part))]
        try:
            receiving.append(piece if is_right else bytes(len(piece)))
        except REFUSED:
            return

    @rule(reception=consumes(receptions))
    def close(self, reception: tuple[FileUpload, BuiltDistribution] | None) -> None:
        if reception is None:
            return
        try:
            reception[0].close()
        except REFUSED:
            return

    @rule(session=sessions)
    def send_all(self, session: tuple[UploadSessionId, str]) -> None:
        with contextlib.suppress(*REFUSED):
            for file in sent_for(session[1]):
                offset = self._offset(session[0], file)
                reception = self.memory.index.receive_bytes(self.alice, session[0], file.filename, offset)
                reception.append(file.content[offset:])
                reception.close()

    @rule(session=sessions)
    def complete(self, session: tuple[UploadSessionId, str]) -> None:
        try:
            state = self.memory.index.complete_upload(self.alice, session[0]).session.state
        except REFUSED:
            return
        assert state in {SessionState.COMPLETED, SessionState.PUBLISHED}

    @rule(session=sessions)
    def publish(self, session: tuple[UploadSessionId, str]) -> None:
        try:
            overview = self.memory.index.publish_release(self.alice, session[0])
        except REFUSED:
            return
        assert overview.session.state is SessionState.PUBLISHED
        self.published.add(session[1])

    @rule(session=sessions, is_meant=seldom)
    def cancel(self, session: tuple[UploadSessionId, str], is_meant: bool) -> None:
        if not is_meant:
            return
        try:
            self.memory.index.cancel_upload(self.alice, session[0])
        except REFUSED:
            return

    @rule(hours=st.sampled_from([1, 5, 30, 100]))
    def let_time_pass(self, hours: int) -> None:
        self.memory.clock.advance(timedelta(hours=hours))

    @rule()
    def sweep(self) -> None:
        self.memory.site.sweep_uploads()
        self.memory.site.sweep_blobs()

    @rule(is_meant=seldom)
    def lose_what_is_staged(self, is_meant: bool) -> None:
        """Do what a disk that is replaced does."""
        if not is_meant:
            return
        self.memory.staging.sweep(self.memory.clock.now().replace(year=9000))

    @rule(session=sessions)
    def adopt_and_die(self, session: tuple[UploadSessionId, str]) -> None:
        """Do what a server does that is killed just before it would list the files."""

        with contextlib.suppress(*REFUSED, Killed):
            self.dying(self.alice, session[0])

    @invariant()
    def releases_are_whole(self) -> None:
        if not hasattr(self, "memory"):
            return
        try:
            files = self.memory.index.projects.read(OPERATOR, NormalizedName("sample")).files
        except ProjectNotFound:
            files = ()
        assert {each.filename for each in files} == {
            each.filename for version in self.published for each in FILES[version]
        }
        if files:
            documented = self.memory.index.documentation.of_project(OPERATOR, NormalizedName("sample")).sets
            assert {str(each.version) for each in documented} == self.published & {DOCUMENTED}
        for each in files:
            assert each.digests.sha256 == BY_NAME[each.filename].sha256
        assert list(self.memory.site.check_integrity(thorough=True)) == []

    def _offset(self, session: UploadSessionId, file: BuiltDistribution) -> int:
        return self.memory.index.receive_bytes.offset(self.alice, session, file.filename)


TestSessionsAtRandom = SessionsAtRandom.TestCase
TestSessionsAtRandom.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
