"""What the protocol changes, through the whole application over an index in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import (
    ANONYMOUS,
    OPERATOR,
    Action,
    Actor,
    PasswordCredentials,
    TokenCredentials,
    TokenScope,
)
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.rate_limits import RateLimit, RateLimits
from pypi_jsonrpc_api import JsonRpcEndpoint

Call = Callable[..., Any]
WHEEL, SDIST = build_wheel("Sample", "1.0"), build_sdist("Sample", "1.0")


@pytest.fixture
def site() -> InMemorySite:
    return InMemorySite()


@pytest.fixture
def ada(site: InMemorySite) -> Actor:
    ada = site.actor("ada")
    for each in (WHEEL, SDIST):
        site.publish(ada, each)
    return ada


@pytest.fixture
def call(site: InMemorySite) -> Call:
    endpoint = JsonRpcEndpoint(site.site)

    def send(actor: Actor, method: str, **params: object) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        answer = json.loads(endpoint(site.index, actor, body.encode()) or b"")
        return answer["result"] if "result" in answer else answer["error"]

    return send


def test_a_project_lives_and_dies(call: Call, ada: Actor) -> None:
    created = call(ada, "project.create", name="New.Project")
    archived = call(ada, "project.set_status", name="new_project", status="archived", reason="done")
    shown = call(ANONYMOUS, "project.get", name="new-project")
    deleted = call(ada, "project.delete", name="NEW-project")

    assert (created["name"], created["display_name"]) == ("new-project", "New.Project")
    assert shown["status"] == {"state": "archived", "reason": "done"}
    assert created["serial"] < archived["serial"] < deleted["serial"]
    assert call(ANONYMOUS, "project.get", name="new-project")["data"]["code"] == "project-not-found"


def test_roles_come_and_go(call: Call, site: InMemorySite, ada: Actor) -> None:
    bob = site.actor("bob")

    call(ada, "project.add_role", name="sample", username="bob", role="Maintainer")
    yanked = call(bob, "release.yank", name="sample", version="1.0", reason="broken")
    refused = call(bob, "project.delete", name="sample")
    call(ada, "project.remove_role", name="sample", username="bob")

    assert "serial" in yanked
    assert refused["data"]["code"] == "not-allowed"
    assert call(ada, "project.roles", name="sample")["roles"] == [{"username": "ada", "role": "Owner"}]
    assert call(ada, "project.remove_role", name="sample", username="ada")["data"]["code"] == "last-owner"


def test_a_release_is_yanked_and_offered_again_and_deleted(call: Call, ada: Actor) -> None:
    call(ada, "release.yank", name="sample", version="1", reason="broken")
    yanked = call(ANONYMOUS, "release.get", name="sample", version="1.0.0")
    call(ada, "release.unyank", name="sample", version="1")
    offered = call(ANONYMOUS, "release.get", name="sample", version="1.0.0")
    call(ada, "release.delete", name="sample", version="1")

    assert (yanked["yanked"], offered["yanked"]) == ("broken", False)
    assert {each["yanked"] for each in yanked["files"]} == {"broken"}
    assert call(ANONYMOUS, "release.list", name="sample") == {"releases": [], "next": None}


def test_the_status_of_a_file_shows_yanking_and_deletion(call: Call, ada: Actor) -> None:
    def state() -> tuple[str, bool]:
        status = call(ANONYMOUS, "file.status", filename=WHEEL.filename)
        return status["state"], status["visible"]

    assert state() == ("offered", True)
    call(ada, "file.yank", filename=WHEEL.filename, reason="broken")
    assert state() == ("yanked", True)
    call(ada, "file.unyank", filename=WHEEL.filename)
    assert state() == ("offered", True)
    call(ada, "file.delete", filename=WHEEL.filename)
    assert state() == ("deleted", False)
    assert call(ANONYMOUS, "file.get", filename=WHEEL.filename)["data"]["code"] == "file-not-found"
    assert call(ANONYMOUS, "file.get", filename=SDIST.filename)["file"]["size"] == len(SDIST.content)


def test_files_in_quarantine_are_shown_to_administrators_alone(
    call: Call, site: InMemorySite, ada: Actor
) -> None:
    status = ProjectStatus(Status.QUARANTINED, "looked at")
    site.index.set_project_status(OPERATOR, NormalizedName("sample"), status)

    for_all = call(ada, "file.status", filename=WHEEL.filename)
    for_administrators = call(OPERATOR, "file.status", filename=WHEEL.filename)

    assert (for_all["state"], for_all["visible"], for_all["hashes"]) == ("quarantined", False, {})
    assert for_administrators["hashes"]["sha256"] == WHEEL.sha256
    assert call(ada, "file.get", filename=WHEEL.filename)["data"]["code"] == "file-not-found"
    assert call(ada, "release.get", name="sample", version="1.0")["code"] == 1001
    assert call(OPERATOR, "file.delete", filename=WHEEL.filename)["serial"] > 0


def test_lists_are_paged_through_to_the_end(call: Call, site: InMemorySite, ada: Actor) -> None:
    for number in range(7):
        site.index.create_project(ada, DisplayName(f"project{number}"))
        site.publish(ada, build_wheel("Sample", f"2.{number}"))

    def all_pages(method: str, member: str, **params: object) -> list[dict[str, Any]]:
        page = call(ANONYMOUS, method, limit=3, **params)
        found = list(page[member])
        while page["next"]:
            page = call(ANONYMOUS, method, limit=3, cursor=page["next"], **params)
            assert page[member]
            found += page[member]
        return found

    projects = [each["name"] for each in all_pages("project.list", "projects")]
    versions = [each["version"] for each in all_pages("release.list", "releases", name="sample")]
    assert projects == ["sample", *(f"project{number}" for number in range(7))]
    assert versions == [*(f"2.{number}" for number in reversed(range(7))), "1.0"]


@pytest.mark.parametrize("cursor", ["", "x", "ä", "W10", "WyJyZWxlYXNlLmxpc3QiLCIxLjAiXQ", "A" * 100_000])
def test_a_cursor_of_another_method_is_refused(call: Call, cursor: str) -> None:
    refused = call(ANONYMOUS, "project.list", cursor=cursor)

    assert refused["code"] == 1022
    assert refused["data"]["problems"][0]["field"] == "cursor"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("project.list", {"limit": 0}),
        ("project.list", {"limit": 1001}),
        ("release.list", {"name": "sample", "limit": 1001}),
        ("changes.since", {"serial": 0, "limit": 50_001}),
        ("changes.since", {"serial": -1}),
        ("changes.since", {"serial": 2**63}),
    ],
)
def test_too_much_at_once_is_refused(call: Call, ada: Actor, method: str, params: dict[str, Any]) -> None:
    assert call(ANONYMOUS, method, **params)["code"] == 1022


def test_changes_are_listed_in_order(call: Call, ada: Actor) -> None:
    seen, serial = [], 0
    while (page := call(ANONYMOUS, "changes.since", serial=serial, limit=2))["changes"]:
        seen += page["changes"]
        serial = page["serial"]

    assert [each["serial"] for each in seen] == list(range(1, len(seen) + 1))
    assert [each["action"] for each in seen][:2] == ["create", "add Owner ada"]
    assert not page["more"]


class TestTokens:
    def test_a_token_is_made_listed_and_revoked(self, call: Call, site: InMemorySite, ada: Actor) -> None:
        scope = {"indexes": ["pypi"], "projects": ["Sam.ple", "sample"], "actions": ["upload", "yank"]}
        made = call(
            ada, "token.create", description="for CI", scope=scope, expires="2027-01-01T00:00:00+01:00"
        )
        listed = call(ada, "token.list")["tokens"]
        actor = site.site.authenticate(TokenCredentials(made["secret"]))
        call(ada, "token.revoke", id=made["token"]["id"])

        assert made["token"] in listed
        assert made["token"]["expires"] == "2026-12-31T23:00:00Z"
        assert actor.scope == TokenScope(
            indexes=frozenset({DEFAULT_INDEX}),
            projects=frozenset({NormalizedName("sam-ple"), NormalizedName("sample")}),
            actions=frozenset({Action.UPLOAD, Action.YANK}),
        )
        assert all("secret" not in each for each in listed)
        assert made["token"] not in call(ada, "token.list")["tokens"]

    def test_a_limited_token_cannot_create_tokens(self, call: Call, site: InMemorySite, ada: Actor) -> None:
        limited = site.site.issue_token(ada, "ada", "narrow", TokenScope(actions=frozenset({Action.UPLOAD})))
        actor = site.site.authenticate(TokenCredentials(limited.secret))

        assert call(actor, "token.create", description="wide")["data"]["code"] == "not-allowed"
        assert call(actor, "account.whoami")["scope"]["actions"] == ["upload"]

    def test_an_anonymous_caller_has_no_tokens(self, call: Call) -> None:
        for method, params in (
            ("token.create", {"description": "x"}),
            ("token.list", {}),
            ("token.revoke", {"id": "x"}),
        ):
            assert call(ANONYMOUS, method, **params)["code"] == 1002
        assert call(ANONYMOUS, "account.whoami")["username"] is None

    def test_a_token_of_another_account_is_not_found(
        self, call: Call, site: InMemorySite, ada: Actor
    ) -> None:
        token = call(ada, "token.list")["tokens"][0]

        assert call(site.actor("bob"), "token.revoke", id=token["id"])["data"]["code"] == "token-not-found"

    @pytest.mark.parametrize("expires", ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00", "soon"])
    def test_an_invalid_expiry_is_refused(self, call: Call, ada: Actor, expires: str) -> None:
        assert call(ada, "token.create", description="x", expires=expires)["code"] in {1022, -32602}

    def test_a_password_is_exchanged_for_a_token(self, call: Call, site: InMemorySite) -> None:
        site.account("eve", "a long password")

        made = call(
            ANONYMOUS, "token.exchange", username="eve", password="a long password", description="laptop"
        )

        assert site.site.authenticate(TokenCredentials(made["secret"])).username == "eve"

    def test_a_wrong_password_is_counted(self) -> None:
        once = RateLimit(name="failed-logins", quota=1, window=60, refusal="Wait {wait}.")
        site = InMemorySite(limits=RateLimits(failed_logins_by_user=once))
        site.account("eve", "a long password")
        endpoint = JsonRpcEndpoint(site.site)

        def attempt(password: str) -> int:
            params = {"username": "eve", "password": password, "description": "x"}
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "token.exchange", "params": params})
            answer = json.loads(endpoint(site.index, ANONYMOUS, body.encode()) or b"")
            code: int = answer["error"]["code"]
            return code

        assert [attempt("guessed"), attempt("guessed"), attempt("a long password")] == [1002, 1029, 1029]


def test_checking_metadata_needs_an_account(call: Call) -> None:
    metadata = "Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n"
    assert call(ANONYMOUS, "validate.metadata", metadata=metadata)["code"] == 1002


def test_the_rules_of_the_index_are_listed(call: Call, ada: Actor) -> None:
    good = call(ANONYMOUS, "validate.filename", filename="sample-1.0-py3-none-any.whl")
    bad = call(ANONYMOUS, "validate.filename", filename="Sample-1.0-py3-none-linux_x86_64.whl")
    metadata = call(ada, "validate.metadata", metadata="Name: -x\nVersion: one\n")

    assert (good["valid"], good["name"], good["version"]) == (True, "sample", "1.0")
    assert not bad["valid"]
    assert len(bad["problems"]) == 2
    assert not metadata["valid"]
    assert len(metadata["problems"]) == 3


def test_an_index_describes_itself(call: Call, site: InMemorySite, ada: Actor) -> None:
    settings = IndexSettings(title="Work", reading=Reading.PRIVATE, largest_file=1000)
    site.site.configure_index(OPERATOR, DEFAULT_INDEX, settings)

    status = call(ada, "index.status")

    assert (status["title"], status["reading"], status["largest_file"]) == ("Work", "private", 1000)
    assert {"simple", "json-rpc", "legacy-upload"} <= {each["name"] for each in status["capabilities"]}
    assert [each["name"] for each in call(ada, "index.list")["indexes"]] == ["pypi", "test"]
    assert [each["name"] for each in call(ANONYMOUS, "index.list")["indexes"]] == ["test"]
    assert call(ANONYMOUS, "index.status")["code"] == 1002


def test_a_password_cannot_write(call: Call, site: InMemorySite, ada: Actor) -> None:
    site.account("eve", "a long password")
    eve = site.site.authenticate(PasswordCredentials("eve", "a long password"))

    assert call(eve, "project.create", name="new")["data"]["code"] == "password-not-accepted"


def test_the_clock_of_the_site_is_that_of_the_examples(site: InMemorySite) -> None:
    assert site.clock.now() == datetime(2026, 3, 1, 12, tzinfo=UTC)
