"""What every search engine must do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypedDict, Unpack

import pytest
from msgspec.structs import replace

from pypi_contracts.suites.blobs import at_once
from pypi_core.domain.names import DisplayName, normalize
from pypi_core.ports.search import (
    MOST_COUNTED,
    FacetKind,
    SearchDocument,
    SearchEngine,
    SearchField,
    SearchHit,
    SearchQuery,
    SearchSort,
)

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


class DocumentFields(TypedDict, total=False):
    """What a document may have beside its name."""

    summary: str
    keywords: tuple[str, ...]
    description: str
    author: str
    maintainer: str
    classifiers: tuple[str, ...]
    licenses: tuple[str, ...]
    pythons: tuple[str, ...]
    modules: tuple[str, ...]
    popularity: int
    updated: datetime | None


class PutFields(DocumentFields, total=False):
    """What a document may have beside its name, with another spelling of its licence."""

    version: str
    licence: str


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
        assert found(search, "ask") == found(search, "work") == []

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

    def test_an_empty_query_lists_all_projects(self, search: SearchEngine) -> None:
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

    @pytest.mark.parametrize(
        ("field", "text", "names"),
        [
            (SearchField.AUTHOR, "Lovelace", ["engine"]),
            (SearchField.AUTHOR, "ada love", ["engine"]),
            (SearchField.AUTHOR, "hopper", []),
            (SearchField.MAINTAINER, "hopper", ["compiler"]),
            (SearchField.LICENSE, "MIT", ["compiler", "engine"]),
            (SearchField.NAME, "eng", ["engine"]),
            (SearchField.SUMMARY, "engine", ["compiler"]),
            (SearchField.KEYWORDS, "numbers", ["engine"]),
            (SearchField.DESCRIPTION, "numbers", ["compiler"]),
            (SearchField.DESCRIPTION, "***", []),
        ],
    )
    def test_a_field_is_searched_by_itself(
        self, search: SearchEngine, field: SearchField, text: str, names: list[str]
    ) -> None:
        put(search, "engine", author="Ada Lovelace <ada@example.org>", keywords=("numbers",), licence="MIT")
        put(
            search,
            "compiler",
            maintainer="Grace Hopper",
            summary="For the engine",
            description="No numbers",
            licence="MIT OR Apache-2.0",
        )
        hits = search.query(SearchQuery(fields={field: text})).hits
        assert sorted(each.name for each in hits) == names

    @pytest.mark.parametrize(
        ("words", "words_in", "names"),
        [
            ("engine", (SearchField.NAME, SearchField.SUMMARY), ["compiler", "engine"]),
            ("engine", (SearchField.SUMMARY,), ["compiler"]),
            ("engine", (SearchField.NAME,), ["engine"]),
            ("engine ada", (SearchField.NAME, SearchField.AUTHOR), ["engine"]),
            ("numbers", (SearchField.NAME, SearchField.SUMMARY), []),
            ("numbers", (SearchField.KEYWORDS,), ["engine"]),
        ],
    )
    def test_words_are_looked_for_where_the_query_says(
        self, search: SearchEngine, words: str, words_in: tuple[SearchField, ...], names: list[str]
    ) -> None:
        put(search, "engine", author="Ada Lovelace", keywords=("numbers",))
        put(search, "compiler", summary="For the engine", description="No numbers")
        hits = search.query(SearchQuery(words=words, words_in=words_in)).hits
        assert sorted(each.name for each in hits) == names

    def test_words_and_fields_and_classifiers_must_all_match(self, search: SearchEngine) -> None:
        for number in range(4):
            put(
                search,
                f"tool-{number}",
                author="Ada" if number % 2 else "Grace",
                classifiers=("Topic :: A", "Topic :: B")[: 1 + number // 2],
            )
        query = SearchQuery(
            words="tool", fields={SearchField.AUTHOR: "ada"}, classifiers=("Topic :: A", "Topic :: B")
        )
        assert [each.name for each in search.query(query).hits] == ["tool-3"]
        assert search.query(replace(query, classifiers=("Topic ::",))).hits == ()

    def test_hits_can_be_narrowed_by_every_facet(self, search: SearchEngine) -> None:
        put(search, "tool-a", licenses=("MIT",), pythons=("3.12", "3.13"), classifiers=("Topic :: A",))
        put(search, "tool-b", licenses=("MIT",), pythons=("3.12",), modules=("MIT",))
        put(search, "tool-c", licenses=("Apache-2.0",), pythons=("3.12",), classifiers=("MIT",))
        for query, names in (
            (SearchQuery(licenses=("MIT",)), ["tool-a", "tool-b"]),
            (SearchQuery(words="tool", licenses=("MIT",), pythons=("3.13",)), ["tool-a"]),
            (SearchQuery(words="tool", pythons=("3.12", "3.13")), ["tool-a"]),
            (SearchQuery(pythons=("3.12",), classifiers=("MIT",)), ["tool-c"]),
            (SearchQuery(words="tool", licenses=("mit",)), []),
        ):
            results = search.query(replace(query, facets=True))
            assert [each.name for each in results.hits] == names
            assert results.total == len(names)

    def test_hits_come_in_the_order_asked_for(self, search: SearchEngine) -> None:
        moment = datetime(2026, 3, 1, tzinfo=UTC)
        for days, name in enumerate(("b-tool", "tool", "a-tool")):
            put(search, name, updated=moment + timedelta(days=days))

        def names(sort: SearchSort, words: str) -> list[str]:
            return [each.name for each in search.query(SearchQuery(words=words, sort=sort)).hits]

        for words in ("tool", ""):
            assert names(SearchSort.NAME, words) == ["a-tool", "b-tool", "tool"]
            assert names(SearchSort.UPDATED, words) == ["a-tool", "tool", "b-tool"]
        assert names(SearchSort.RELEVANCE, "tool")[0] == "tool"
        assert search.query(SearchQuery(words="a-tool")).hits[0].updated == moment + timedelta(days=2)

    def test_facets_count_what_the_hits_have_in_common(self, search: SearchEngine) -> None:
        for number in range(5):
            put(
                search,
                f"tool-{number}",
                classifiers=("Topic :: All", f"Topic :: {number % 2}"),
                licenses=("MIT",),
                pythons=("3.12", "3.13")[: 1 + number % 2],
            )
        put(search, "other", classifiers=("Topic :: All",), licenses=("Apache-2.0",))
        results = search.query(SearchQuery(words="tool", limit=1, facets=True))
        assert [(each.kind, each.value, each.count) for each in results.facets] == [
            (FacetKind.CLASSIFIER, "Topic :: All", 5),
            (FacetKind.CLASSIFIER, "Topic :: 0", 3),
            (FacetKind.CLASSIFIER, "Topic :: 1", 2),
            (FacetKind.LICENSE, "MIT", 5),
            (FacetKind.PYTHON, "3.12", 5),
            (FacetKind.PYTHON, "3.13", 2),
        ]
        assert (results.total, results.total_is_at_least) == (5, False)
        everything = search.query(SearchQuery(facets=True))
        assert (everything.total, everything.facets[0].count) == (6, 6)
        nothing = search.query(SearchQuery(words="nothing", facets=True))
        assert (nothing.total, nothing.facets) == (0, ())
        assert search.query(SearchQuery(words="tool")).facets == ()
        assert search.query(SearchQuery(words="tool")).total is None

    def test_facets_count_hits_that_a_slip_or_a_module_found(self, search: SearchEngine) -> None:
        put(search, "requests", licenses=("Apache-2.0",))
        put(search, "pyyaml", licenses=("MIT",), modules=("yaml",))
        for words, value in (("reqeusts", "Apache-2.0"), ("yaml", "MIT")):
            results = search.query(SearchQuery(words=words, facets=True))
            assert (results.total, [each.value for each in results.facets]) == (1, [value])

    def test_more_hits_than_are_counted_are_told_to_be_at_least_so_many(self, search: SearchEngine) -> None:
        with search.filling() as filling:
            for batch in range(4):
                filling.add(
                    [
                        document(f"tool-{batch}-{number}", summary="common", licenses=("MIT",))
                        for number in range(600)
                    ]
                )
        for query in (SearchQuery(words="common", facets=True), SearchQuery(facets=True)):
            results = search.query(query)
            assert (results.total, results.total_is_at_least) == (MOST_COUNTED, True)
            assert [(each.value, each.count) for each in results.facets] == [("MIT", MOST_COUNTED)]

    def test_old_classifiers_are_forgotten(self, search: SearchEngine) -> None:
        put(search, "tool", classifiers=("Topic :: Old", "Topic :: Old"))
        put(search, "tool", classifiers=("Topic :: New",))
        assert search.query(SearchQuery(classifiers=("Topic :: Old",))).hits == ()
        search.remove(normalize(DisplayName("tool")))
        assert search.query(SearchQuery(classifiers=("Topic :: New",), facets=True)).facets == ()

    def test_it_reports_whether_it_is_empty(self, search: SearchEngine) -> None:
        assert search.is_empty()
        put(search, "tool")
        assert not search.is_empty()
        search.remove(normalize(DisplayName("tool")))
        assert search.is_empty()

    def test_a_new_document_replaces_the_old(self, search: SearchEngine) -> None:
        put(search, "flask", summary="old", version="1.0")
        put(search, "flask", summary="new", version="2.0")
        assert found(search, "old") == []
        (hit,) = search.query(SearchQuery(words="flask")).hits
        assert (hit.version, hit.summary) == ("2.0", "new")

    def test_a_removed_project_is_not_found(self, search: SearchEngine) -> None:
        put(search, "flask", summary="web")
        put(search, "django", summary="web")
        search.remove(normalize(DisplayName("flask")))
        search.remove(normalize(DisplayName("flask")))
        assert found(search, "web") == found(search, "") == ["django"]
        assert found(search, "flask") == []

    @pytest.mark.parametrize("words", ["scikitlearn", "Scikit.Learn", "scikit learn", "SCIKIT_LEARN"])
    def test_separators_in_a_name_do_not_matter(self, search: SearchEngine, words: str) -> None:
        put(search, "scikit-learn-extra", popularity=9)
        put(search, "scikit-learn")
        assert found(search, words) == ["scikit-learn", "scikit-learn-extra"]
        assert found(search, f"{words}x") == ["scikit-learn"]

    def test_words_count_by_where_they_stand(self, search: SearchEngine) -> None:
        put(search, "in-description", description="A parser", popularity=1000)
        put(search, "in-keywords", keywords=("parser",), popularity=100)
        put(search, "in-summary", summary="A parser", popularity=10)
        put(search, "a-parser", popularity=1)
        put(search, "parser-of-all", popularity=5)
        put(search, "parser")
        assert found(search, "parser") == [
            "parser", "parser-of-all", "a-parser", "in-summary", "in-keywords", "in-description",
        ]  # fmt: skip

    def test_popularity_breaks_what_words_leave_equal(self, search: SearchEngine) -> None:
        for name, popularity in (("a", 3), ("b", 1000), ("c", 0), ("d", 20)):
            put(search, f"web-{name}", popularity=popularity)
            put(search, f"{name}-other", summary="For the web", popularity=popularity * 1000)
        expected = ["web-b", "web-d", "web-a", "web-c", "b-other", "d-other", "a-other", "c-other"]
        assert found(search, "web") == expected
        assert found(search, "")[:2] == ["b-other", "d-other"]

    def test_popularity_follows_what_was_put_last(self, search: SearchEngine) -> None:
        put(search, "web-a", popularity=5)
        put(search, "web-b", popularity=3)
        put(search, "web-b", popularity=9)
        assert found(search, "web") == ["web-b", "web-a"]

    @pytest.mark.parametrize(
        "words",
        ["reqeusts", "rquests", "reequests", "requestz", "requessts", "equests", "erquests", "request5",
         "Reqeusts", "re-qeusts"],
    )  # fmt: skip
    def test_a_slip_of_one_letter_in_a_name_still_finds_it(self, search: SearchEngine, words: str) -> None:
        put(search, "requests")
        put(search, "flask")
        put(search, "another", summary="A web framework")
        assert found(search, words) == ["requests"]

    @pytest.mark.parametrize("words", ["scikit-laern", "scikit larn", "scikitlearnn", "scikit.leern"])
    def test_a_slip_in_a_name_of_two_words_still_finds_it(self, search: SearchEngine, words: str) -> None:
        put(search, "scikit-learn")
        put(search, "scikit-image")
        assert found(search, words) == ["scikit-learn"]

    @pytest.mark.parametrize("words", ["eruqests", "rqusts", "requestsss", "sx", "f"])
    def test_two_slips_or_a_name_of_two_letters_find_nothing(self, search: SearchEngine, words: str) -> None:
        put(search, "requests")
        put(search, "six")
        assert found(search, words) == []

    def test_a_name_that_is_there_is_no_slip(self, search: SearchEngine) -> None:
        put(search, "flask", popularity=1000)
        put(search, "flak")
        assert found(search, "flak") == ["flak"]

    def test_a_slip_comes_after_names_and_before_other_words(self, search: SearchEngine) -> None:
        put(search, "pandas", popularity=1)
        put(search, "pansas-tools")
        put(search, "zoo", summary="Not pansas", popularity=10)
        assert found(search, "pansas") == ["pansas-tools", "pandas", "zoo"]

    @pytest.mark.parametrize(
        ("words", "name"),
        [
            ("PIL", "pillow"),
            ("pil", "pillow"),
            ("yaml", "pyyaml"),
            ("sklearn", "scikit-learn"),
            ("typing_extensions", "typing-extensions"),
            ("google.cloud.storage", "google-storage"),
        ],
    )
    def test_a_module_finds_its_project_first(self, search: SearchEngine, words: str, name: str) -> None:
        put(search, "pillow", modules=("PIL",))
        put(search, "pyyaml", modules=("_yaml", "yaml"))
        put(search, "scikit-learn", modules=("sklearn",))
        put(search, "typing-extensions", modules=("typing_extensions",))
        put(search, "google-storage", modules=("google.cloud.storage",))
        for other in ("pilot", "yaml-lint", "sklearn-tools", "a-typing"):
            put(search, other, summary="pil yaml sklearn typing extensions", popularity=10**6)
        assert found(search, words)[0] == name

    def test_a_project_comes_before_modules_of_its_name(self, search: SearchEngine) -> None:
        put(search, "thief", modules=("requests",), popularity=10**6)
        put(search, "requests")
        assert found(search, "requests") == ["requests", "thief"]

    def test_modules_are_searched_with_names_alone(self, search: SearchEngine) -> None:
        put(search, "pyyaml", modules=("yaml",), summary="A parser")
        assert found(search, "yaml parser") == ["pyyaml"]
        query = SearchQuery(words="yaml", words_in=(SearchField.SUMMARY,))
        assert search.query(query).hits == ()
        put(search, "pyyaml", modules=("other",), summary="A parser")
        assert found(search, "yaml") == []

    @pytest.mark.parametrize("words", ["reqeusts", "requests", "http", "re"])
    def test_what_is_found_by_name_fulfils_the_conditions(self, search: SearchEngine, words: str) -> None:
        put(search, "requests", modules=("http",), classifiers=("Topic :: Web",), author="Ada")
        for query in (
            SearchQuery(words=words, classifiers=("Topic :: Other",)),
            SearchQuery(words=words, fields={SearchField.AUTHOR: "grace"}),
            SearchQuery(words=words, words_in=(SearchField.SUMMARY,)),
        ):
            assert search.query(query).hits == ()
        query = SearchQuery(words=words, classifiers=("Topic :: Web",), fields={SearchField.AUTHOR: "ada"})
        assert [each.name for each in search.query(query).hits] == ["requests"]

    def test_filling_takes_the_place_of_what_was_there(self, search: SearchEngine) -> None:
        put(search, "old")
        with search.filling() as filling:
            filling.add([document("flask", summary="web"), document("django", summary="web")])
            filling.add([])
            filling.add([document("bottle", summary="web", popularity=5)])
            assert found(search, "web") == []
            assert found(search, "old") == ["old"]
        assert found(search, "web") == ["bottle", "flask", "django"]
        assert found(search, "old") == []
        put(search, "flask", summary="another")
        assert found(search, "web") == ["bottle", "django"]

    def test_changes_while_it_is_filled_are_not_lost(self, search: SearchEngine) -> None:
        put(search, "removed-before")
        with search.filling() as filling:
            filling.add([document("put-after", summary="old"), document("removed-after")])
            put(search, "put-before", summary="new")
            put(search, "put-after", summary="new")
            put(search, "put-alone", summary="new")
            for name in ("removed-before", "removed-after"):
                search.remove(normalize(DisplayName(name)))
            filling.add([document("put-before", summary="old"), document("removed-before")])
            assert found(search, "new") == ["put-after", "put-alone", "put-before"]
        assert found(search, "new") == ["put-after", "put-alone", "put-before"]
        assert found(search, "old") == found(search, "removed") == []

    def test_a_filling_that_fails_changes_nothing(self, search: SearchEngine) -> None:
        put(search, "old")
        with pytest.raises(ZeroDivisionError), search.filling() as filling:
            filling.add([document("new")])
            raise ZeroDivisionError
        assert found(search, "") == ["old"]
        with search.filling() as filling:
            filling.add([document("newest")])
        assert found(search, "") == ["newest"]

    def test_an_empty_filling_empties_it(self, search: SearchEngine) -> None:
        put(search, "old")
        with search.filling():
            pass
        assert search.is_empty()

    def test_an_empty_engine_can_be_filled(self, search: SearchEngine) -> None:
        with search.filling() as filling:
            filling.add([document("first")])
        assert found(search, "") == ["first"]

    def test_a_removed_project_can_be_added_again(self, search: SearchEngine) -> None:
        put(search, "flask")
        search.remove(normalize(DisplayName("flask")))
        put(search, "flask", summary="again")
        assert found(search, "again") == ["flask"]

    @pytest.mark.parametrize("words", NASTY_WORDS, ids=ascii)
    def test_arbitrary_text_is_never_an_error(self, search: SearchEngine, words: str) -> None:
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
    def test_arbitrary_documents_are_never_an_error(self, search: SearchEngine, words: str) -> None:
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


def document(
    name: str, *, version: str = "1.0", licence: str = "", **fields: Unpack[DocumentFields]
) -> SearchDocument:
    """Return a document of a project."""
    return SearchDocument(
        name=normalize(DisplayName(name)),
        display_name=DisplayName(name),
        version=version,
        license=licence,
        **fields,
    )


def put(search: SearchEngine, name: str, **fields: Unpack[PutFields]) -> None:
    """Make a project of *name* findable."""
    search.put(document(name, **fields))


def found(search: SearchEngine, words: str) -> list[str]:
    """Return the names of the first hits, in order."""
    return [hit.name for hit in search.query(SearchQuery(words=words, limit=100)).hits]
