"""The status of a project: who gives it, what is recorded, and what readers and uploaders meet."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_contracts.distribution_source import Description
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Action, Actor, Role, TokenScope
from pypi_core.domain.entities import ProjectStatus, Serial, Status, Yank
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_core.errors import (
    FileAlreadyExists,
    FileNotFound,
    Invalid,
    NotAllowed,
    PackageIndexError,
    PasswordNotAccepted,
    ProjectClosed,
    ProjectNotFound,
    ReleaseNotFound,
    Unauthenticated,
)
from pypi_core.ports.pages import PageKind
from pypi_core.ports.search import SearchQuery

NAME = NormalizedName("sample")
ABOUT: Description = {"description": "Follow this link", "description_content_type": "text/markdown"}
WHEEL = build_wheel(name="sample", version="1.0", **ABOUT)
NEXT = build_wheel(name="sample", version="1.1")

ACTIVE = ProjectStatus()
ARCHIVED = ProjectStatus(Status.ARCHIVED, "Finished.")
DEPRECATED = ProjectStatus(Status.DEPRECATED, "Use another.")
QUARANTINED = ProjectStatus(Status.QUARANTINED, "Looked into.")


@pytest.fixture
def memory() -> InMemorySite:
    site = InMemorySite()
    site.publish(site.actor("alice"), WHEEL)
    return site


@pytest.fixture
def alice(memory: InMemorySite) -> Actor:
    return memory.actor("alice")


@pytest.fixture
def administrator(memory: InMemorySite) -> Actor:
    memory.account("ada", is_administrator=True)
    return memory.actor("ada")


def page(memory: InMemorySite) -> dict[str, Any]:
    return dict(json.loads(memory.index.pages.project(ANONYMOUS, NAME, PageKind.SIMPLE_JSON).page.body))


def listed(memory: InMemorySite) -> list[str]:
    chunks = memory.index.pages.project_list(ANONYMOUS, PageKind.SIMPLE_JSON).chunks(gzip=False)
    return [each["name"] for each in json.loads(b"".join(chunks))["projects"]]


def recorded(memory: InMemorySite, since: int = 4) -> list[str]:
    return [each.action for each in memory.index.journal.since(OPERATOR, Serial(since))]


class TestGiving:
    @pytest.mark.parametrize("status", [ARCHIVED, DEPRECATED])
    def test_an_owner_gives_a_status_and_takes_it_back(
        self, memory: InMemorySite, alice: Actor, status: ProjectStatus
    ) -> None:
        memory.index.set_project_status(alice, NAME, status)
        given = page(memory)["project-status"]
        memory.index.set_project_status(alice, NAME, ACTIVE)

        assert given == {"status": status.state.value, "reason": status.reason}
        assert page(memory)["project-status"] == {"status": "active"}
        assert recorded(memory) == [f"project {status.state}", f"project un{status.state}"]

    def test_an_administrator_quarantines_and_clears(
        self, memory: InMemorySite, administrator: Actor
    ) -> None:
        memory.index.set_project_status(administrator, NAME, QUARANTINED)
        memory.index.set_project_status(administrator, NAME, ACTIVE)

        assert recorded(memory) == ["project quarantined", "project quarantine cleared"]

    def test_leaving_one_state_for_another_is_two_entries(self, memory: InMemorySite) -> None:
        serials = [
            memory.index.set_project_status(OPERATOR, NAME, each)
            for each in (QUARANTINED, ARCHIVED, DEPRECATED)
        ]

        assert recorded(memory) == [
            "project quarantined",
            "project quarantine cleared",
            "project archived",
            "project unarchived",
            "project deprecated",
        ]
        assert serials == [5, 7, 9]
        assert page(memory)["meta"]["_last-serial"] == 9

    def test_another_reason_is_recorded_and_shown(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.set_project_status(alice, NAME, ARCHIVED)
        memory.index.set_project_status(alice, NAME, ProjectStatus(Status.ARCHIVED, "Moved."))

        assert recorded(memory) == ["project archived", "project archived"]
        assert page(memory)["project-status"]["reason"] == "Moved."

    def test_the_status_it_has_already_is_not_recorded(self, memory: InMemorySite, alice: Actor) -> None:
        first = memory.index.set_project_status(alice, NAME, ARCHIVED)

        assert memory.index.set_project_status(alice, NAME, ARCHIVED) == first
        assert recorded(memory) == ["project archived"]

    @pytest.mark.parametrize(("before", "after"), [(ACTIVE, QUARANTINED), (QUARANTINED, ACTIVE),
                                                   (QUARANTINED, ARCHIVED)])  # fmt: skip
    def test_an_owner_neither_quarantines_nor_clears(
        self, memory: InMemorySite, alice: Actor, before: ProjectStatus, after: ProjectStatus
    ) -> None:
        memory.index.set_project_status(OPERATOR, NAME, before)

        with pytest.raises((NotAllowed, ProjectClosed), match="administrator"):
            memory.index.set_project_status(alice, NAME, after)
        assert page(memory)["project-status"]["status"] == before.state

    def test_an_administrator_needs_an_unlimited_token_for_a_quarantine(
        self, memory: InMemorySite, administrator: Actor
    ) -> None:
        limited = replace(administrator, scope=TokenScope(actions=frozenset({Action.MANAGE})))

        with pytest.raises(NotAllowed):
            memory.index.set_project_status(limited, NAME, QUARANTINED)

    def test_only_an_owner_with_a_token_changes_the_status(self, memory: InMemorySite) -> None:
        mark = memory.actor("mark")
        memory.index.grant_role(OPERATOR, NAME, "mark", Role.MAINTAINER)
        refusals: list[tuple[Actor, type[PackageIndexError]]] = [
            (ANONYMOUS, Unauthenticated),
            (memory.actor("stranger"), NotAllowed),
            (mark, NotAllowed),
            (memory.actor_by_password("peter"), PasswordNotAccepted),
        ]
        for actor, error in refusals:
            with pytest.raises(error):
                memory.index.set_project_status(actor, NAME, ARCHIVED)

    @pytest.mark.parametrize(
        "status",
        [
            ProjectStatus(Status.ARCHIVED, "x" * 1001),
            ProjectStatus(Status.ARCHIVED, "two\nlines"),
            ProjectStatus(Status.ARCHIVED, "\udc80"),
            ProjectStatus(Status.ACTIVE, "for a reason"),
        ],
    )
    def test_a_reason_is_one_short_line_and_not_for_active_projects(
        self, memory: InMemorySite, alice: Actor, status: ProjectStatus
    ) -> None:
        with pytest.raises(Invalid, match="reason"):
            memory.index.set_project_status(alice, NAME, status)
        assert recorded(memory) == []

    def test_an_unknown_project_has_no_status(self, memory: InMemorySite, alice: Actor) -> None:
        with pytest.raises(ProjectNotFound):
            memory.index.set_project_status(alice, NormalizedName("other"), ARCHIVED)


class TestWhatAStatusPermits:
    @pytest.mark.parametrize("status", [ARCHIVED, QUARANTINED])
    @pytest.mark.parametrize("distribution", [NEXT, WHEEL], ids=["new", "repeated"])
    def test_a_closed_project_refuses_uploads_of_every_role(
        self, memory: InMemorySite, alice: Actor, status: ProjectStatus, distribution: Any
    ) -> None:
        memory.index.set_project_status(OPERATOR, NAME, status)

        for actor in (alice, OPERATOR):
            with pytest.raises(ProjectClosed, match=status.state):
                memory.publish(actor, distribution)

    def test_a_deprecated_project_takes_uploads(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.set_project_status(alice, NAME, DEPRECATED)

        assert memory.publish(alice, NEXT).created

    def test_the_owner_of_an_archived_project_does_all_but_upload(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        memory.account("bob")
        memory.index.set_project_status(alice, NAME, ARCHIVED)

        memory.index.grant_role(alice, NAME, "bob", Role.OWNER)
        memory.index.yank_release(alice, NAME, parse_version("1.0"), Yank("broken"))
        memory.index.unyank_release(alice, NAME, parse_version("1.0"))
        memory.index.delete_file(alice, NAME, WHEEL.filename)
        assert page(memory)["files"] == []
        memory.index.delete_project(alice, NAME)
        assert listed(memory) == []

    def test_the_owner_of_a_quarantined_project_changes_nothing(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        index = memory.index
        index.set_project_status(OPERATOR, NAME, QUARANTINED)
        changes: tuple[Callable[[], Serial], ...] = (
            lambda: index.yank_release(alice, NAME, parse_version("1.0"), Yank()),
            lambda: index.unyank_release(alice, NAME, parse_version("1.0")),
            lambda: index.delete_file(alice, NAME, WHEEL.filename),
            lambda: index.delete_release(alice, NAME, parse_version("1.0")),
            lambda: index.delete_project(alice, NAME),
            lambda: index.revoke_role(alice, NAME, "alice"),
        )

        for change in changes:
            with pytest.raises(ProjectClosed, match="only administrators"):
                change()
        assert recorded(memory) == ["project quarantined"]

    def test_an_administrator_yanks_and_deletes_in_quarantine(
        self, memory: InMemorySite, administrator: Actor
    ) -> None:
        memory.index.set_project_status(administrator, NAME, QUARANTINED)
        memory.index.yank_release(administrator, NAME, parse_version("1.0"), Yank("malware"))
        memory.index.set_project_status(administrator, NAME, ACTIVE)

        assert page(memory)["files"][0]["yanked"] == "malware"
        memory.index.set_project_status(administrator, NAME, QUARANTINED)
        memory.index.delete_project(administrator, NAME)
        with pytest.raises(ProjectNotFound):
            memory.index.pages.project(ANONYMOUS, NAME, PageKind.SIMPLE_JSON)


class TestWhatReadersSee:
    @pytest.mark.parametrize("status", [ARCHIVED, DEPRECATED])
    def test_files_of_a_project_that_is_not_quarantined_are_listed(
        self, memory: InMemorySite, alice: Actor, status: ProjectStatus
    ) -> None:
        memory.index.set_project_status(alice, NAME, status)

        assert [each["filename"] for each in page(memory)["files"]] == [WHEEL.filename]
        assert listed(memory) == ["sample"]
        assert memory.index.downloads.file(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256).etag

    def test_a_quarantine_hides_everything_but_the_status(self, memory: InMemorySite) -> None:
        listed_before = listed(memory)
        memory.index.set_project_status(OPERATOR, NAME, QUARANTINED)
        overview = memory.index.projects.read(ANONYMOUS, NAME)

        assert (listed_before, listed(memory)) == (["sample"], [])
        assert page(memory)["files"] == []
        assert page(memory)["project-status"] == {"status": "quarantined", "reason": "Looked into."}
        assert (overview.files, overview.release, overview.metadata) == ((), None, None)
        assert memory.index.projects.read(ANONYMOUS, NAME, parse_version("1.0")).metadata is None
        with pytest.raises(ReleaseNotFound):
            memory.index.projects.read(ANONYMOUS, NAME, parse_version("9.0"))
        for read in (
            memory.index.downloads.file,
            memory.index.downloads.metadata,
            memory.site.downloads.file,
        ):
            with pytest.raises(FileNotFound):
                read(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256)
        with pytest.raises(FileNotFound):
            memory.index.files.find(ANONYMOUS, WHEEL.filename)

    def test_the_html_says_the_status(self, memory: InMemorySite) -> None:
        memory.index.set_project_status(OPERATOR, NAME, QUARANTINED)
        html = memory.index.pages.project(ANONYMOUS, NAME, PageKind.SIMPLE_HTML).page.body.decode()

        assert '<meta name="pypi:project-status" content="quarantined">' in html
        assert '<meta name="pypi:project-status-reason" content="Looked into.">' in html
        assert "<a " not in html

    def test_the_same_file_on_another_index_stays_available(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, WHEEL, memory.site.index(TEST_INDEX))
        memory.index.set_project_status(OPERATOR, NAME, QUARANTINED)

        assert memory.site.downloads.file(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256).etag
        assert memory.site.downloads.metadata(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256).etag
        assert memory.site.index(TEST_INDEX).downloads.file(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256).etag

    def test_its_bytes_are_not_published_under_another_name(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.set_project_status(OPERATOR, NAME, QUARANTINED)
        other = replace(WHEEL, filename="other-1.0-py3-none-any.whl")

        with pytest.raises((FileAlreadyExists, Invalid)):
            memory.publish(alice, other)

    def test_search_follows_in_both_directions(self, memory: InMemorySite) -> None:
        found = []
        for status in (ACTIVE, QUARANTINED, ACTIVE, ARCHIVED):
            memory.index.set_project_status(OPERATOR, NAME, status)
            memory.work()
            hits = memory.index.search.by_words(ANONYMOUS, SearchQuery(words="sample")).hits
            found.append([each.name for each in hits])

        assert found == [["sample"], [], ["sample"], ["sample"]]

    def test_everything_is_back_when_the_quarantine_is_cleared(self, memory: InMemorySite) -> None:
        before = page(memory)["files"]
        memory.index.set_project_status(OPERATOR, NAME, QUARANTINED)
        memory.index.set_project_status(OPERATOR, NAME, ACTIVE)

        assert page(memory)["files"] == before
        assert listed(memory) == ["sample"]
        assert memory.index.downloads.file(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256).etag
