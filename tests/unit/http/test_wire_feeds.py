"""RSS feeds and statistics, byte for byte."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_web import frontend

FEEDS = ("/rss/updates.xml", "/rss/packages.xml", "/rss/project/foo-bar/releases.xml")


@pytest.fixture
def site(wired: Any) -> Any:
    """Return a wire to an index with two projects, each upload an hour after the one before."""
    wire = wired(frontend=frontend())
    ada = [("Author-email", "Ada <ada@index.example>, b@c.example")]
    for each in (
        build_wheel("Foo.Bar", "1.0", summary="The first", extra_metadata=ada),
        build_wheel("Foo.Bar", "1!2.0", summary="A & B <c>"),
        build_sdist("other", "1.0", summary="Another"),
    ):
        assert wire.upload(each).status == 200
        wire.memory.clock.advance(timedelta(hours=1))
    return wire


def items(wire: Any, target: str) -> list[dict[str, str]]:
    root = ET.fromstring(wire.get(target).body)
    assert (root.tag, root.attrib) == ("rss", {"version": "2.0"})
    return [{child.tag: child.text or "" for child in item} for item in root.iter("item")]


def test_the_newest_releases_come_first(site: Any) -> None:
    found = items(site, "/rss/updates.xml")

    assert [each["title"] for each in found] == ["other 1.0", "Foo.Bar 1!2.0", "Foo.Bar 1.0"]
    assert found[1]["link"] == "http://index.example/project/foo-bar/1%212.0/"
    assert found[1]["description"] == "A & B <c>"
    assert found[2]["pubDate"] == "Sun, 01 Mar 2026 12:00:00 GMT"


def test_the_newest_projects_come_first(site: Any) -> None:
    found = items(site, "/rss/packages.xml")

    assert [each["title"] for each in found] == ["other added", "Foo.Bar added"]
    assert found[1]["link"] == found[1]["guid"] == "http://index.example/project/foo-bar/"
    assert parsedate_to_datetime(found[1]["pubDate"]) < parsedate_to_datetime(found[0]["pubDate"])


def test_a_project_has_a_feed_of_its_releases(site: Any) -> None:
    assert [each["title"] for each in items(site, "/rss/project/foo-bar/releases.xml")] == ["1!2.0", "1.0"]
    moved = site.get("/rss/project/Foo.Bar/releases.xml")
    assert (moved.status, moved.headers["location"]) == (301, "/rss/project/foo-bar/releases.xml")
    assert site.get("/rss/project/nowhere/releases.xml").status == 404


def test_authors_are_named_by_their_addresses(site: Any) -> None:
    found = items(site, "/rss/updates.xml")

    assert found[2]["author"] == "ada@index.example, b@c.example"
    assert "author" not in found[0]


@pytest.mark.parametrize("feed", FEEDS)
def test_a_feed_is_sent_once(site: Any, feed: str) -> None:
    first = site.get(feed)
    again = site.get(feed, {"if-none-match": first.headers["etag"]})

    assert first.headers["content-type"].startswith("text/xml")
    assert first.headers["access-control-allow-origin"] == "*"
    assert (again.status, again.body) == (304, b"")
    site.upload(build_wheel("Foo.Bar", "3.0"))
    site.upload(build_wheel("third", "3.0"))
    assert site.get(feed, {"if-none-match": first.headers["etag"]}).status == 200


@pytest.mark.parametrize("feed", FEEDS)
def test_a_private_index_has_private_feeds(site: Any, feed: str) -> None:
    site.memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

    alone, known = site.get(feed), site.get(feed, site.basic("__token__", site.token))

    assert alone.status == 401
    assert known.status == 200
    assert known.headers["cache-control"].startswith("private")
    assert "access-control-allow-origin" not in known.headers


def test_a_quarantined_project_is_in_no_feed(site: Any) -> None:
    site.memory.index.set_project_status(
        OPERATOR, NormalizedName("foo-bar"), ProjectStatus(Status.QUARANTINED, "looked at")
    )

    assert [each["title"] for each in items(site, "/rss/updates.xml")] == ["other 1.0"]
    assert [each["title"] for each in items(site, "/rss/packages.xml")] == ["other added"]
    assert site.get("/rss/project/foo-bar/releases.xml").status == 404


def test_a_project_without_releases_is_in_the_feed_of_projects(site: Any) -> None:
    site.memory.index.create_project(OPERATOR, DisplayName("empty"))

    assert items(site, "/rss/packages.xml")[0]["title"] == "empty added"


def test_a_feed_is_bounded(site: Any) -> None:
    for number in range(41):
        site.memory.index.create_project(OPERATOR, DisplayName(f"project{number}"))

    assert len(items(site, "/rss/packages.xml")) == 40


class TestStatistics:
    def test_programs_get_json(self, site: Any) -> None:
        answer = site.get("/stats/", {"accept": "application/json"})

        total = answer.json["total_packages_size"]
        sizes = {name: each["size"] for name, each in answer.json["top_packages"].items()}
        assert answer.headers["content-type"] == "application/json"
        assert set(sizes) == {"Foo.Bar", "other"}
        assert total == sum(sizes.values()) > 0

    def test_people_get_a_page(self, site: Any) -> None:
        answer = site.get("/stats/", {"accept": "text/html"})

        assert answer.headers["content-type"].startswith("text/html")
        assert "Foo.Bar" in answer.text

    def test_files_are_counted_once_in_a_while(self, site: Any) -> None:
        def total() -> int:
            size: int = site.get("/stats/", {"accept": "application/json"}).json["total_packages_size"]
            return size

        before = total()
        site.upload(build_wheel("third", "1.0"))
        assert total() == before
        site.memory.clock.advance(timedelta(hours=1))
        assert total() > before

    def test_a_private_index_has_no_public_feeds(self, site: Any) -> None:
        site.memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

        assert site.get("/stats/", {"accept": "application/json"}).status == 401
