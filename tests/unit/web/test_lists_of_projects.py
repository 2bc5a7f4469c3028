"""The pages on which projects are found: front, search, suggestions, classifiers, activity, people."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files

import httpx
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_wheel
from pypi_web.translations import preferred_language

Ask = Callable[..., httpx.Response]

UTILITIES, TYPED = "Topic :: Utilities", "Typing :: Typed"
MARKUP = "<img src=x onerror=alert(1)>\u202e"


def publish(memory: InMemorySite, name: str, *classifiers: str, **rest: str) -> BuiltDistribution:
    wheel = build_wheel(name, "1.0", extra_metadata=[("Classifier", each) for each in classifiers], **rest)  # type: ignore[arg-type]
    memory.publish(memory.actor("alice"), wheel)
    memory.work()
    return wheel


def page(ask: Ask, path: str) -> httpx.Response:
    return ask("GET", path)


class TestSearch:
    def test_facets_narrow_the_search_and_can_be_removed(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "one", UTILITIES, "Programming Language :: Python :: 3.12")
        publish(memory, "two", UTILITIES, TYPED)

        everything = page(ask, "/search/").text
        typed = page(ask, "/search/?q=&c=Typing+%3A%3A+Typed").text
        of_python = page(ask, "/search/?q=&python=3.12").text

        assert "?q=&amp;c=Typing+%3A%3A+Typed" in everything
        assert "?q=&amp;python=3.12" in everything
        assert "/project/two/" in typed
        assert "/project/one/" not in typed
        assert '<a class="chip" href="?q=">' in typed
        assert "/project/one/" in of_python
        assert "/project/two/" not in of_python

    def test_a_search_narrowed_by_a_facet_finds_as_many_as_the_facet_counts(
        self, memory: InMemorySite, ask: Ask
    ) -> None:
        # One licence has the words of the other.
        for name, licensed in (("one", "MIT"), ("two", "MIT OR Apache-2.0")):
            wheel = build_wheel(name, "1.0", extra_metadata=[("License", licensed)])
            memory.publish(memory.actor("alice"), wheel)
        memory.work()

        counted = page(ask, "/search/?format=json").json()["facets"]["license"]
        found = {each["label"]: page(ask, f"/search/{each['query']}&format=json").json() for each in counted}

        assert {each["label"]: each["count"] for each in counted} == {"MIT": 1, "MIT OR Apache-2.0": 1}
        assert {label: view["total"] for label, view in found.items()} == {"MIT": 1, "MIT OR Apache-2.0": 1}

    @pytest.mark.parametrize("name", ["c", "license", "python"])
    def test_a_long_choice_is_refused_and_not_repeated_in_each_link(self, ask: Ask, name: str) -> None:
        answer = page(ask, f"/search/?{name}={'x' * 10_000}")

        assert answer.status_code == 400
        assert "Use at most 500 characters" in answer.text
        assert len(answer.text) < 50_000

    def test_a_mistyped_name_leads_to_the_nearest(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "requests")

        assert 'Did you mean <a href="/project/requests/">' in page(ask, "/search/?q=reqxxests").text
        assert '<a href="/project/requests/">' in page(ask, "/project/reqxxests/").text

    def test_a_file_is_found_by_name_and_by_digest(self, memory: InMemorySite, ask: Ask) -> None:
        wheel = publish(memory, "sample")

        for words in (wheel.filename, wheel.sha256, wheel.sha256.upper()):
            assert "/project/sample/1.0/files/" in page(ask, f"/search/?q={words}").text
        assert "has no file with the SHA-256" in page(ask, f"/search/?q={'0' * 64}").text

    @pytest.mark.parametrize("query", ["?page=99999999", "?c=a&c=b&license=x&python=x&sort=name", "?c=%00"])
    def test_odd_queries_find_nothing(self, ask: Ask, query: str) -> None:
        assert page(ask, f"/search/{query}").status_code == 200

    def test_words_with_markup_stay_text(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "sample", summary=MARKUP)

        for path in ("/", "/search/?q=sample", f"/search/?q={MARKUP}", f"/search/?c={MARKUP}"):
            answer = page(ask, path)
            assert "<img src=x" not in answer.text


class TestSuggestions:
    def test_names_that_begin_so_are_suggested(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "Sample.Name", summary="Counts sheep")

        assert page(ask, "/i/test/suggestions?q=sam").json() == []
        assert page(ask, "/suggestions?q=sam").json() == [
            {"name": "Sample.Name", "summary": "Counts sheep", "url": "/project/sample-name/"}
        ]

    def test_few_are_suggested_and_nothing_for_nothing(self, memory: InMemorySite, ask: Ask) -> None:
        for number in range(12):
            memory.publish(memory.actor("alice"), build_wheel(f"sample-{number}", "1.0"))
        memory.work()

        assert len(page(ask, "/suggestions?q=sample").json()) == 8
        assert page(ask, "/suggestions?q=+").json() == []
        assert page(ask, f"/suggestions?q={'x' * 3000}").json() == []


class TestOtherLists:
    def test_the_front_page_shows_what_is_new(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "sample", summary="Counts sheep")
        memory.index.count_sizes()

        front, twin = page(ask, "/").text, page(ask, "/?format=json").json()

        assert "Counts sheep" in front
        assert "<dt>Projects</dt><dd>1</dd>" in front
        assert [each["name"] for each in twin["newest"]] == ["sample"]
        assert twin["statistics"]["file_count"] == 1

    def test_classifiers_lead_down_to_searches(self, ask: Ask) -> None:
        assert 'href="?below=Topic"' in page(ask, "/classifiers/").text
        assert "/search/?c=Topic+%3A%3A+Utilities" in page(ask, "/classifiers/?below=Topic").text
        assert page(ask, "/classifiers/?below=Nonsense").status_code == 404

    def test_activity_does_not_say_who_acted(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "sample")

        shown = page(ask, "/activity/?format=json").json()["changes"]

        assert shown[0]["serial"] == max(each["serial"] for each in shown)
        assert all("actor" not in each for each in shown)
        assert "data-changes" in page(ask, "/activity/").text
        assert "data-changes" not in page(ask, "/activity/?before=2").text

    def test_an_account_is_shown_by_its_projects(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "Sample.Name")
        memory.account("bob")

        assert 'href="/project/sample-name/"' in page(ask, "/user/alice/").text
        # Nobody learns from these which accounts there are.
        nobody, bob = page(ask, "/user/nobody/"), page(ask, "/user/bob/")
        assert nobody.status_code == bob.status_code == 404
        assert nobody.text.replace("nobody", "bob") == bob.text

    @pytest.mark.parametrize(
        "path", ["/use/", "/about/", "/classifiers/", "/activity/", "/search/", "/user/alice/"]
    )
    def test_pages_have_twins_in_json(self, ask: Ask, path: str) -> None:
        answer = page(ask, f"/i/test{path}?format=json")

        assert answer.headers["content-type"].startswith("application/json")
        assert answer.json()


class TestCrawlers:
    def test_the_site_map_lists_projects_in_parts(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "Sample.Name")

        whole = page(ask, "/sitemap.xml").text
        [part] = re.findall(r"<loc>http://index.example(/sitemap.xml\?part=[0-9]+)</loc>", whole)

        assert "<loc>http://index.example/project/sample-name/</loc>" in page(ask, part).text
        assert "<url>" not in page(ask, "/sitemap.xml?part=-1").text

    def test_what_is_endless_is_closed_to_them(self, memory: InMemorySite, ask: Ask) -> None:
        publish(memory, "sample")

        robots = page(ask, "/robots.txt").text

        assert "Disallow: /search/" in robots
        assert "Sitemap: http://index.example/sitemap.xml" in robots
        assert "noindex" in page(ask, "/project/sample/1.0/").text
        assert "noindex" not in page(ask, "/project/sample/").text
        canonical = '<link rel="canonical" href="http://index.example/project/sample/">'
        assert canonical in page(ask, "/project/sample/1.0/").text


class TestLanguages:
    @pytest.mark.parametrize(
        ("header", "language"),
        [
            ("", "en"),
            ("de-AT,de;q=0.9,en;q=0.5", "de"),
            ("fr,en;q=0.3,de;q=0.2", "en"),
            ("xx;q=z", "en"),
            ("de;q=0", "en"),
        ],
    )
    def test_the_browser_chooses(self, header: str, language: str) -> None:
        assert preferred_language(header) == language

    def test_pages_speak_it(self, ask: Ask) -> None:
        answer = ask("GET", "/", headers={"accept-language": "de"})

        assert '<html lang="de" dir="ltr">' in answer.text
        assert "Projekte suchen" in answer.text
        assert answer.headers["vary"] == "Accept-Language"

    def test_the_catalogue_says_what_the_templates_say(self) -> None:
        """A message that was reworded in a template leaves no translation behind."""
        templates = str(files("pypi_web").joinpath("templates"))
        options = {"trim_blocks": "true", "lstrip_blocks": "true"}
        extracted = extract_from_dir(
            templates, [("**.html", "jinja2.ext.babel_extract")], {"**.html": options}
        )
        said = {message for _file, _line, message, *_rest in extracted}
        with files("pypi_web.translations").joinpath("de.po").open("rb") as source:
            catalogue = read_po(source, locale="de")
        translated = {each.id for each in catalogue if each.id and each.string}

        assert translated <= said

    def test_translations_keep_the_places_of_values(self) -> None:
        with files("pypi_web.translations").joinpath("de.po").open("rb") as source:
            wrong = [message.id for message in read_po(source, locale="de") if list(message.check())]

        assert wrong == []
