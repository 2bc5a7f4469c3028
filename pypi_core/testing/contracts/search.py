"""What every search engine must do."""

from __future__ import annotations

from functools import partial

import pytest

from pypi_core.domain.names import DisplayName, normalize
from pypi_core.ports.search import SearchDocument, SearchEngine, SearchHit, SearchQuery
from pypi_core.testing.contracts.blobs import at_once

NASTY_WORDS = (
    '"',
    '""',
    '"unfinished',
    "'",
    "*",
    "flask*",
    "a AND",
    "OR",
    "NOT flask",
    "NEAR(flask web, 2)",
    "name:flask",
    "{name}: flask",
    "-flask",
    "^flask",
    "(flask",
    "flask)",
    "flask + web",
    "; DROP TABLE projects; --",
    "%",
    "_",
    "\\",
    "\0",
    "flask\0web",
    "\ud800",
    "\N{ZERO WIDTH SPACE}",
    "\N{EM DASH}",
    "\N{COMBINING ACUTE ACCENT}",
    "\N{PILE OF POO}",
    "x" * 10_000,
    "x " * 10_000,
)


class SearchContract:
    """Inherit and provide the fixture ``search``, an engine with nothing in it."""

    @pytest.fixture
    def search(self) -> SearchEngine:
        """Return an empty engine."""
        raise NotImplementedError

    def test_an_empty_engine_finds_nothing(self, search: SearchEngine) -> None:
        assert found(search, "") == []
        assert found(search, "flask") == []

    def test_a_hit_shows_the_project(self, search: SearchEngine) -> None:
        put(search, "Flask.Login", summary="User sessions", version="1.2")
        (hit,) = search.query(SearchQuery(words="login")).hits
        assert hit == SearchHit(
            name=normalize(DisplayName("flask-login")),
            display_name=DisplayName("Flask.Login"),
            version="1.2",
            summary="User sessions",
        )

    @pytest.mark.parametrize("words", ["templating", "micro", "wsgi", "borrowed", "flask wsgi borrowed"])
    def test_words_are_found_in_name_keywords_summary_and_description(
        self, search: SearchEngine, words: str
    ) -> None:
        put(search, "flask", summary="A micro framework", keywords=("wsgi", "web"), description="Borrowed")
        put(search, "jinja", summary="Templating", description="Borrowed wsgi flask micro")
        assert ("flask" in found(search, words)) == (words != "templating")

    def test_all_words_must_match(self, search: SearchEngine) -> None:
        put(search, "flask", summary="A web framework")
        put(search, "django", summary="Another web framework")
        assert found(search, "web django") == ["django"]
        assert found(search, "web numbers") == []

    @pytest.mark.parametrize("words", ["f", "fl", "fla", "flas", "flask", "fram", "we fr"])
    def test_a_word_matches_by_its_beginning(self, search: SearchEngine, words: str) -> None:
        put(search, "flask", summary="web framework")
        assert found(search, words) == ["flask"]

    def test_a_word_does_not_match_by_its_end(self, search: SearchEngine) -> None:
        put(search, "flask", summary="web framework")
        assert found(search, "lask") == []

    @pytest.mark.parametrize("words", ["bar", "foo", "foo-bar", "foo.bar", "Foo_Bar", "foo bar", "bar foo"])
    def test_a_name_matches_by_its_parts(self, search: SearchEngine, words: str) -> None:
        put(search, "Foo.Bar")
        assert found(search, words) == ["foo-bar"]

    def test_case_and_accents_do_not_matter(self, search: SearchEngine) -> None:
        put(search, "cafe-menu", summary="Ordering in a CAFÉ in Zürich")
        put(search, "tea", description="Not COFFEE")
        assert found(search, "café") == found(search, "CAFE") == ["cafe-menu"]
        assert found(search, "zurich") == found(search, "ZÜRICH") == ["cafe-menu"]
        assert found(search, "coffee") == ["tea"]

    @pytest.mark.parametrize("words", ["my-app", "My.App", "my_app", "MY--APP", " my-app ", "my app"])
    def test_the_project_of_that_name_comes_first(self, search: SearchEngine, words: str) -> None:
        put(search, "a", summary="my app my app", keywords=("my", "app"))
        put(search, "my-app-extras", summary="my app")
        put(search, "an-app-of-my-own", summary="my app")
        put(search, "my.app")
        assert found(search, words)[0] == "my-app"

    def test_names_that_begin_so_come_before_others(self, search: SearchEngine) -> None:
        put(search, "about", description="requests " * 100, keywords=("requests",), summary="requests")
        put(search, "grequests-requests")
        put(search, "requests-toolbelt")
        put(search, "requests")
        assert found(search, "requests") == ["requests", "requests-toolbelt", "grequests-requests", "about"]

    def test_no_words_list_all_projects(self, search: SearchEngine) -> None:
        for name in ("c", "a", "b"):
            put(search, name)
        assert sorted(found(search, "")) == sorted(found(search, "  \t\n")) == ["a", "b", "c"]

    @pytest.mark.parametrize("words", ["", "common"])
    def test_pages_follow_each_other_without_gap_or_repeat(self, search: SearchEngine, words: str) -> None:
        for number in range(25):
            put(search, f"project-{number}", summary="common")
        pages = [
            search.query(SearchQuery(words=words, offset=offset, limit=10)) for offset in (0, 10, 20, 30)
        ]
        assert [len(page.hits) for page in pages] == [10, 10, 5, 0]
        assert [page.more for page in pages] == [True, True, False, False]
        assert len({hit.name for page in pages for hit in page.hits}) == 25

    def test_a_page_that_ends_with_the_last_hit_is_the_last(self, search: SearchEngine) -> None:
        for number in range(10):
            put(search, f"project-{number}")
        assert not search.query(SearchQuery(words="project", limit=10)).more
        assert search.query(SearchQuery(words="project", limit=9)).more

    def test_the_same_query_answers_the_same(self, search: SearchEngine) -> None:
        for number in range(30):
            put(search, f"project-{number % 7}-{number}", summary="common")
        assert found(search, "common project") == found(search, "common project")

    def test_a_new_document_replaces_the_old(self, search: SearchEngine) -> None:
        put(search, "flask", summary="old", version="1.0")
        put(search, "flask", summary="new", version="2.0")
        assert found(search, "old") == []
        (hit,) = search.query(SearchQuery(words="flask")).hits
        assert (hit.version, hit.summary) == ("2.0", "new")

    def test_what_is_removed_is_not_found(self, search: SearchEngine) -> None:
        put(search, "flask", summary="web")
        put(search, "django", summary="web")
        search.remove(normalize(DisplayName("flask")))
        search.remove(normalize(DisplayName("flask")))
        assert found(search, "web") == found(search, "") == ["django"]
        assert found(search, "flask") == []

    def test_what_was_removed_can_come_back(self, search: SearchEngine) -> None:
        put(search, "flask")
        search.remove(normalize(DisplayName("flask")))
        put(search, "flask", summary="again")
        assert found(search, "again") == ["flask"]

    @pytest.mark.parametrize("words", NASTY_WORDS, ids=ascii)
    def test_no_text_is_an_error(self, search: SearchEngine, words: str) -> None:
        put(search, "flask", summary="web")
        assert set(found(search, words)) <= {"flask"}
        assert found(search, "web") == ["flask"]

    @pytest.mark.parametrize("words", ["*", '"', "---", "()", "%", "\\", "!?", "\0"])
    def test_punctuation_alone_finds_nothing(self, search: SearchEngine, words: str) -> None:
        put(search, "flask")
        assert found(search, words) == []

    @pytest.mark.parametrize("words", ['"flask"', "flask*", "(flask)", "-flask", "flask;", "flask, web"])
    def test_punctuation_between_words_is_passed_over(self, search: SearchEngine, words: str) -> None:
        put(search, "flask", summary="web")
        assert found(search, words) == ["flask"]

    @pytest.mark.parametrize("words", NASTY_WORDS, ids=ascii)
    def test_no_document_is_an_error(self, search: SearchEngine, words: str) -> None:
        put(search, "flask", summary=words, keywords=(words, "web"), description=words)
        assert found(search, "flask web") == ["flask"]

    def test_threads_search_while_others_index(self, search: SearchEngine) -> None:
        put(search, "there", summary="always")

        def index(prefix: str) -> None:
            for number in range(15):
                put(search, f"{prefix}-{number}", summary="always")

        def look() -> None:
            for _ in range(50):
                assert "there" in found(search, "always there")

        at_once(partial(index, "one"), partial(index, "two"), look, look)
        assert len(found(search, "always")) == 31


def put(
    search: SearchEngine,
    name: str,
    *,
    version: str = "1.0",
    summary: str = "",
    keywords: tuple[str, ...] = (),
    description: str = "",
) -> None:
    """Make a project of *name* findable."""
    search.put(
        SearchDocument(
            name=normalize(DisplayName(name)),
            display_name=DisplayName(name),
            version=version,
            summary=summary,
            keywords=keywords,
            description=description,
        )
    )


def found(search: SearchEngine, words: str) -> list[str]:
    """Return the names of the first hits, in order."""
    return [hit.name for hit in search.query(SearchQuery(words=words, limit=100)).hits]
