"""Operations are written once and bound to both clients, which show them as if they were written out."""

from __future__ import annotations

import asyncio
import inspect
import pydoc
import threading
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from pypi_api_client import AsyncClient, Client
from pypi_api_client.drivers.awaiting import awaiting, awaiting_each
from pypi_api_client.drivers.waiting import waiting, waiting_for_each
from pypi_api_client.errors import ClientError, NotFound
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Request
from pypi_api_client.protocol.steps import Batch, Operation, Series, together, work
from pypi_contracts.builders import build_wheel

ROOT = "https://index.example/"
MakeClient = Callable[..., Client]


def operations(kind: type) -> dict[str, Callable[..., object]]:
    return {
        name: found
        for name, found in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_") and name != "close"
    }


class TestMethods:
    def test_both_clients_have_the_same(self) -> None:
        def shown(kind: type) -> dict[str, tuple[list[inspect.Parameter], str | None]]:
            return {
                name: (list(inspect.signature(found).parameters.values()), inspect.getdoc(found))
                for name, found in operations(kind).items()
            }

        assert shown(AsyncClient) == shown(Client)
        assert len(operations(Client)) > 45

    @pytest.mark.parametrize("kind", [Client, AsyncClient])
    def test_each_is_described_as_if_it_were_written_out(self, kind: type) -> None:
        for name, found in operations(kind).items():
            assert found.__name__ == name
            assert found.__doc__, name
            assert next(iter(inspect.signature(found).parameters)) == "self", name
            assert "index" not in inspect.signature(found).parameters, name
            assert "return" in typing.get_type_hints(found), name

    def test_help_shows_signature_and_result(self) -> None:
        assert pydoc.plain(pydoc.render_doc(Client.yank_release)).splitlines()[2:] == [
            "yank_release(self, name: 'str', version: 'str', reason: 'str' = '') -> 'int'",
            "    Yank a release (PEP 592): installers pass it over unless it is pinned exactly.",
        ]
        assert pydoc.plain(pydoc.render_doc(AsyncClient.yank_release)).splitlines()[2] == (
            "async yank_release(self, name: 'str', version: 'str', reason: 'str' = '') -> 'int'"
        )

    @pytest.mark.parametrize("kind", [Client, AsyncClient])
    def test_help_describes_the_arguments_of_a_client(self, kind: type) -> None:
        shown = pydoc.plain(pydoc.render_doc(kind))

        for name in list(inspect.signature(kind).parameters):
            assert f"      {name}: " in shown, name

    def test_one_with_many_results_is_annotated_as_an_iterator(self) -> None:
        assert inspect.signature(Client.projects).return_annotation == Iterator["str"]
        assert str(inspect.signature(AsyncClient.follow).return_annotation) == (
            "collections.abc.AsyncIterator['ChangeDescription']"
        )

    def test_those_of_the_asynchronous_client_are_awaited(self) -> None:
        yielding = {"projects", "releases", "follow"}

        for name, found in operations(AsyncClient).items():
            assert inspect.iscoroutinefunction(found) != (name in yielding), name


def where(_index: KnownIndex) -> Operation[int]:
    """Say in which thread work is done."""
    return (yield from work(threading.get_ident))


def read(_index: KnownIndex, path: Path) -> Operation[str]:
    """Read a file, or nothing."""
    try:
        return (yield from work(path.read_text))
    except FileNotFoundError:
        return ""


def squares(_index: KnownIndex, most: int, start: int = 0) -> Series[int]:
    """Yield squares, two at a time."""
    yield from work(lambda: None)
    following = squares(_index, most, start + 2) if start + 2 < most else None
    return Batch((start**2, (start + 1) ** 2), following)


def fetched(_index: KnownIndex, path: str) -> Exchange[int]:
    """Ask for something."""
    response = yield Request(method="GET", url=f"{ROOT}{path}")
    if response.status == 404:
        raise NotFound("It is not there.", status=404)
    return response.status


def all_fetched(index: KnownIndex, *paths: str) -> Operation[tuple[int | ClientError | OSError, ...]]:
    """Ask for several things, two at a time."""
    return (yield from together((fetched(index, each) for each in paths), 2))


class Waiting(Client):
    where = waiting(where)
    read = waiting(read)
    squares = waiting_for_each(squares)
    all_fetched = waiting(all_fetched)


class Awaiting(AsyncClient):
    where = awaiting(where)
    read = awaiting(read)
    squares = awaiting_each(squares)
    all_fetched = awaiting(all_fetched)


def answering(request: httpx.Request) -> httpx.Response:
    return httpx.Response(404 if request.url.path == "/missing" else 200)


class TestBinding:
    def test_work_is_done_at_once_by_the_client_that_waits(self) -> None:
        with Waiting(ROOT) as client:
            assert client.where() == threading.get_ident()

    def test_work_is_done_in_a_thread_by_the_client_that_is_awaited(self) -> None:
        async def main() -> int:
            async with Awaiting(ROOT) as client:
                return await client.where()

        assert asyncio.run(main()) != threading.get_ident()

    def test_an_operation_handles_what_its_work_fails_with(self, tmp_path: Path) -> None:
        async def main() -> str:
            async with Awaiting(ROOT) as client:
                return await client.read(tmp_path / "missing")

        with Waiting(ROOT) as client:
            assert client.read(tmp_path / "missing") == ""
        assert asyncio.run(main()) == ""

    def test_a_series_fetches_no_batch_before_it_is_wanted(self) -> None:
        async def main() -> list[int]:
            async with Awaiting(ROOT) as client:
                return [each async for each in client.squares(4)]

        with Waiting(ROOT) as client:
            endless = client.squares(10**9)
            assert [next(endless) for _ in range(4)] == [0, 1, 4, 9]
        assert asyncio.run(main()) == [0, 1, 4, 9]

    def test_operations_at_the_same_time_end_each_by_itself(self) -> None:
        async def main() -> tuple[int | ClientError | OSError, ...]:
            async with Awaiting(ROOT, transport=httpx.MockTransport(answering)) as client:
                return await client.all_fetched("a", "missing", "b")

        with Waiting(ROOT, transport=httpx.MockTransport(answering)) as client:
            outcomes = [client.all_fetched("a", "missing", "b"), asyncio.run(main())]

        for first, second, third in outcomes:
            assert (first, third) == (200, 200)
            assert isinstance(second, NotFound)

    def test_an_argument_that_is_missing_is_named(self) -> None:
        with Client(ROOT) as client, pytest.raises(TypeError, match=r"yank_file\(\) missing 1 .*'filename'"):
            client.yank_file()  # type: ignore[call-arg]


def test_an_error_that_is_kept_as_an_outcome_does_not_repeat_the_token(
    make_client: MakeClient, tmp_path: Path
) -> None:
    built = build_wheel("foo", "1.0")
    path = tmp_path / built.filename
    path.write_bytes(built.content)
    transport = httpx.MockTransport(lambda _: httpx.Response(400, text="not pidx_0123456789"))

    (outcome,) = make_client(ROOT, token="pidx_0123456789", transport=transport).upload_all([path])

    assert isinstance(outcome.error, ClientError)
    assert str(outcome.error) == "not ***"
