"""Indexes of old are searched as ``pip search`` does it."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pypi_api_client import Client
from pypi_api_client.errors import CredentialsRefused, NotSpoken

MakeClient = Callable[..., Client]
FOO = {"name": "Foo.Bar", "version": "1.0", "summary": "A sample", "_pypi_ordering": 0}


class FakeIndex:
    """Answers XML-RPC at one path, and nothing else."""

    def __init__(self, *hits: object, path: str = "/RPC2") -> None:
        self.hits: list[Any] = list(hits)
        self.path = path
        self.calls: list[tuple[Any, ...]] = []
        self.paths: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        if request.url.path != self.path:
            return httpx.Response(404, text="Not found")
        parameters, method = xmlrpc.client.loads(request.read())
        assert method == "search"
        self.calls.append(parameters)
        body = xmlrpc.client.dumps((self.hits,), methodresponse=True)
        return httpx.Response(200, text=body, headers={"Content-Type": "text/xml"})


@pytest.fixture
def client(make_client: MakeClient) -> Callable[[Callable[[httpx.Request], httpx.Response]], Client]:
    def make(handler: Callable[[httpx.Request], httpx.Response]) -> Client:
        transport = httpx.MockTransport(handler)
        return make_client("https://index.example/", transport=transport, sleep=lambda _seconds: None)

    return make


MakeFor = Callable[[Callable[[httpx.Request], httpx.Response]], Client]


def test_words_are_looked_for_in_name_and_summary(client: MakeFor) -> None:
    index = FakeIndex(FOO, {"name": "sample", "version": "2", "summary": "None of it"})

    results = client(index).search("foo SAMPLE")

    assert index.calls == [({"name": ["foo", "SAMPLE"], "summary": ["foo", "SAMPLE"]}, "or")]
    # The index finds what has any of the words.
    assert [(each.name, each.display_name, each.version, each.summary) for each in results.hits] == [
        ("foo-bar", "Foo.Bar", "1.0", "A sample")
    ]
    assert results.next is None


def test_words_in_other_fields_cannot_be_searched(client: MakeFor) -> None:
    index = FakeIndex(FOO)

    assert client(index).search("foo", words_in=["summary", "name"]).hits
    with pytest.raises(NotSpoken, match="words in name and summary"):
        client(index).search("foo", words_in=["name", "keywords"])


def test_answers_are_recognised_by_their_content(client: MakeFor) -> None:
    # As pypiserver answers.
    body = xmlrpc.client.dumps(([FOO],), "search")
    answer = httpx.Response(200, text=body, headers={"Content-Type": "text/html; charset=UTF-8"})

    assert [each.name for each in client(lambda _request: answer).search("foo").hits] == ["foo-bar"]


def test_single_fields_all_have_to_match(client: MakeFor) -> None:
    index = FakeIndex(FOO)

    results = client(index).search("foo", fields={"author": "ada", "license": "MIT"})

    assert index.calls == [({"author": ["ada"], "license": ["MIT"]}, "and")]
    assert len(results.hits) == 1


@pytest.mark.parametrize("path", ["/RPC2", "/pypi", "/"])
def test_the_url_is_found_once(client: MakeFor, path: str) -> None:
    index = FakeIndex(FOO, path=path)
    connected = client(index)

    connected.search("foo")
    first = len(index.paths)
    connected.search("foo")

    assert index.paths[-1] == path
    assert len(index.paths) - first == 1


def test_a_project_is_one_hit_by_its_highest_final_version(client: MakeFor) -> None:
    versions = ["1.9", "1.10", "2.0a1", "unknown"]
    index = FakeIndex(*({"name": "foo", "version": each, "summary": each} for each in versions))

    results = client(index).search("foo")

    assert [each.version for each in results.hits] == ["1.10"]


def test_a_version_is_not_taken_for_a_summary(client: MakeFor) -> None:
    index = FakeIndex({"name": "foo", "version": "1.0", "summary": "1.0"})

    assert client(index).search("foo").hits[0].summary == ""


def test_hits_are_sorted_and_paged(client: MakeFor) -> None:
    names = ["foo-c", "foo-a", "foo-b"]
    connected = client(FakeIndex(*({"name": each, "version": "1", "summary": ""} for each in names)))

    first = connected.search("foo", sort="name", limit=2)
    second = connected.search("foo", sort="name", limit=2, cursor=first.next)

    assert [each.name for each in (*first.hits, *second.hits)] == ["foo-a", "foo-b", "foo-c"]
    assert second.next is None


def test_senseless_hits_are_passed_over(client: MakeFor) -> None:
    index = FakeIndex(1, [], {}, {"name": 1, "version": "1"}, {"name": "foo"}, {**FOO, "summary": 7})

    assert [each.summary for each in client(index).search("foo").hits] == [""]


@pytest.mark.parametrize(
    "arguments", [{"classifiers": ["Topic :: Utilities"]}, {"facets": True}, {"sort": "updated"}]
)
def test_an_unsupported_search_is_reported(client: MakeFor, arguments: dict[str, Any]) -> None:
    with pytest.raises(
        NotSpoken, match="does not speak JSON-RPC, so that it can be searched by words in name"
    ):
        client(FakeIndex(FOO)).search("foo", **arguments)


@pytest.mark.parametrize(
    "body",
    [
        "no XML",
        "<methodResponse/>",
        "<?xml version='1.0'?><methodResponse><params/></methodResponse>",
        xmlrpc.client.dumps(("text",), methodresponse=True),
        "<methodResponse><params><param><value><int>x</int></value></param></params></methodResponse>",
        "<methodResponse><params><param><value><dateTime.iso8601>x</dateTime.iso8601></value></param></params>",
    ],
)
def test_an_answer_that_is_not_xml_rpc_is_ignored(client: MakeFor, body: str) -> None:
    answer = httpx.Response(200, text=body, headers={"Content-Type": "text/xml"})

    with pytest.raises(NotSpoken, match="speaks neither JSON-RPC nor XML-RPC"):
        client(lambda _request: answer).search("foo")


def test_entities_do_not_multiply(client: MakeFor) -> None:
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    body = (
        f"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e0 'lol'>{entities}]><methodResponse><params><param>"
        "<value><string>&e11;</string></value></param></params></methodResponse>"
    )
    answer = httpx.Response(200, text=body, headers={"Content-Type": "text/xml"})

    with pytest.raises(NotSpoken):
        client(lambda _request: answer).search("foo")


def test_an_index_that_disabled_the_search_is_quoted(client: MakeFor) -> None:
    body = xmlrpc.client.dumps(xmlrpc.client.Fault(-32500, "Search is closed\x1b[2J."), methodresponse=True)
    answer = httpx.Response(200, text=body, headers={"Content-Type": "text/xml"})

    with pytest.raises(NotSpoken, match="cannot be searched"):
        client(lambda _request: answer).search("foo")


def test_credentials_are_sent_where_the_search_needs_them(client: MakeFor) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404 if request.url.path == "/rpc" else 401, text="Who are you?")

    with pytest.raises(CredentialsRefused):
        client(handle).search("foo")
