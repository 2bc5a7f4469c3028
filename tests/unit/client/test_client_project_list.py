"""The list of all projects is read piece by piece."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import httpx
import hypothesis.strategies as st
import pytest
from hypothesis import given

from pypi_api_client import Client, PackageIndex
from pypi_api_client.errors import BadAnswer, CredentialsRefused
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Response
from pypi_api_client.protocol.project_list import ProjectList

MakeClient = Callable[..., Client]
ROOT = "https://index.example/"
JSON = "application/vnd.pypi.simple.v1+json"
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def read(content: bytes, media_type: str, cuts: list[int]) -> list[str]:
    reader = ProjectList(KnownIndex(PackageIndex(ROOT).address))
    asking = reader.request()
    next(asking)
    with pytest.raises(StopIteration):
        asking.send(Response(status=200, url=f"{ROOT}simple/", headers={"content-type": media_type}))
    names: list[str] = []
    edges = [0, *sorted(each % (len(content) + 1) for each in cuts), len(content)]
    for start, end in itertools.pairwise(edges):
        names += reader.feed(content[start:end])
    return names + reader.finish()


@given(
    st.lists(st.text(max_size=12)),
    st.dictionaries(st.text().filter(lambda key: key not in {"projects", "meta"}), PLAIN, max_size=3),
    st.booleans(),
    st.lists(st.integers(0), max_size=20),
    st.sampled_from([None, 2]),
)
def test_json_may_arrive_in_any_pieces(
    names: list[str], others: dict[str, Any], is_first: bool, cuts: list[int], indent: int | None
) -> None:
    projects = {"projects": [{"name": each, "_last-serial": 7} for each in names]}
    document = {**projects, **others} if is_first else {"meta": {"api-version": "1.4"}, **others, **projects}

    content = json.dumps(document, ensure_ascii=False, indent=indent).encode("utf-8", "surrogatepass")

    assert read(content, JSON, cuts) == names


@given(
    st.lists(st.from_regex(r"[a-z][a-z0-9.-]{0,9}[a-z]", fullmatch=True)),
    st.lists(st.integers(0), max_size=20),
)
def test_html_may_arrive_in_any_pieces(names: list[str], cuts: list[int]) -> None:
    links = "\n".join(f'<a href="{each}/">{each}</a><br>' for each in names)
    content = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()

    assert read(content, "text/html; charset=utf-8", cuts) == names


@given(st.binary(max_size=80), st.lists(st.integers(0), max_size=4))
def test_what_is_no_list_is_refused_and_nothing_else_happens(content: bytes, cuts: list[int]) -> None:
    with pytest.raises(BadAnswer):
        read(content, JSON, cuts)


@pytest.mark.parametrize(
    "content",
    [
        b'{"projects": [{"name": "foo"}',
        b'{"projects": {"name": "foo"}}',
        b'{"projects": []} more',
        b'{"meta": {"api-version": "2.0"}, "projects": []}',
        b'["foo"]',
        b"{}",
        b'{"": ""}',
        b'{"projects": [' + b" " * 10 + b'"' + b"x" * (1024 * 1024 + 1),
    ],
)
def test_a_list_that_is_cut_off_or_of_another_shape_is_refused(content: bytes) -> None:
    with pytest.raises(BadAnswer):
        read(content, JSON, [])


class TestClients:
    def test_names_come_as_the_index_spells_them(self, make_client: MakeClient) -> None:
        page = {"meta": {"api-version": "1.4"}, "projects": [{"name": "Foo.Bar"}, {"name": "baz"}, {"x": 1}]}
        answer = httpx.Response(200, content=json.dumps(page), headers={"Content-Type": JSON})

        client = make_client(ROOT, transport=httpx.MockTransport(lambda _request: answer))

        assert list(client.projects()) == ["Foo.Bar", "baz"]

    def test_a_list_without_end_is_read_as_far_as_it_is_wanted(self, make_client: MakeClient) -> None:
        class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
            def __iter__(self) -> Any:
                yield b'{"projects": ['
                while True:
                    yield b'{"name": "foo"},' * 100

            async def __aiter__(self) -> Any:
                for each in self:
                    yield each

        answer = httpx.Response(200, stream=Endless(), headers={"Content-Type": JSON})
        client = make_client(ROOT, transport=httpx.MockTransport(lambda _request: answer))

        names = client.projects()

        assert [next(names) for _ in range(1000)] == ["foo"] * 1000

    def test_a_refusal_is_told(self, make_client: MakeClient) -> None:
        answer = httpx.Response(401, text="Send a token.")
        client = make_client(ROOT, transport=httpx.MockTransport(lambda _request: answer))

        with pytest.raises(CredentialsRefused, match="Send a token"):
            list(client.projects())

    def test_it_is_asked_for_again_when_the_index_was_busy(self, make_client: MakeClient) -> None:
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
