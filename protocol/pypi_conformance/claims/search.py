"""Finding projects by our protocol."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from pypi_conformance.calling import answer_to, offers, refused, result_of
from pypi_conformance.distributions import SUMMARY
from pypi_conformance.registry import Claims, Level, NotChecked
from pypi_conformance.subject import Subject
from pypi_conformance.trials import needs, new_project

claim = Claims(Level.SEARCH)

_PROTOCOL = "our protocol"
_INVALID = 1022
_NONSENSE = "xqzvkwjy"
# What has just changed may be found a moment later.
_LOOKS, _REST = 60, 0.25


def is_offered(index: Subject) -> bool:
    """Return whether there is a method that searches."""
    return offers(index, "search.query")


def _names(index: Subject, params: Mapping[str, object]) -> list[str]:
    return [each["name"] for each in result_of(index, "search.query", params)["hits"]]


def _eventually(holds: Callable[[], bool], sentence: str) -> None:
    for _ in range(_LOOKS):
        if holds():
            return
        time.sleep(_REST)
    raise AssertionError(sentence)


def _published(index: Subject) -> str:
    """Return the name of the project that the kit published, once it is found."""
    if index.publication is None:
        raise NotChecked("Only of a project that the kit published is it known what to find: give --token.")
    name = index.publication.project
    _eventually(lambda: name in _names(index, {"words": name}), f"{name} is not found by its name.")
    return name


@claim.must("name", _PROTOCOL, "A project whose name is the query comes first")
def test_name(index: Subject) -> None:
    name = index.publication.project if index.publication else index.sample
    for words in (name, name.upper(), name.replace("-", "_")):
        _eventually(
            lambda words=words: _names(index, {"words": words})[:1] == [name],  # type: ignore[misc]
            f"{words} finds {_names(index, {'words': words})[:3]}.",
        )


@claim.must("nothing", _PROTOCOL, "Words that are nowhere find nothing, which is not an error")
def test_nothing(index: Subject) -> None:
    for params in ({"words": _NONSENSE}, {"fields": {"summary": _NONSENSE}}, {"words": "?!"}):
        page = result_of(index, "search.query", params)
        assert page["hits"] == [], f"{params} finds {[each['name'] for each in page['hits']][:3]}."
        assert page["next"] is None, f"{params} has another page."


@claim.must("all-words", _PROTOCOL, "All words have to match, each as the beginning of a word")
def test_all_words(index: Subject) -> None:
    name = _published(index)
    last = name.rpartition("-")[2]
    for words, is_there in (
        (f"{last} {SUMMARY.split()[0]}", True),
        (last[:-1], True),
        (f"{last} {_NONSENSE}", False),
        (last[1:], False),
    ):
        found = _names(index, {"words": words})
        assert (name in found) == is_there, f"{words!r} finds {found[:3]}."


@claim.must("words-in", _PROTOCOL, "Words are looked for in the fields that the client names")
def test_words_in(index: Subject) -> None:
    name = _published(index)
    last, word = name.rpartition("-")[2], SUMMARY.split()[0]
    for words, fields, is_there in (
        (last, ["name"], True),
        (last, ["summary"], False),
        (f"{last} {word}", ["name", "summary"], True),
        (f"{last} {word}", ["name"], False),
    ):
        found = _names(index, {"words": words, "words_in": fields})
        assert (name in found) == is_there, f"{words!r} in {fields} finds {found[:3]}."


@claim.must("fields", _PROTOCOL, "Words of a field have to match in that field")
def test_fields(index: Subject) -> None:
    name = _published(index)
    word = SUMMARY.split()[0]
    for fields, is_there in (
        ({"summary": word, "name": name}, True),
        ({"summary": name.rpartition("-")[2]}, False),
    ):
        found = _names(index, {"fields": fields, "limit": 100})
        assert (name in found) == is_there, f"{fields} finds {found[:3]}."


@claim.must("classifiers", _PROTOCOL, "Only projects whose latest release has all classifiers are found")
def test_classifiers(index: Subject) -> None:
    name = _published(index)
    found = _names(index, {"words": name, "classifiers": ["Programming Language :: Python :: 3"]})
    assert name not in found, f"{name} has no classifiers, and is found by one."


@claim.must("pages", _PROTOCOL, "Hits go on from the cursor in `next`, and none comes twice")
def test_pages(index: Subject) -> None:
    first = result_of(index, "search.query", {"sort": "name", "limit": 2})
    one = result_of(index, "search.query", {"sort": "name", "limit": 1})
    names = [each["name"] for each in one["hits"]]
    if one["next"] is not None:
        after = {"sort": "name", "limit": 1, "cursor": one["next"]}
        names += _names(index, after)
    wanted = [each["name"] for each in first["hits"]]
    assert names == wanted, f"One by one they are {names}, together {wanted}."


@claim.must("cursors", _PROTOCOL, "A cursor of another list is *invalid*")
def test_cursors(index: Subject) -> None:
    needs(index, "project.list")
    cursor = result_of(index, "project.list", {"limit": 1})["next"]
    if cursor is None and index.options.writes:
        new_project(index)
        cursor = result_of(index, "project.list", {"limit": 1})["next"]
    if cursor is None:
        raise NotChecked("There is one project alone, so that no list has two pages.")
    error = answer_to(index, "search.query", {"limit": 1, "cursor": cursor}).get("error") or {}
    assert error.get("code") == _INVALID, f"It is answered with {error.get('code', 'a page')}."


@claim.must("bounds", _PROTOCOL, "A value outside its bounds is *invalid*, and `field` names it")
def test_bounds(index: Subject) -> None:
    outside: tuple[dict[str, object], ...] = (
        {"limit": 0},
        {"limit": 101},
        {"words": "x" * 501},
        {"words_in": []},
    )
    for params in outside:
        error = refused(index, "search.query", params)
        fields = {each["field"] for each in (error.get("data") or {}).get("problems", ())}
        assert (error["code"], fields) == (_INVALID, {*params}), f"{[*params]} is answered with {error}."
