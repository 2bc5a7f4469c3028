"""Which projects require which, and what that is worth."""

from __future__ import annotations

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.domain.metadata.requirements import required_projects
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import Invalid
from pypi_core.ports.search import SearchQuery
from pypi_core.use_cases.reading.dependents import DependentsPage

WEB = NormalizedName("web-core")


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


def publish(memory: InMemorySite, name: str, version: str = "1.0", *requires: str) -> None:
    fields = [("Provides-Extra", "fast"), *(("Requires-Dist", each) for each in requires)]
    memory.publish(memory.actor("ann"), build_wheel(name, version, extra_metadata=fields))
    memory.work()


def dependents(memory: InMemorySite, name: NormalizedName = WEB) -> DependentsPage:
    return memory.index.dependents.of_project(ANONYMOUS, name)


def names(page: DependentsPage) -> list[str]:
    return [each.name for each in page.projects]


class TestDependents:
    def test_are_projects_whose_newest_release_requires_the_name(self, memory: InMemorySite) -> None:
        publish(memory, "robot", "1.0", "Web.Core >= 1", "other")
        publish(memory, "client", "1.0", "web_core; extra == 'fast'")
        assert [(each.name, each.is_optional) for each in dependents(memory).projects] == [
            ("client", True),
            ("robot", False),
        ]

        publish(memory, "robot", "2.0", "other")

        assert names(dependents(memory)) == ["client"]

    def test_that_are_required_themselves_come_first(self, memory: InMemorySite) -> None:
        publish(memory, "aaa", "1.0", "web-core")
        publish(memory, "zzz", "1.0", "web-core")
        publish(memory, "user-of-zzz", "1.0", "zzz")
        assert names(dependents(memory)) == ["zzz", "aaa"]

    def test_that_are_quarantined_or_deleted_do_not_count(self, memory: InMemorySite) -> None:
        for name in ("robot", "client", "tool"):
            publish(memory, name, "1.0", "web-core")
        hidden = ProjectStatus(Status.QUARANTINED, "")
        memory.index.set_project_status(OPERATOR, NormalizedName("robot"), hidden)
        memory.index.delete_project(OPERATOR, NormalizedName("client"))
        memory.work()
        page = dependents(memory)
        assert (names(page), page.total, page.total_is_at_least) == (["tool"], 1, False)

    def test_of_itself_a_project_is_none(self, memory: InMemorySite) -> None:
        publish(memory, "web-core", "1.0", "web-core[fast]; extra == 'fast'")
        assert dependents(memory).total == 0

    def test_come_page_by_page(self, memory: InMemorySite) -> None:
        for name in ("a1", "a2", "a3"):
            publish(memory, name, "1.0", "web-core")
        query = memory.index.dependents.of_project
        pages = [query(ANONYMOUS, WEB, limit=2, offset=offset) for offset in (0, 2)]
        assert [(names(each), each.more, each.total) for each in pages] == [
            (["a1", "a2"], True, 3),
            (["a3"], False, 3),
        ]

    @pytest.mark.parametrize(("limit", "offset"), [(0, 0), (101, 0), (1, -1), (1, 10_001)])
    def test_are_not_told_without_bounds(self, memory: InMemorySite, limit: int, offset: int) -> None:
        with pytest.raises(Invalid):
            memory.index.dependents.of_project(ANONYMOUS, WEB, limit=limit, offset=offset)


class TestPopularity:
    def test_being_required_puts_a_project_before_its_equals(self, memory: InMemorySite) -> None:
        for name in ("web-a", "web-b", "web-c"):
            publish(memory, name)
        publish(memory, "customer", "1.0", "web-c")
        assert found(memory, "web") == ["web-c", "web-a", "web-b"]

        publish(memory, "customer", "2.0", "web-b")
        assert found(memory, "web") == ["web-b", "web-a", "web-c"]

        memory.index.delete_project(OPERATOR, NormalizedName("customer"))
        memory.work()
        assert found(memory, "web") == ["web-a", "web-b", "web-c"]

    def test_a_rebuilt_search_knows_who_is_required(self, memory: InMemorySite) -> None:
        for name in ("web-a", "web-b"):
            publish(memory, name)
        publish(memory, "customer", "1.0", "web-b")
        memory.index.rebuild_search()
        assert found(memory, "web") == ["web-b", "web-a"]

    def test_projects_that_require_each_other_come_to_rest(self, memory: InMemorySite) -> None:
        publish(memory, "one", "1.0", "two")
        publish(memory, "two", "1.0", "one")
        assert memory.database.outbox.waiting() == 0


def test_a_requirement_that_cannot_be_read_is_passed_over() -> None:
    assert required_projects(["web>=1", "?", "a b c", "Web; extra == 'x'", "b; extra == 'x'"]) == {
        "web": False,
        "b": True,
    }


def found(memory: InMemorySite, words: str) -> list[str]:
    return [each.name for each in memory.index.search.by_words(ANONYMOUS, SearchQuery(words=words)).hits]
