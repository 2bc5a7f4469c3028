"""Whoever calls with whatever, methods fail with errors they declare, never with one of the server's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Action, Actor, TokenCredentials, TokenScope
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, NewProjects, Reading
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.rate_limits import RateLimit, RateLimits
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_jsonrpc_api.answers.indexes import SOFTWARE
from pypi_protocol import methods
from pypi_protocol.methods import examples_of

METHODS = {each.name: each for each in methods.METHODS}
DOCUMENT = {
    each["name"]: each for each in json.loads(JsonRpcEndpoint(InMemorySite().site).document)["methods"]
}
ONCE = RateLimit(name="once", quota=1, window=3600, refusal="Wait {wait}.")
LIMITS = RateLimits(failed_logins_by_address=ONCE, failed_logins_by_user=ONCE, new_projects=ONCE)


def limited(site: InMemorySite) -> Actor:
    """Return the owner by a token that is good for reading another project of another index alone."""
    scope = TokenScope(
        indexes=frozenset({TEST_INDEX}),
        projects=frozenset({NormalizedName("other")}),
        actions=frozenset({Action.READ}),
    )
    return site.site.authenticate(
        TokenCredentials(site.site.issue_token(OPERATOR, "ada", "narrow", scope).secret)
    )


def administrator(site: InMemorySite) -> Actor:
    site.account("grace", is_administrator=True)
    return site.actor("grace")


CALLERS: dict[str, Callable[[InMemorySite], Actor]] = {
    "nobody": lambda site: ANONYMOUS,
    "the owner": lambda site: site.actor("ada"),
    "the owner by a limited token": limited,
    "somebody else": lambda site: site.actor("eve"),
    "somebody by password": lambda site: site.actor_by_password("bob"),
    "an administrator": administrator,
}


def close(site: InMemorySite) -> None:
    closed = IndexSettings(reading=Reading.PRIVATE, new_projects=NewProjects.ADMINISTRATORS)
    site.site.configure_index(OPERATOR, DEFAULT_INDEX, closed)
    status = ProjectStatus(Status.QUARANTINED, "looked at")
    site.index.set_project_status(OPERATOR, NormalizedName("hello-index"), status)


WORLDS: dict[str, Callable[[InMemorySite], None]] = {
    "an open index": lambda site: None,
    "a private index and a project in quarantine": close,
}
FILES = (build_wheel("Hello.Index", "1.0"), build_sdist("Hello.Index", "1.1"))

# What no schema forbids and no method wants.
ODD_TEXTS = ("", "-", "nowhere", "../b", "hello_index-7.tar.gz", "ü\u0000\r\n", "9" * 5000)
ODD_NUMBERS = (-1, 0, 2**63, 10**400)


def odd_parameters(method: str) -> Iterator[dict[str, Any]]:
    """Yield what the examples send, and the same with one value at a time turned odd."""
    for example in examples_of(METHODS[method], SOFTWARE):
        yield example.params
        for name, value in example.params.items():
            for odd in ODD_NUMBERS if isinstance(value, int) else ODD_TEXTS:
                yield {**example.params, name: odd}


@pytest.fixture(params=WORLDS)
def site(request: pytest.FixtureRequest) -> InMemorySite:
    site = InMemorySite(limits=LIMITS)
    ada = site.actor("ada")
    for each in FILES:
        site.publish(ada, each)
    WORLDS[request.param](site)
    return site


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_fails_as_it_declares(site: InMemorySite, caller: str, method: str) -> None:
    declared = {each["code"] for each in DOCUMENT[method]["errors"]}
    actor, endpoint = CALLERS[caller](site), JsonRpcEndpoint(site.site)

    for params in odd_parameters(method):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        answer = json.loads(endpoint(site.index, actor, body.encode()) or b"")

        if "error" in answer:
            assert answer["error"]["code"] in declared, (params, answer["error"])
            assert answer["error"]["message"]


_FILE = {"filename": "hello-1.0.tar.gz", "size": 1, "sha256": "0" * 64}
_RELEASE = {"name": "hello", "version": "1.0"}


@pytest.mark.parametrize(
    ("method", "params", "field"),
    [
        (
            "upload.begin",
            {**_RELEASE, "files": [{**_FILE, "more": 1}]},
            "files[0].more",
        ),
        (
            "upload.begin",
            {**_RELEASE, "files": [_FILE, {"filename": "x", "size": 1}]},
            "files[1].sha256",
        ),
        (
            "upload.begin",
            {**_RELEASE, "files": [{**_FILE, "size": "1"}]},
            "files[0].size",
        ),
        ("token.create", {"description": "x", "scope": {"actions": ["fly"]}}, "scope.actions[0]"),
        ("token.create", {"description": "x", "scope": {"flights": []}}, "scope.flights"),
        ("search.query", {"fields": {"colour": "red"}}, "fields"),
        ("project.get", {"nome": "hello"}, "nome"),
        ("project.get", {}, "name"),
    ],
)
def test_a_problem_inside_a_parameter_names_the_path_to_it(
    site: InMemorySite, method: str, params: object, field: str
) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})

    answer = json.loads(JsonRpcEndpoint(site.site)(site.index, OPERATOR, body.encode()) or b"")

    assert answer["error"]["code"] == -32602
    assert [each["field"] for each in answer["error"]["data"]["problems"]] == [field]
