"""Files, releases and projects that go for good, and what stays of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor, Role
from pypi_core.domain.entities import Serial
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_core.errors import (
    FilenamePreviouslyUsed,
    FileNotFound,
    NotAllowed,
    PackageIndexError,
    PasswordNotAccepted,
    ProjectNotFound,
    ReleaseNotFound,
    Unauthenticated,
)
from pypi_core.index import Index
from pypi_core.ports.pages import PageKind
from pypi_core.ports.search import SearchQuery

NAME = NormalizedName("sample")
WHEEL = build_wheel(name="Sample", version="1.0", description="What it said first")
SDIST = build_sdist(name="Sample", version="1.0")
NEWER = build_wheel(name="Sample", version="2.0")


@pytest.fixture
def memory() -> InMemorySite:
    site = InMemorySite()
    for each in (WHEEL, SDIST, NEWER):
        site.publish(site.actor("alice"), each)
    return site


@pytest.fixture
def alice(memory: InMemorySite) -> Actor:
    return memory.actor("alice")


def page(memory: InMemorySite) -> dict[str, Any]:
    return dict(json.loads(memory.index.pages.project(ANONYMOUS, NAME, PageKind.SIMPLE_JSON).page.body))


def project_list(memory: InMemorySite) -> dict[str, Any]:
    chunks = memory.index.pages.project_list(ANONYMOUS, PageKind.SIMPLE_JSON).chunks(gzip=False)
    return dict(json.loads(b"".join(chunks)))


def last_entry(memory: InMemorySite) -> tuple[int, str, str | None, str]:
    change = memory.index.journal.since(OPERATOR, Serial(0))[-1]
    return change.serial, change.project, change.version, change.action


class TestAFile:
    def test_is_deleted_from_the_release_named(self, memory: InMemorySite, alice: Actor) -> None:
        with pytest.raises(FileNotFound):
            memory.index.delete_file(alice, NAME, WHEEL.filename, parse_version("2.0"))
        with pytest.raises(ReleaseNotFound):
            memory.index.delete_file(alice, NAME, WHEEL.filename, parse_version("3.0"))

        serial = memory.index.delete_file(alice, NAME, WHEEL.filename, parse_version("1.0.0"))

        assert last_entry(memory) == (serial, "Sample", "1.0", f"remove file {WHEEL.filename}")


class TestARelease:
    def test_goes_with_its_files(self, memory: InMemorySite, alice: Actor) -> None:
        serial = memory.index.delete_release(alice, NAME, parse_version("1.0.0"))

        assert page(memory)["versions"] == ["2.0"]
        assert [each["filename"] for each in page(memory)["files"]] == [NEWER.filename]
        assert page(memory)["meta"]["_last-serial"] == serial
        assert last_entry(memory) == (serial, "Sample", "1.0", "remove release")
        for each in (WHEEL, SDIST):
            with pytest.raises(FileNotFound):
                memory.index.downloads.file(ANONYMOUS, each.filename, each.blake2_256)

    def test_is_published_again_by_other_files_alone(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.delete_release(alice, NAME, parse_version("1.0"))

        with pytest.raises(FilenamePreviouslyUsed):
            memory.publish(alice, WHEEL)
        again = build_wheel("Sample", "1.0", tag="1-py3-none-any", description="What it says now")
        assert memory.publish(alice, again).created
        overview = memory.index.projects.read(ANONYMOUS, NAME, parse_version("1.0"))
        assert overview.release is not None
        assert overview.metadata is not None
        html = memory.index.pages.description(overview.project, overview.release, overview.metadata)
        assert "What it says now" in html

    def test_that_is_not_there_is_not_found(self, memory: InMemorySite, alice: Actor) -> None:
        with pytest.raises(ReleaseNotFound):
            memory.index.delete_release(alice, NAME, parse_version("3.0"))

    def test_leaves_search_with_the_one_before(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.delete_release(alice, NAME, parse_version("2.0"))
        memory.work()

        (hit,) = memory.index.search.by_words(ANONYMOUS, SearchQuery(words="sample")).hits
        assert hit.version == "1.0"


class TestAProject:
    def test_is_gone_from_everywhere(self, memory: InMemorySite, alice: Actor) -> None:
        memory.publish(alice, build_wheel(name="other", version="1.0"))
        before = project_list(memory)
        serial = memory.index.delete_project(alice, NAME)
        memory.work()

        assert [each["name"] for each in before["projects"]] == ["other", "Sample"]
        assert [each["name"] for each in project_list(memory)["projects"]] == ["other"]
        assert project_list(memory)["meta"]["_last-serial"] == serial
        assert last_entry(memory) == (serial, "Sample", None, "remove project")
        assert memory.index.search.by_words(ANONYMOUS, SearchQuery(words="sample")).hits == ()
        for read in (
            lambda: memory.index.pages.project(ANONYMOUS, NAME, PageKind.SIMPLE_JSON),
            lambda: memory.index.projects.read(ANONYMOUS, NAME),
        ):
            with pytest.raises(ProjectNotFound):
                read()
        with pytest.raises(FileNotFound):
            memory.index.downloads.file(ANONYMOUS, WHEEL.filename, WHEEL.blake2_256)

    def test_leaves_its_name_free_and_those_of_its_files_used(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        memory.index.delete_project(alice, NAME)
        bob = memory.actor("bob")

        for each in (WHEEL, SDIST, NEWER):
            with pytest.raises(FilenamePreviouslyUsed):
                memory.publish(bob, each)
        assert project_list(memory)["projects"] == []
        assert memory.publish(bob, build_wheel(name="sample", version="3.0")).created
        assert memory.index.projects.read(ANONYMOUS, NAME).members == (("bob", "Owner"),)
        with pytest.raises(NotAllowed):
            memory.publish(alice, build_wheel(name="sample", version="4.0"))

    def test_made_again_has_a_greater_serial_than_it_ever_had(
        self, memory: InMemorySite, alice: Actor
    ) -> None:
        serials = [page(memory)["meta"]["_last-serial"], memory.index.delete_project(alice, NAME)]
        memory.publish(alice, build_wheel(name="sample", version="3.0"))
        serials.append(page(memory)["meta"]["_last-serial"])

        assert serials == sorted(set(serials))
        assert page(memory)["versions"] == ["3.0"]
        (entry,) = project_list(memory)["projects"]
        assert entry == {"name": "sample", "_last-serial": serials[-1]}

    def test_keeps_its_history(self, memory: InMemorySite, alice: Actor) -> None:
        history = memory.index.journal.since(OPERATOR, Serial(0))
        memory.index.delete_project(alice, NAME)

        assert memory.index.journal.since(OPERATOR, Serial(0))[:-1] == history

    def test_frees_its_bytes_for_the_sweep(self, memory: InMemorySite, alice: Actor) -> None:
        memory.index.delete_project(alice, NAME)
        with memory.database.open_site_snapshot() as snapshot:
            assert list(snapshot.references.all()) == []


Deletion = Callable[[Index, Actor, NormalizedName], Serial]


@pytest.mark.parametrize(
    "delete",
    [
        lambda index, actor, name: index.delete_file(actor, name, WHEEL.filename),
        lambda index, actor, name: index.delete_release(actor, name, parse_version("1.0")),
        lambda index, actor, name: index.delete_project(actor, name),
    ],
    ids=["file", "release", "project"],
)
def test_deleting_requires_an_owner_with_a_token(
    memory: InMemorySite, alice: Actor, delete: Deletion
) -> None:
    mark = memory.actor("mark")
    memory.index.grant_role(alice, NAME, "mark", Role.MAINTAINER)
    before = page(memory)
    refusals: list[tuple[Actor, type[PackageIndexError]]] = [
        (ANONYMOUS, Unauthenticated),
        (mark, NotAllowed),
        (memory.actor_by_password("peter"), PasswordNotAccepted),
    ]

    for actor, error in refusals:
        with pytest.raises(error):
            delete(memory.index, actor, NAME)
    with pytest.raises(ProjectNotFound):
        delete(memory.index, alice, NormalizedName("other"))
    assert page(memory) == before
