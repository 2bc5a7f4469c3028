"""A mistyped project is answered with names that may have been meant, and with the index that was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pypi_api_client.errors import NotSpoken
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_protocol.records.search import Hit, SearchPage
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.nearest_names import LARGEST_LIST, nearest_names

Cli = Callable[..., str]
COMMANDS = ["info", "versions", "files", "status", "role list", "docs list", "download", "open"]


@pytest.fixture
def several(published: InMemorySite) -> InMemorySite:
    for name in ("requests", "requests-oauthlib", "flask", "Jinja2", "sampler"):
        published.publish(published.actor("ada"), build_wheel(name, "1.0"))
    published.work()
    return published


@pytest.mark.parametrize("command", COMMANDS)
def test_the_nearest_names_and_the_index_are_named(cli: Cli, several: InMemorySite, command: str) -> None:
    err = cli(*command.split(), "reqests", code=ExitCode.NOT_FOUND)

    assert "Did you mean requests?" in err
    assert "The index is https://index.example/." in err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("flaks", "flask"),
        ("lfask", "flask"),
        ("jinja3", "jinja2"),
        ("smaple", "sample"),
        ("requests_oauthlb", "requests-oauthlib"),
    ],
)
def test_typing_errors_are_seen_through(cli: Cli, several: InMemorySite, typed: str, meant: str) -> None:
    assert f"Did you mean {meant}" in cli("yank", f"{typed}==1.0", code=ExitCode.NOT_FOUND)


def test_a_name_unlike_any_other_gets_no_hint(cli: Cli, several: InMemorySite) -> None:
    err = cli("info", "numpy", code=ExitCode.NOT_FOUND)

    assert "Did you mean" not in err
    assert "The index is https://index.example/." in err


def test_a_missing_version_is_reported_with_the_index(cli: Cli) -> None:
    err = cli("info", "sample==7", code=ExitCode.NOT_FOUND)

    assert "The index is https://index.example/." in err
    assert "Did you mean" not in err


class Index:
    """An index of a few projects; how much of their list was asked for is kept."""

    def __init__(self, hits: list[str] | None) -> None:
        self.hits = hits
        self.asked: list[int | None] = []

    def search(self, *_words: str, **_options: object) -> SearchPage:
        if self.hits is None:
            raise NotSpoken("The index has no search.")
        hits = [
            Hit(name=each, display_name=each, version="1", summary="", updated=None) for each in self.hits
        ]
        return SearchPage(hits=tuple(hits), next=None)

    def projects(self, *, largest: int | None = None) -> Iterator[str]:
        self.asked.append(largest)
        yield from ("requests", "flask")


def test_a_long_list_of_projects_is_not_requested() -> None:
    index = Index(hits=None)

    assert nearest_names(index, "reqests") == ["requests"]  # type: ignore[arg-type]
    assert index.asked == [LARGEST_LIST]


def test_the_list_is_not_requested_if_search_knows_the_name() -> None:
    index = Index(hits=["requests"])

    assert nearest_names(index, "reqests") == ["requests"]  # type: ignore[arg-type]
    assert index.asked == []
