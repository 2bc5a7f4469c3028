"""JSON-RPC by a client library of others, pjrpc, against a real server process."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pjrpc.client.backend import httpx as pjrpc_httpx
from pjrpc.client.exceptions import InvalidParamsError, JsonRpcError, MethodNotFoundError, TypedError

from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel

if TYPE_CHECKING:
    from running_server import RunningServer
    from tool_client import Client

WHEEL = build_wheel("Foreign.Sample", "1.0", summary="Greets callers from afar", requires_dist=["other>=0.1"])
SDIST = build_sdist("Foreign.Sample", "1.0")
OTHER = build_wheel("other", "0.1", summary="Greets nobody")


class NotFound(TypedError):
    """An error of the index, as a user of the library declares it."""

    CODE = 1001
    MESSAGE = "not found"


class Forbidden(TypedError):
    CODE = 1003
    MESSAGE = "forbidden"


@contextmanager
def calling(
    server: RunningServer, token: str | None = None, path: str = "rpc"
) -> Iterator[pjrpc_httpx.Client]:
    """Open the library's client, which sends *token* with every call."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with (
        httpx.Client(headers=headers, trust_env=False, timeout=60) as http,
        pjrpc_httpx.Client(server.url + path, http_client=http) as caller,
    ):
        yield caller


def publish(server: RunningServer, *distributions: BuiltDistribution) -> None:
    for each in distributions:
        answer = httpx.post(
            f"{server.url}legacy/",
            data=dict(each.form_fields()),
            files={"content": (each.filename, each.content)},
            headers={"Authorization": f"Bearer {server.token}"},
            trust_env=False,
            timeout=60,
        )
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def filled(shared_server: RunningServer) -> RunningServer:
    """Return a server with two projects, which tests leave as they are."""
    publish(shared_server, WHEEL, SDIST, OTHER)
    return shared_server


@pytest.fixture
def ask(filled: RunningServer) -> Iterator[Any]:
    """Call as nobody; of the answers nothing is known before."""
    with calling(filled) as caller:
        yield caller


@pytest.fixture
def owner(filled: RunningServer) -> Iterator[Any]:
    """Call as the first owner."""
    with calling(filled, filled.token) as caller:
        yield caller


def metadata(name: str, version: str, summary: str) -> str:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: {summary}\n"


def create(owner: Any, name: str) -> None:
    """Make a project of the test's own, with a release that has no files."""
    owner("project.create", name)
    owner("release.set_metadata", name, "1.0", metadata(name, "1.0", "Yet to come"))


def test_it_reads_by_name_and_by_position(ask: Any, filled: RunningServer) -> None:
    status = ask("index.status")
    project = ask("project.get", name="foreign_sample")
    other = ask("project.get", "OTHER", "0.1")
    file = ask("file.get", WHEEL.filename)["file"]

    assert {"json-rpc", "simple"} <= {each["name"] for each in status["capabilities"]}
    assert project["metadata"]["requires_dist"] == ["other>=0.1"]
    assert {each["filename"] for each in project["files"]} == {WHEEL.filename, SDIST.filename}
    assert other["metadata"]["summary"] == "Greets nobody"
    assert hashlib.sha256(filled.get(file["url"]).content).hexdigest() == WHEEL.sha256


def test_it_pages_through_projects_and_changes(ask: Any) -> None:
    names, page = [], ask("project.list", limit=1)
    while page["next"]:
        names += [each["name"] for each in page["projects"]]
        page = ask("project.list", page["next"], 1)
    names += [each["name"] for each in page["projects"]]
    serial, seen = 0, []
    while (changes := ask("changes.since", serial, 2))["changes"]:
        seen += [each["serial"] for each in changes["changes"]]
        serial = changes["serial"]

    assert {"foreign-sample", "other"} <= {*names}
    assert len({*names}) == len(names)
    assert seen == sorted({*seen})
    assert seen[-1] == ask("index.status")["serial"]


def test_it_searches(ask: Any) -> None:
    # The server's worker puts there what was published.
    while len(ask("search.query", "greets")["hits"]) < 2:
        time.sleep(0.02)

    found = ask("search.query", words="greets afar")

    assert [each["name"] for each in found["hits"]] == ["foreign-sample"]


def test_every_discovered_method_can_be_called(owner: Any, filled: RunningServer) -> None:
    document = owner("rpc.discover")

    described = filled.get("rpc/openrpc.json").json()
    assert described | {"servers": None} == document | {"servers": None}
    assert [each["url"] for each in described["servers"]] == [f"{filled.url}rpc"]
    for method in document["methods"]:
        # What needs no parameters is called; of the others the server says which it misses.
        required = [each["name"] for each in method["params"] if each["required"]]
        if not required:
            assert owner(method["name"])
            continue
        with pytest.raises(InvalidParamsError) as refused:
            owner(method["name"])
        assert problems(refused.value) == [required[0]]


def problems(error: JsonRpcError) -> list[str]:
    data: Any = error.data
    return [each["field"] for each in data["problems"]]


def code(error: JsonRpcError) -> str:
    data: Any = error.data
    return str(data["code"])


