"""The methods of the protocol and the document that describes them, on an index in memory."""

from __future__ import annotations

import json
import re
from typing import Any
from unittest.mock import Mock

import pytest
from msgspec.structs import replace

from pypi_contracts import example_index
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor
from pypi_core.domain.entities import Project, ProjectStatus, Status, Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_jsonrpc_api.answering import answers
from pypi_jsonrpc_api.answers.indexes import SOFTWARE
from pypi_memory.rows import Storage
from pypi_protocol.methods import METHODS, AnyMethod, Example, examples_of

ENDPOINT = JsonRpcEndpoint(InMemorySite().site)
DOCUMENT = json.loads(ENDPOINT.document)


@pytest.fixture
def site() -> InMemorySite:
    return InMemorySite()


def call(site: InMemorySite, method: str, params: object = (), actor: Actor = ANONYMOUS) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 1}).encode()
    answered = JsonRpcEndpoint(site.site)(site.index, actor, body)
    assert answered is not None
    return json.loads(answered)


def result(site: InMemorySite, method: str, params: object = (), actor: Actor = ANONYMOUS) -> Any:
    return call(site, method, params, actor)["result"]


def publish_hello(site: InMemorySite) -> None:
    """Put there what the examples in the document show."""
    example_index.publish_hello(
        site.site,
        site.database.index(DEFAULT_INDEX).open_unit_of_work,
        site.search[DEFAULT_INDEX],
        site.clock,
    )


# Those for documentation and upload sessions, which need more to be there, are in modules of their own.
EXAMPLES = [
    (method, example)
    for method in METHODS
    if not method.name.startswith(("docs.", "upload.", "release.publish"))
    for example in examples_of(method, SOFTWARE)
]


@pytest.mark.parametrize("by_position", [False, True])
@pytest.mark.parametrize(
    ("method", "example"), EXAMPLES, ids=[f"{method.name}: {each.name}" for method, each in EXAMPLES]
)
def test_the_examples_in_the_document_answer_as_they_say(
    site: InMemorySite, method: AnyMethod, example: Example, by_position: bool
) -> None:
    publish_hello(site)
    # By position the parameters stand in the order in which the document lists them.
    params = [*example.params.values()] if by_position else example.params

    assert result(site, method.name, params, site.actor("ada")) == example.result


