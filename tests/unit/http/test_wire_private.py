"""A private index tells nothing to whom nobody knows: neither what is there nor what is not."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings, Reading
from pypi_core.domain.rate_limits import RateLimit, RateLimits
from pypi_http_api import HttpSettings
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_web import frontend

WHEEL = build_wheel("Hidden.Name", "1.0", summary="Nobody may read this")
SDIST = build_sdist("Hidden.Name", "1.0", summary="Nobody may read this")
PRIVATE = IndexName("private")
ROOTS = ("", "/i/private")
SECRETS = (b"hidden", b"Hidden", b"Nobody may", b"a secret title")


def path_of(distribution: BuiltDistribution) -> str:
    digest = distribution.blake2_256
    return f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{distribution.filename}"


READ_PATHS = [
    "/",
    "/search/",
    "/search/?q=hidden",
    f"/search/?q={'x' * 600}",
    "/?format=json",
    "/suggestions?q=hid",
    f"/suggestions?q={'x' * 600}",
    "/classifiers/",
    "/classifiers/?below=Topic",
    "/activity/",
    "/activity/?format=json",
    "/use/",
    "/about/",
    "/robots.txt",
    "/sitemap.xml",
    "/sitemap.xml?part=1",
    "/user/alice/",
    "/user/nobody/",
    "/project/hidden-name/",
    "/project/hidden-name/1.0/",
    "/project/hidden-name/releases/",
    "/project/hidden-name/1.0/compare/1.0/",
    "/project/hidden-name/1.0/dependencies/",
    "/project/hidden-name/1.0/?format=json",
    "/project/Hidden.Name/",
    "/project/unknown/",
    "/project/-/",
    "/simple/",
    "/simple",
    "/simple/?format=application/vnd.pypi.simple.v1+json",
    "/simple/?format=application/vnd.pypi.simple.v2+json",
    "/simple/hidden-name/",
    "/simple/hidden-name",
    "/simple/Hidden.Name/",
    "/simple/hidden-name/?format=application/vnd.pypi.simple.v2+json",
    "/simple/unknown/",
    "/simple/-/",
    "/pypi/hidden-name/json",
    "/pypi/hidden-name/1.0/json",
    "/pypi/hidden-name/9.0/json",
    "/pypi/Hidden.Name/json",
    "/pypi/unknown/json",
    path_of(WHEEL),
    f"{path_of(WHEEL)}.metadata",
    path_of(SDIST),
    f"{path_of(SDIST)}.metadata",
    path_of(WHEEL).replace(WHEEL.filename, "unknown-1.0.tar.gz"),
    "/packages/aa/bb/cc/unknown-1.0.tar.gz",
    f"/packages/py3/h/hidden-name/{WHEEL.filename}",
    f"/packages/source/h/hidden-name/{SDIST.filename}",
    "/packages/source/u/unknown/unknown-1.0.tar.gz",
    f"/integrity/hidden-name/1.0/{WHEEL.filename}/provenance",
    "/integrity/unknown/1.0/unknown-1.0.tar.gz/provenance",
    "/changes",
    "/changes?since=0&wait=1",
    "/changes?since=x",
    "/rpc/openrpc.json",
]


@pytest.fixture
def private(wired: Any, memory: InMemorySite) -> Any:
    """Return a wire to a site whose main index is private, and another index too, with the same files."""
    wire = wired(json_rpc=JsonRpcEndpoint(memory.site), frontend=frontend())
    site = wire.memory.site
    settings = IndexSettings(reading=Reading.PRIVATE, title="a secret title")
    site.create_index(OPERATOR, PRIVATE, settings)
    for index in (DEFAULT_INDEX, PRIVATE):
        for each in (WHEEL, SDIST):
            wire.memory.publish(wire.memory.actor("alice"), each, site.index(index))
    site.configure_index(OPERATOR, DEFAULT_INDEX, settings)
    wire.memory.work()
    return wire


def authorisation(wire: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {wire.token}"}


@pytest.mark.parametrize("path", READ_PATHS)
def test_every_read_requires_credentials(private: Any, path: str) -> None:
    for method, root in product(("GET", "HEAD"), ROOTS):
        # A reader who may, twice: whatever is kept ready then must not be given to others.
        known = [private.request(method, root + path, authorisation(private)) for _ in range(2)]

        answer = private.request(method, root + path)

        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Basic realm=")
        assert not {"location", "etag", "x-pypi-last-serial"} & {*answer.headers}
        assert not [each for each in SECRETS if each in answer.body]
        assert 401 not in {each.status for each in known}
        for each in (answer, *known):
            assert "access-control-allow-origin" not in each.headers
            assert "public" not in each.headers.get("cache-control", "")


@pytest.mark.parametrize(
    "call",
    [
        {"method": "project.get", "params": {"name": "hidden-name"}},
        {"method": "project.get", "params": {"name": "unknown"}},
        {"method": "search.query", "params": {"words": "hidden"}},
        {"method": "rpc.discover"},
        {"method": "unknown.method"},
    ],
    ids=lambda call: str(call["method"]),
)
def test_every_call_requires_credentials(private: Any, call: dict[str, object]) -> None:
    one = {"jsonrpc": "2.0", "id": 1, **call}
    headers = {"content-type": "application/json"}
    for root, body in product(ROOTS, (json.dumps(one).encode(), json.dumps([one, one]).encode())):
        known = private.request("POST", f"{root}/rpc", {**headers, **authorisation(private)}, body)

        answer = private.request("POST", f"{root}/rpc", headers, body)

        assert known.status == 200
        assert answer.status == 401
        assert "www-authenticate" in answer.headers
        assert "access-control-allow-origin" not in answer.headers


def test_an_unknown_token_is_refused_everywhere(private: Any) -> None:
    by_password = private.basic("alice", "correct horse")["authorization"]
    for root, path, value in product(ROOTS, READ_PATHS, ("Bearer nonsense", "Basic !!!", by_password)):
        answer = private.get(root + path, {"authorization": value})

        assert answer.status == 401
        assert "www-authenticate" in answer.headers
        assert not [each for each in SECRETS if each in answer.body]
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/simple/", "/simple/hidden-name/", path_of(WHEEL)])
def test_pages_of_other_origins_are_not_let_in(private: Any, path: str) -> None:
    asked = {"origin": "https://other.example", "access-control-request-method": "GET"}

    for root in ROOTS:
        answer = private.request("OPTIONS", root + path, asked)

        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_the_root_serves_a_file_that_a_public_index_lists_too(private: Any) -> None:
    memory = private.memory
    memory.publish(memory.actor("alice"), WHEEL, memory.site.index(IndexName("test")))

    # The file is in a store of objects; its metadata goes through the server.
    for path, given in ((path_of(WHEEL), 302), (f"{path_of(WHEEL)}.metadata", 200)):
        answers = [private.get(root + path) for root in ("", "/i/test", *ROOTS[1:])]

        assert [each.status for each in answers] == [given, given, 401]


def test_an_index_that_becomes_private_refuses_the_very_next_request(private: Any) -> None:
    memory = private.memory
    memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings())
    paths = ["/simple/", "/simple/hidden-name/", "/pypi/hidden-name/json", "/project/hidden-name/", "/"]
    assert {private.get(path).status for path in paths * 2} == {200}

    memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

    assert {private.get(path).status for path in paths} == {401}


def test_a_password_can_be_exchanged_for_a_token_on_a_private_index(private: Any) -> None:
    private.memory.account("eve", "a long password")
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "token.exchange",
        "params": {"username": "eve", "password": "a long password", "description": "laptop"},
    }
    headers = {"content-type": "application/json"}

    alone = private.request("POST", "/rpc", headers, json.dumps(call).encode())
    in_a_batch = private.request("POST", "/rpc", headers, json.dumps([call]).encode())

    secret = alone.json["result"]["secret"]
    assert private.get("/simple/", {"authorization": f"Bearer {secret}"}).status == 200
    assert in_a_batch.status == 401


def test_wrong_passwords_are_counted_by_where_they_come_from(wired: Any) -> None:
    limit = RateLimit(name="failed-logins", quota=2, window=60, refusal="Wait {wait}.")
    memory = InMemorySite(limits=RateLimits(failed_logins_by_address=limit))
    wire = type(wired())(memory, HttpSettings(), json_rpc=JsonRpcEndpoint(memory.site))

    def attempt(username: str) -> int:
        params = {"username": username, "password": "guessed", "description": "x"}
        call = {"jsonrpc": "2.0", "id": 1, "method": "token.exchange", "params": params}
        answer = wire.request("POST", "/rpc", {"content-type": "application/json"}, json.dumps(call).encode())
        code: int = answer.json["error"]["code"]
        return code

    assert [attempt(f"user{number}") for number in range(3)] == [1002, 1002, 1029]