def test_it_writes_with_a_token(owner: Any, filled: RunningServer) -> None:
    publish(filled, build_wheel("written", "1.0"), build_sdist("written", "1.0"))
    before = owner("index.status")["serial"]

    yanked = owner("release.yank", name="written", version="1.0", reason="greets nobody")
    page = filled.get("simple/written/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}).json()
    owner("release.unyank", "written", "1.0")
    owner("file.delete", filename="written-1.0.tar.gz")
    owner("project.set_status", name="written", status="archived", reason="no longer developed")

    assert yanked["serial"] == before + 1
    assert {each["yanked"] for each in page["files"]} == {"greets nobody"}
    assert owner("file.status", "written-1.0.tar.gz")["state"] == "deleted"
    assert owner("project.get", "written")["status"] == {"state": "archived", "reason": "no longer developed"}
    assert [each["project"] for each in owner("changes.since", before)["changes"]] == ["written"] * 4


def test_a_release_is_described_before_its_first_file_comes(owner: Any, filled: RunningServer) -> None:
    create(owner, "planned")
    before = owner("release.get", name="planned", version="1.0")

    publish(filled, build_wheel("planned", "1.0", summary="Here at last"))

    after = owner("release.get", name="planned", version="1.0")
    assert (before["metadata"]["summary"], before["files"]) == ("Yet to come", [])
    assert (after["metadata"]["summary"], len(after["files"])) == ("Here at last", 1)
    with pytest.raises(JsonRpcError) as late:
        owner("release.set_metadata", "planned", "1.0", metadata("planned", "1.0", "Too late"))
    assert late.value.code == 1009


def test_a_token_works_within_its_scope_until_it_is_revoked(owner: Any, filled: RunningServer) -> None:
    create(owner, "limited")
    made = owner("token.create", description="yanks", scope={"projects": ["limited"], "actions": ["yank"]})

    with calling(filled, made["secret"]) as caller:
        ask: Any = caller
        assert ask("account.whoami")["scope"]["projects"] == ["limited"]
        assert ask("release.yank", "limited", "1.0")["serial"] > 0
        for refused in (
            ("release.yank", "foreign-sample", "1.0"),
            ("release.delete", "limited", "1.0"),
            ("token.create", "more"),
        ):
            with pytest.raises(Forbidden):
                ask(*refused)
        owner("token.revoke", id=made["token"]["id"])
        with pytest.raises(httpx.HTTPStatusError, match="401"):
            ask("account.whoami")


def test_writing_requires_a_token(ask: Any) -> None:
    with pytest.raises(JsonRpcError) as refused:
        ask("release.yank", name="other", version="0.1")

    assert (refused.value.code, code(refused.value)) == (1002, "unauthenticated")


def test_errors_arrive_as_the_types_that_were_declared(ask: Any) -> None:
    with pytest.raises(NotFound, match="no project 'nowhere'") as missing:
        ask("project.get", name="nowhere")
    with pytest.raises(MethodNotFoundError):
        ask("no.such.method")
    with pytest.raises(InvalidParamsError) as unknown:
        ask("project.get", name="other", colour="red")
    with pytest.raises(JsonRpcError) as invalid:
        ask("project.get", name="-other")

    assert code(missing.value) == "project-not-found"
    assert problems(unknown.value) == ["colour"]
    assert (invalid.value.code, code(invalid.value)) == (1022, "invalid-name")


def test_a_batch_is_carried_out_in_order_and_answered_one_by_one(owner: Any) -> None:
    create(owner, "batched")

    with owner.batch() as batch:
        batch.call("project.get", name="batched")
        batch.notify("release.yank", name="batched", version="1.0", reason="by the way")
        batch.call("project.get", name="nowhere")
        batch.call("release.get", "batched", "1.0")

    first, second, third = batch.get_response()
    assert first.unwrap_result()["name"] == "batched"
    assert isinstance(second.unwrap_error(), NotFound)
    assert third.unwrap_result()["yanked"] == "by the way"


def test_a_batch_is_as_large_as_the_server_allows_and_no_larger(ask: Any) -> None:
    with ask.batch() as largest:
        for _ in range(100):
            largest.call("account.whoami")
    with ask.batch() as too_large:
        for _ in range(101):
            too_large.call("account.whoami")

    assert len(list(largest.get_results())) == 100
    with pytest.raises(JsonRpcError, match="Invalid Request"):
        too_large.get_results()


def test_a_notification_is_carried_out_and_not_answered(owner: Any) -> None:
    create(owner, "notified")

    owner.notify("release.yank", name="notified", version="1.0", reason="quietly")
    owner.notify("release.yank", name="nowhere", version="0.1")
    owner.notify("no.such.method")
    with owner.batch() as batch:
        batch.notify("no.such.method")
        batch.notify("release.yank", name="notified", version="7")

    assert batch.get_response() is None
    assert owner("release.get", name="notified", version="1.0")["yanked"] == "quietly"


def test_a_private_index_is_called_with_a_token_alone(
    owner: Any, filled: RunningServer, client: Client
) -> None:
    client.run("pypi-server", "index", "create", "team", "--reading", "private", "--data", filled.data)

    with calling(filled, path="i/team/rpc") as stranger, pytest.raises(httpx.HTTPStatusError, match="401"):
        stranger("index.status")
    with calling(filled, filled.token, path="i/team/rpc") as member:
        ask: Any = member
        assert ask("index.status")["reading"] == "private"
        assert ask("project.create", name="secret-plans")["name"] == "secret-plans"
        assert [each["name"] for each in ask("project.list")["projects"]] == ["secret-plans"]
    with pytest.raises(NotFound):
        owner("project.get", name="secret-plans")


def test_many_call_at_once(filled: RunningServer) -> None:
    async def ask() -> list[Any]:
        async with (
            httpx.AsyncClient(trust_env=False, timeout=60) as http,
            pjrpc_httpx.AsyncClient(f"{filled.url}rpc", http_client=http) as caller,
        ):
            names = ["other", "foreign-sample"] * 25
            return await asyncio.gather(*(caller("project.get", name=each) for each in names))

    assert [each["name"] for each in asyncio.run(ask())] == ["other", "foreign-sample"] * 25
