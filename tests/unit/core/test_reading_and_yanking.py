"""Yanking, deleting, and what readers see of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor
from pypi_core.domain.entities import Change, ProjectStatus, Serial, Status, Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.names import NormalizedName, parse_display_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import (
    FileNotFound,
    Invalid,
    MetadataNotFound,
    NotAllowed,
    ProjectAlreadyExists,
    ProjectNotFound,
    ReleaseNotFound,
    Unauthenticated,
)
from pypi_core.ports.pages import PageKind
from pypi_core.ports.search import SearchField, SearchQuery
from pypi_core.use_cases.upkeep.rendering import description_key

NAME = NormalizedName("sample")
WHEEL = build_wheel(
    name="sample", version="1.0", description="About *sample*", description_content_type="text/markdown"
)
SDIST = build_sdist(name="sample", version="1.0")


@pytest.fixture
def memory() -> InMemorySite:
    site = InMemorySite()
    alice = site.actor("alice")
    site.publish(alice, WHEEL)
    site.publish(alice, SDIST)
    return site


@pytest.fixture
def alice(memory: InMemorySite) -> Actor:
    return memory.actor("alice")


def page(memory: InMemorySite) -> dict[str, Any]:
    return dict(json.loads(memory.index.pages.project(ANONYMOUS, NAME, PageKind.SIMPLE_JSON).page.body))


def yanked(memory: InMemorySite) -> dict[str, Any]:
    return {each["filename"]: each["yanked"] for each in page(memory)["files"]}


def last_action(memory: InMemorySite) -> str:
    return memory.index.journal.since(OPERATOR, Serial(0))[-1].action


class TestYanking:
    def test_a_release_yanks_all_its_files(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.yank_release(alice, NAME, parse_version("1.0.0"), Yank("broken"))

        assert yanked(memory) == {WHEEL.filename: "broken", SDIST.filename: "broken"}
        assert last_action(memory) == "yank release"

    def test_one_file_leaves_the_others(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.yank_release(alice, NAME, parse_version("1.0"), Yank(), SDIST.filename)

        assert yanked(memory) == {WHEEL.filename: False, SDIST.filename: True}
        assert last_action(memory) == f"yank file {SDIST.filename}"

    def test_can_be_taken_back(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.yank_release(alice, NAME, parse_version("1.0"), Yank("broken"))
        memory.index.unyank_release(alice, NAME, parse_version("1.0"))

        assert set(yanked(memory).values()) == {False}
        assert last_action(memory) == "unyank release"

    def test_of_one_file_can_be_taken_back(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.yank_release(alice, NAME, parse_version("1.0"), Yank(), SDIST.filename)
        memory.index.unyank_release(alice, NAME, parse_version("1.0"), SDIST.filename)

        assert set(yanked(memory).values()) == {False}

    def test_requires_a_role(self, memory: InMemorySite) -> None:
        with pytest.raises(NotAllowed):
            memory.index.yank_release(memory.actor("bob"), NAME, parse_version("1.0"), Yank())
        assert set(yanked(memory).values()) == {False}

    def test_an_unknown_release_or_file_is_not_found(self, memory: InMemorySite, alice: Actor) -> None:
        with pytest.raises(ProjectNotFound):
            memory.index.yank_release(alice, NormalizedName("other"), parse_version("1.0"), Yank())
        with pytest.raises(ReleaseNotFound):
            memory.index.yank_release(alice, NAME, parse_version("2.0"), Yank())
        with pytest.raises(FileNotFound):
            memory.index.yank_release(alice, NAME, parse_version("1.0"), Yank(), "other-1.0.tar.gz")


class TestDeleting:
    def test_takes_a_file_off_the_page(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.delete_file(alice, NAME, WHEEL.filename)

        assert list(yanked(memory)) == [SDIST.filename]
        assert last_action(memory) == f"remove file {WHEEL.filename}"

    def test_ends_its_download(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.delete_file(alice, NAME, WHEEL.filename)

        with pytest.raises(FileNotFound):
            memory.index.downloads.file(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256)

    def test_keeps_the_version_listed(self, memory: InMemorySite, alice: Actor) -> None:
        for each in (WHEEL, SDIST):
            memory.index.delete_file(alice, NAME, each.filename)

        assert page(memory)["versions"] == ["1.0"]
        assert page(memory)["files"] == []

    def test_requires_an_owner(self, memory: InMemorySite) -> None:
        with pytest.raises(NotAllowed):
            memory.index.delete_file(memory.actor("bob"), NAME, WHEEL.filename)

    def test_a_file_of_another_project_is_not_found(self, memory: InMemorySite, alice: Actor) -> None:
        other = build_wheel(name="other", version="1.0")
        memory.publish(alice, other)

        with pytest.raises(FileNotFound):
            memory.index.delete_file(alice, NAME, other.filename)


class TestReading:
    def test_a_file_is_only_found_under_its_own_digest(self, memory: InMemorySite) -> None:
        assert memory.index.downloads.file(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256).file.size == len(
            WHEEL.content
        )
        with pytest.raises(FileNotFound):
            memory.index.downloads.file(ANONYMOUS, WHEEL.filename, SDIST.blake2_256)

    def test_metadata_are_there_for_wheels_alone(self, memory: InMemorySite) -> None:
        assert memory.index.downloads.metadata(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256).etag
        with pytest.raises(MetadataNotFound):
            memory.index.downloads.metadata(ANONYMOUS, SDIST.filename, SDIST.blake2_256)

    def test_the_root_serves_files_of_every_index(self, memory: InMemorySite, alice: Actor) -> None:
        elsewhere = build_wheel(name="elsewhere", version="1.0")
        memory.publish(alice, elsewhere, memory.site.index(TEST_INDEX))

        assert memory.site.downloads.file(ANONYMOUS, elsewhere.filename, elsewhere.blake2_256).file.filename
        with pytest.raises(FileNotFound):
            memory.index.downloads.file(ANONYMOUS, elsewhere.filename, elsewhere.blake2_256)
        with pytest.raises(MetadataNotFound):
            memory.site.downloads.metadata(ANONYMOUS, SDIST.filename, SDIST.blake2_256)

    def test_a_description_is_rendered(self, memory: InMemorySite) -> None:
        overview = memory.index.projects.read(ANONYMOUS, NAME)
        assert overview.release is not None
        assert overview.metadata is not None

        html = memory.index.pages.description(overview.project, overview.release, overview.metadata)

        assert "About *sample*" in html

    def test_a_description_is_stored_rendered_when_its_release_is_published(
        self, memory: InMemorySite
    ) -> None:
        overview = memory.index.projects.read(ANONYMOUS, NAME)
        assert overview.release is not None
        assert overview.metadata is not None
        key = description_key(overview.project, overview.release, overview.metadata)

        page = memory.database.index(DEFAULT_INDEX).pages.find(key)

        assert page is not None
        assert "About *sample*" in page.body.decode()

    def test_the_latest_release_is_shown_unless_another_is_asked_for(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        for version in ("2.0", "3.0a1", "1.5"):
            memory.publish(alice, build_wheel(name="sample", version=version))
        shown = memory.index.projects.read(ANONYMOUS, NAME).release
        asked = memory.index.projects.read(ANONYMOUS, NAME, parse_version("1.5")).release
        memory.index.yank_release(alice, NAME, parse_version("2.0"), Yank())
        after_yank = memory.index.projects.read(ANONYMOUS, NAME).release

        assert [str(each.version) for each in (shown, asked, after_yank) if each] == ["2.0", "1.5", "1.5"]

    def test_changes_page_through_the_journal(self, memory: InMemorySite) -> None:
        everything = memory.index.journal.since(ANONYMOUS, Serial(0))
        paged: list[Change] = []
        since = Serial(0)
        while batch := memory.index.journal.since(ANONYMOUS, since, limit=2):
            paged.extend(batch)
            since = batch[-1].serial

        assert paged == list(everything)
        with pytest.raises(Invalid):
            memory.index.journal.since(ANONYMOUS, Serial(0), limit=0)

    @pytest.mark.parametrize(
        "query",
        [
            SearchQuery(limit=0),
            SearchQuery(limit=101),
            SearchQuery(offset=-1),
            SearchQuery(words="x" * 501),
            SearchQuery(words="x", words_in=()),
            SearchQuery(words="x", words_in=(SearchField.NAME, SearchField.NAME)),
        ],
    )
    def test_a_query_has_limits(self, memory: InMemorySite, query: SearchQuery) -> None:
        with pytest.raises(Invalid):
            memory.index.search.by_words(ANONYMOUS, query)


class TestQuarantine:
    @pytest.fixture(autouse=True)
    def quarantined(self, memory: InMemorySite) -> None:
        with memory.database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
            project = uow.projects.get(NAME)
            uow.projects.update(replace(project, status=ProjectStatus(Status.QUARANTINED, "malware")))
            uow.commit()

    def test_hides_the_files(self, memory: InMemorySite) -> None:
        with pytest.raises(FileNotFound):
            memory.index.downloads.file(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256)
        assert memory.index.projects.read(ANONYMOUS, NAME).files == ()


def test_the_list_is_put_together_again_only_when_something_changed(memory: InMemorySite) -> None:
    pages = memory.index.pages
    before = pages.project_list(ANONYMOUS, PageKind.SIMPLE_JSON)
    assert pages.project_list(ANONYMOUS, PageKind.SIMPLE_JSON) is before

    memory.index.create_project(OPERATOR, parse_display_name("another"))
    after = pages.project_list(ANONYMOUS, PageKind.SIMPLE_JSON)
    assert b'"another"' in b"".join(after.chunks(gzip=False))

    memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))
    assert pages.project_list(OPERATOR, PageKind.SIMPLE_JSON).private


class TestPrivateReading:
    @pytest.fixture(autouse=True)
    def private(self, memory: InMemorySite) -> None:
        memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

    def test_every_read_requires_credentials(self, memory: InMemorySite) -> None:
        index = memory.index
        for read in (
            lambda: index.pages.project(ANONYMOUS, NAME, PageKind.SIMPLE_HTML),
            lambda: index.pages.project_list(ANONYMOUS, PageKind.SIMPLE_HTML),
            lambda: index.projects.read(ANONYMOUS, NAME),
            lambda: index.downloads.file(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256),
            lambda: index.downloads.metadata(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256),
            lambda: index.search.by_words(ANONYMOUS, SearchQuery()),
            lambda: index.journal.since(ANONYMOUS, Serial(0)),
        ):
            with pytest.raises(Unauthenticated):
                read()

    def test_a_private_file_is_not_found_at_the_root(self, memory: InMemorySite) -> None:
        with pytest.raises(FileNotFound):
            memory.site.downloads.file(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256)

    def test_an_existing_name_looks_unknown_without_credentials(self, memory: InMemorySite) -> None:
        with pytest.raises(Unauthenticated):
            memory.index.pages.project(ANONYMOUS, NormalizedName("unknown"), PageKind.SIMPLE_HTML)

    def test_any_account_may_read(self, memory: InMemorySite) -> None:
        bob = memory.actor("bob")

        assert memory.index.pages.project(bob, NAME, PageKind.SIMPLE_HTML).private
        assert memory.index.downloads.file(bob, WHEEL.filename, WHEEL.blake2_256).private


class TestCreatingProjects:
    def test_reserves_the_name(self, memory: InMemorySite, alice: Actor) -> None:
        project = memory.index.create_project(alice, parse_display_name("Fresh.Name"))

        assert (project.name, project.display_name) == ("fresh-name", "Fresh.Name")
        assert memory.index.projects.read(ANONYMOUS, project.name).members == (("alice", "Owner"),)
        with pytest.raises(ProjectAlreadyExists):
            memory.index.create_project(memory.actor("bob"), parse_display_name("fresh_name"))

    def test_requires_credentials(self, memory: InMemorySite) -> None:
        with pytest.raises(Unauthenticated):
            memory.index.create_project(ANONYMOUS, parse_display_name("fresh"))