@pytest.mark.parametrize(
    ("method", "example"), EXAMPLES, ids=[f"{method.name}: {each.name}" for method, each in EXAMPLES]
)
def test_a_method_that_commits_is_marked_as_writing(
    site: InMemorySite, method: AnyMethod, example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_hello(site)
    ada, commits = site.actor("ada"), Mock()
    monkeypatch.setattr(Storage, "commit", commits)

    call(site, method.name, example.params, ada)

    assert method.writes or not commits.called


def test_the_methods_that_only_read_are_listed() -> None:
    # What writes or takes long is carried out apart from these.
    assert [each.name for each in METHODS if not each.writes] == [
        "index.status", "index.list", "search.query", "project.get", "project.list", "project.roles",
        "project.downloads",
        "release.list", "release.get", "upload.status", "file.get", "file.find", "file.status", "docs.list",
        "changes.since", "validate.filename", "token.list", "account.whoami", "rpc.discover",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("calls", "writes", "is_login"),
    [
        ({"method": "index.status"}, False, False),
        ({"method": "project.create"}, True, False),
        ([{"method": "index.status"}, {"method": "nothing"}, 1, {"method": "file.yank"}], True, False),
        ([{"method": "index.status"}, {"method": "changes.since"}], False, False),
        ({"method": "token.exchange"}, True, True),
        ([{"method": "token.exchange"}], True, False),
        ({"method": "nothing"}, False, False),
        ("text", False, False),
    ],
)
def test_a_body_says_what_it_is_for(calls: Any, writes: bool, is_login: bool) -> None:
    batch = calls if isinstance(calls, list) else [calls]
    batch = [{"jsonrpc": "2.0", "id": 1, **each} if isinstance(each, dict) else each for each in batch]

    read = ENDPOINT.read(json.dumps(batch if isinstance(calls, list) else batch[0]).encode())

    assert (read.writes, read.is_login) == (writes, is_login)


def test_a_published_project_is_described(site: InMemorySite) -> None:
    wheel = build_wheel(name="Foo.Bar", version="1.0", summary="A sample", requires_dist=["needed>=2"])
    sdist = build_sdist(name="Foo.Bar", version="2.0", summary="A newer sample")
    for each in (wheel, sdist):
        site.publish(site.actor("ada"), each)

    latest = result(site, "project.get", ["FOO-bar"])
    older = result(site, "project.get", ["foo_bar", "1"])

    assert (latest["name"], latest["display_name"], latest["version"]) == ("foo-bar", "Foo.Bar", "2.0")
    assert [each["version"] for each in latest["versions"]] == ["1.0", "2.0"]
    assert latest["metadata"]["summary"] == "A newer sample"
    assert [(each["filename"], each["kind"], each["size"]) for each in latest["files"]] == [
        (sdist.filename, "sdist", len(sdist.content))
    ]
    assert older["metadata"]["requires_dist"] == ["needed>=2"]
    assert older["files"][0]["hashes"] == {"sha256": wheel.sha256, "blake2b_256": wheel.blake2_256}
    assert older["files"][0]["upload_time"] == "2026-03-01T12:00:00Z"


def test_a_url_is_percent_encoded_and_relative_to_the_root(site: InMemorySite) -> None:
    wheel = build_wheel(name="local", version="1!1.0")
    site.publish(site.actor("ada"), wheel)

    [file] = result(site, "project.get", {"name": "local"})["files"]

    assert re.fullmatch(r"packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/local-1%211\.0-py3.*whl", file["url"])


def test_a_yank_without_reason_is_true(site: InMemorySite) -> None:
    site.publish(site.actor("ada"), build_wheel(name="foo", version="1.0"))
    site.index.yank_release(OPERATOR, NormalizedName("foo"), parse_version("1.0"), Yank())

    project = result(site, "project.get", {"name": "foo"})

    assert project["versions"] == [{"version": "1.0", "files": 1, "yanked": True}]
    assert project["files"][0]["yanked"] is True


def test_a_version_is_yanked_when_all_its_files_are(site: InMemorySite) -> None:
    site.publish(site.actor("ada"), build_wheel(name="foo", version="1.0"))
    rows = site.database.index(DEFAULT_INDEX)
    with rows.open_unit_of_work(OPERATOR) as uow:
        [file] = uow.files.of(uow.projects.get(NormalizedName("foo")).id)
        uow.files.update(replace(file, yank=Yank("broken")))
        uow.commit()

    assert result(site, "project.get", {"name": "foo"})["versions"][0]["yanked"] == "broken"


def test_a_project_without_a_release_is_described(site: InMemorySite) -> None:
    site.index.create_project(site.actor("ada"), DisplayName("empty"))

    project = result(site, "project.get", {"name": "empty"})

    assert (project["version"], project["metadata"], project["files"]) == (None, None, [])


def test_a_quarantined_project_shows_its_state_and_no_files(site: InMemorySite) -> None:
    site.publish(site.actor("ada"), build_wheel(name="foo", version="1.0"))
    rows = site.database.index(DEFAULT_INDEX)
    with rows.open_unit_of_work(OPERATOR) as uow:
        project: Project = uow.projects.get(NormalizedName("foo"))
        uow.projects.update(replace(project, status=ProjectStatus(Status.QUARANTINED, "looked at")))
        uow.commit()

    described = result(site, "project.get", {"name": "foo"})

    assert described["status"] == {"state": "quarantined", "reason": "looked at"}
    assert described["files"] == []


@pytest.mark.parametrize(
    ("params", "code", "name"),
    [
        ({"name": "nowhere"}, 1001, "project-not-found"),
        ({"name": "foo", "version": "7"}, 1001, "release-not-found"),
        ({"name": "-foo"}, 1022, "invalid-name"),
        ({"name": "foo", "version": "seven"}, 1022, "invalid-version"),
        ({}, -32602, "invalid-params"),
        ({"name": 7}, -32602, "invalid-params"),
    ],
)
def test_an_invalid_or_unknown_project_is_refused(
    site: InMemorySite, params: dict[str, object], code: int, name: str
) -> None:
    site.publish(site.actor("ada"), build_wheel(name="foo", version="1.0"))

    error = call(site, "project.get", params)["error"]

    assert (error["code"], error["data"]["code"]) == (code, name)


def test_search_finds_a_published_project(site: InMemorySite) -> None:
    for name in ("foo-one", "foo-two", "bar"):
        site.publish(site.actor("ada"), build_wheel(name=name, version="1.0", summary=f"About {name}"))
    site.work()

    first = result(site, "search.query", {"words": "foo", "limit": 1})
    second = result(site, "search.query", {"words": "foo", "limit": 1, "cursor": first["next"]})

    assert second["next"] is None
    assert {page["hits"][0]["name"] for page in (first, second)} == {"foo-one", "foo-two"}


def test_search_is_narrowed_by_what_facets_count(site: InMemorySite) -> None:
    for name, python in (("foo-one", "3.12"), ("foo-two", "3.13")):
        fields = [("Classifier", f"Programming Language :: Python :: {python}")]
        site.publish(site.actor("ada"), build_wheel(name=name, version="1.0", extra_metadata=fields))
    site.work()

    found = result(site, "search.query", {"words": "foo", "facets": True})
    [counted] = [each for each in found["pythons"] if each["value"] == "3.13"]
    narrowed = result(site, "search.query", {"words": "foo", "pythons": [counted["value"]]})

    assert counted["count"] == len(narrowed["hits"]) == 1
    assert narrowed["hits"][0]["name"] == "foo-two"
    assert result(site, "search.query", {"words": "foo", "licenses": ["MIT"]})["hits"] == []


def test_too_many_hits_at_once_are_refused(site: InMemorySite) -> None:
    error = call(site, "search.query", {"words": "foo", "limit": 101})["error"]

    assert error["code"] == 1022
    assert error["data"]["problems"][0]["field"] == "limit"


@pytest.mark.parametrize(("method", "params"), [("search.query", ["x"]), ("project.get", ["x"])])
def test_a_private_index_asks_for_credentials(site: InMemorySite, method: str, params: list[str]) -> None:
    site.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

    assert call(site, method, params)["error"]["code"] == 1002


def test_every_method_is_answered_by_one_function(site: InMemorySite) -> None:
    answered = [each.method.name for each in answers(site.site)]

    assert [*answered, "rpc.discover"] == [each.name for each in METHODS]


def test_discovery_returns_the_document(site: InMemorySite) -> None:
    assert result(site, "rpc.discover") == DOCUMENT
    assert call(site, "rpc.discover", [1])["error"]["code"] == -32602


class TestDocument:
    """The document has the shape of OpenRPC 1.3.2 (docs/reference/standards/json-rpc.md#openrpc)."""

    @pytest.mark.parametrize("method", DOCUMENT["methods"], ids=lambda each: each["name"])
    def test_a_method_is_described_whole(self, method: dict[str, Any]) -> None:
        assert set(method) == {
            "name", "summary", "description", "paramStructure", "params", "result", "errors", "examples",
        }  # fmt: skip
        assert method["paramStructure"] == "either"
        assert method["summary"]
        assert method["description"]
        for each in (*method["params"], method["result"]):
            assert set(each) <= {"name", "summary", "description", "required", "schema", "deprecated"}
            assert {"name", "schema"} <= set(each)

    @pytest.mark.parametrize("method", DOCUMENT["methods"], ids=lambda each: each["name"])
    def test_parameters_have_names_and_required_ones_come_first(self, method: dict[str, Any]) -> None:
        names = [each["name"] for each in method["params"]]
        required = [each["required"] for each in method["params"]]

        assert len(set(names)) == len(names)
        assert required == sorted(required, reverse=True)

    @pytest.mark.parametrize("method", DOCUMENT["methods"], ids=lambda each: each["name"])
    def test_errors_have_codes_of_their_own(self, method: dict[str, Any]) -> None:
        codes = [each["code"] for each in method["errors"]]

        assert len(set(codes)) == len(codes)
        assert all(set(each) == {"code", "message"} for each in method["errors"])
        assert all(isinstance(each["message"], str) for each in method["errors"])

    @pytest.mark.parametrize("method", DOCUMENT["methods"], ids=lambda each: each["name"])
    def test_examples_have_names_and_values(self, method: dict[str, Any]) -> None:
        for example in method["examples"]:
            assert set(example) == {"name", "params", "result"}
            assert all(set(each) == {"name", "value"} for each in (*example["params"], example["result"]))
            assert [each["name"] for each in example["params"]] == [
                each["name"] for each in method["params"]
            ][: len(example["params"])]

    def test_the_root_has_what_it_must(self) -> None:
        assert set(DOCUMENT) == {"openrpc", "info", "servers", "methods", "components"}
        assert DOCUMENT["openrpc"] == "1.3.2"
        assert {"title", "version"} <= set(DOCUMENT["info"])
        assert DOCUMENT["servers"] == [{"name": "Python package index", "url": "rpc"}]
        assert set(DOCUMENT["components"]) == {"schemas", "errors"}

    def test_methods_have_names_of_their_own(self) -> None:
        names = [each["name"] for each in DOCUMENT["methods"]]

        assert len(set(names)) == len(names)

    def test_every_method_has_an_example(self) -> None:
        without = [each["name"] for each in DOCUMENT["methods"] if not each["examples"]]

        # Its result is the document itself.
        assert without == ["rpc.discover"]

    def test_every_reference_leads_somewhere(self) -> None:
        references = re.findall(r'"\$ref":\s*"([^"]+)"', ENDPOINT.document.decode())

        assert references
        for each in references:
            found: Any = DOCUMENT
            for part in each.removeprefix("#/").split("/"):
                found = found[part]
            assert found["type"] == "object"

    def test_schemas_are_of_draft_7(self) -> None:
        text = ENDPOINT.document.decode()

        # What later drafts brought, and what JSON Schema calls otherwise.
        for keyword in (
            "prefixItems",
            "$defs",
            "unevaluatedProperties",
            "dependentRequired",
            "discriminator",
        ):
            assert f'"{keyword}"' not in text
