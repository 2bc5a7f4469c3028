"""The list of all projects is read as one answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import httpx
import hypothesis.strategies as st
import pytest
from hypothesis import given

from pypi_api_client import Client, PackageIndex
from pypi_api_client.errors import BadAnswer, CredentialsRefused
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Response
from pypi_api_client.protocol.project_list import projects

MakeClient = Callable[..., Client]
ROOT = "https://index.example/"
JSON = "application/vnd.pypi.simple.v1+json"
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def read(content: bytes, media_type: str) -> tuple[str, ...]:
    asking = projects(KnownIndex(PackageIndex(ROOT).address))
    next(asking)
    headers = {"content-type": media_type}
    with pytest.raises(StopIteration) as end:
        asking.send(Response(status=200, url=f"{ROOT}simple/", headers=headers, body=content))
    names: tuple[str, ...] = end.value.value.items
    return names


@given(
    st.lists(st.text(max_size=12)),
    st.dictionaries(st.text().filter(lambda key: key not in {"projects", "meta"}), PLAIN, max_size=3),
    st.booleans(),
    st.sampled_from([None, 2]),
)
def test_a_list_in_json_is_read_whatever_else_it_says(
    names: list[str], others: dict[str, Any], is_first: bool, indent: int | None
) -> None:
    projects = {"projects": [{"name": each, "_last-serial": 7} for each in names]}
    document = {**projects, **others} if is_first else {"meta": {"api-version": "1.4"}, **others, **projects}

    content = json.dumps(document, ensure_ascii=False, indent=indent).encode()

    assert read(content, JSON) == tuple(names)


@given(st.lists(st.from_regex(r"[a-z][a-z0-9.-]{0,9}[a-z]", fullmatch=True)))
def test_a_list_in_html_is_read(names: list[str]) -> None:
    links = "\n".join(f'<a href="{each}/">{each}</a><br>' for each in names)
    content = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()

    assert read(content, "text/html; charset=utf-8") == tuple(names)


@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_refused_and_nothing_else_happens(content: bytes) -> None:
    with pytest.raises(BadAnswer):
        read(content, JSON)


@pytest.mark.parametrize(
    "content",
    [
        b'{"projects": [{"name": "foo"}',
        b'{"projects": {"name": "foo"}}',
        b'{"projects": []} more',
        b'{"projects": [{"x": 1}]}',
        b'{"meta": {"api-version": "2.0"}, "projects": []}',
        b'["foo"]',
        b"{}",
        b'{"": ""}',
        b'{"projects": ' + b"[" * 100_000,
    ],
)
def test_a_list_that_is_cut_off_or_of_another_shape_is_refused(content: bytes) -> None:
    with pytest.raises(BadAnswer):
        read(content, JSON)


def test_a_list_of_a_newer_major_version_in_html_is_refused() -> None:
    with pytest.raises(BadAnswer, match="update it"):
        read(b'<meta name="pypi:repository-version" content="2.0">', "text/html")


def test_a_list_of_a_million_projects_is_read() -> None:
    content = b'{"projects": [' + b",".join([b'{"name": "foo", "_last-serial": 1}'] * 1_000_000) + b"]}"

    assert len(read(content, JSON)) == 1_000_000


class TestClients:
    def test_names_come_as_the_index_spells_them(self, make_client: MakeClient) -> None:
        page = {"meta": {"api-version": "1.4"}, "projects": [{"name": "Foo.Bar"}, {"name": "baz"}]}
        answer = httpx.Response(200, content=json.dumps(page), headers={"Content-Type": JSON})

        client = make_client(ROOT, transport=httpx.MockTransport(lambda _request: answer))

        assert list(client.projects()) == ["Foo.Bar", "baz"]

    def test_a_list_without_end_is_read_up_to_the_bound(self, make_client: MakeClient) -> None:
        class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
            sent = 0

            def __iter__(self) -> Iterator[bytes]:
                for each in chain([b'{"projects": ['], repeat(b'{"name": "foo"},' * 100)):
                    self.sent += len(each)
                    yield each

            async def __aiter__(self) -> Any:
                for each in self:
                    yield each

        stream = Endless()
        answer = httpx.Response(200, stream=stream, headers={"Content-Type": JSON})
        client = make_client(ROOT, transport=httpx.MockTransport(lambda _request: answer))

        with pytest.raises(BadAnswer, match="larger than 10000 bytes"):
            list(client.projects(largest=10_000))

        assert stream.sent < 20_000

    def test_a_refusal_is_reported(self, make_client: MakeClient) -> None:
        answer = httpx.Response(401, text="Send a token.")
        client = make_client(ROOT, transport=httpx.MockTransport(lambda _request: answer))

        with pytest.raises(CredentialsRefused, match="Send a token"):
            list(client.projects())

    def test_the_list_is_asked_for_again_when_the_index_was_busy(self, make_client: MakeClient) -> None:
        answers = iter(
            [
                httpx.Response(503),
                httpx.Response(200, content=b'{"projects": []}', headers={"Content-Type": JSON}),
            ]
        )
        client = make_client(
            ROOT, transport=httpx.MockTransport(lambda _request: next(answers)), sleep=lambda _seconds: None
        )

        assert list(client.projects()) == []
