"""The methods for documentation, on an index in memory."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor
from pypi_core.domain.events import ProjectCreated, ReleaseCreated
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.upload_sessions import DOCUMENTATION_ZIP, UploadSessionId
from pypi_core.domain.versions import parse_version
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_jsonrpc_api.answers.indexes import SOFTWARE
from pypi_protocol.methods import METHODS, AnyMethod, Example, examples_of

ENDPOINT = JsonRpcEndpoint(InMemorySite().site)
GUIDE = NormalizedName("guide")


def stored_zip() -> bytes:
    """Return the ZIP of the examples; it is not compressed, which each library does in its own way."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("index.html"), "<!DOCTYPE html><p>Guide</p>")
    return content.getvalue()


ARCHIVE = stored_zip()
SHA256 = hashlib.sha256(ARCHIVE).hexdigest()


@pytest.fixture
def site() -> InMemorySite:
    """Return a site with the project guide, of which there is 1.0."""
    site = InMemorySite()
    shown, version = DisplayName("Guide"), parse_version("1.0")
    with site.database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
        project = uow.projects.add(GUIDE, shown, site.clock.now())
        uow.releases.add(project.id, version, CoreMetadata(summary="Guides"), site.clock.now())
        uow.record_event(ProjectCreated(project=shown))
        uow.record_event(ReleaseCreated(project=shown, version=version))
        uow.commit()
    return site


def send(site: InMemorySite, upload: str, archive: bytes) -> None:
    reception = site.index.receive_bytes(OPERATOR, UploadSessionId(upload), DOCUMENTATION_ZIP, 0)
    reception.append(archive)
    reception.close()


class Names:
    """Gives a session the name that it has in the examples."""

    def __init__(self, name: str) -> None:
        self._name = name

    def bytes(self, count: int) -> bytes:
        return bytes.fromhex(self._name)[:count]


def call(site: InMemorySite, method: str, params: object, actor: Actor = OPERATOR) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 1}).encode()
    answered = ENDPOINT(site.index, actor, body)
    assert answered is not None
    return json.loads(answered)


def result(site: InMemorySite, method: str, params: object, actor: Actor = OPERATOR) -> Any:
    return call(site, method, params, actor)["result"]


EXAMPLES = [
    (method, example)
    for method in METHODS
    if method.name.startswith("docs.")
    for example in examples_of(method, SOFTWARE)
]


@pytest.mark.parametrize("by_position", [False, True])
@pytest.mark.parametrize(("method", "example"), EXAMPLES, ids=[each.name for each, _ in EXAMPLES])
def test_the_examples_in_the_document_answer_as_they_say(
    site: InMemorySite, method: AnyMethod, example: Example, by_position: bool
) -> None:
    if method.name in {"docs.list", "docs.delete"}:
        site.document(OPERATOR, "guide", "1.0", ARCHIVE)
        site.work()
    if method.name in {"docs.begin", "docs.complete"}:
        name = example.params.get("upload") or example.result["upload"]
        site.randomness.bytes = Names(name).bytes  # type: ignore[method-assign]
    if method.name == "docs.complete":
        result(site, "docs.begin", ["guide", "1.0", len(ARCHIVE), SHA256])
        send(site, example.params["upload"], ARCHIVE)
    params = [*example.params.values()] if by_position else example.params

    assert result(site, method.name, params) == example.result


def test_documentation_is_announced_sent_completed_and_listed(site: InMemorySite) -> None:
    archive = build_documentation(index="Other")
    announced = {"name": "Guide", "version": "1", "size": len(archive)}
    begun = result(site, "docs.begin", announced | {"sha256": hashlib.sha256(archive).hexdigest()})
    send(site, begun["upload"], archive)

    completed = result(site, "docs.complete", [begun["upload"]])
    assert result(site, "docs.complete", [begun["upload"]]) == completed
    before = result(site, "docs.list", ["GUIDE"], ANONYMOUS)
    site.work()
    after = result(site, "docs.list", ["GUIDE"], ANONYMOUS)

    assert completed["state"] == "unpacking"
    assert (before["versions"], before["latest"], before["stable"]) == ([completed], None, None)
    assert after["versions"] == [completed | {"state": "ready"}]
    assert (after["latest"], after["stable"]) == ("1.0", "1.0")


def test_published_documentation_is_listed_while_its_replacement_is_unpacked(site: InMemorySite) -> None:
    site.document(OPERATOR, "guide", "1.0", ARCHIVE)
    site.work()
    site.document(OPERATOR, "guide", "1.0", build_documentation(index="Other"))

    [version] = result(site, "docs.list", ["guide"])["versions"]

    assert (version["state"], version["sha256"], version["is_being_replaced"]) == ("ready", SHA256, True)


@pytest.mark.parametrize(
    ("method", "params", "code", "name"),
    [
        ("docs.begin", ["nowhere", "1.0", 1, SHA256], 1001, "project-not-found"),
        ("docs.begin", ["guide", "2.0", 1, SHA256], 1001, "release-not-found"),
        ("docs.begin", ["guide", "1.0", 0, SHA256], 1022, "invalid-form"),
        ("docs.begin", ["guide", "1.0", 1, "xyz"], 1022, "invalid-form"),
        ("docs.begin", ["guide", "1.0", 104857601, SHA256], 1013, "file-too-large"),
        ("docs.begin", ["guide", "one", 1, SHA256], 1022, "invalid-version"),
        ("docs.begin", ["guide", "1.0", "1", SHA256], -32602, "invalid-params"),
        ("docs.complete", ["0" * 32], 1001, "upload-session-not-found"),
        ("docs.list", ["nowhere"], 1001, "project-not-found"),
        ("docs.delete", ["guide", "1.0"], 1001, "documentation-not-found"),
    ],
)
def test_invalid_or_unknown_parameters_are_refused(
    site: InMemorySite, method: str, params: list[object], code: int, name: str
) -> None:
    error = call(site, method, params)["error"]

    assert (error["code"], error["data"]["code"]) == (code, name)


def test_an_upload_that_lacks_bytes_is_not_complete(site: InMemorySite) -> None:
    begun = result(site, "docs.begin", ["guide", "1.0", 5, SHA256])

    error = call(site, "docs.complete", [begun["upload"]])["error"]

    assert (error["code"], error["data"]["code"]) == (1022, "upload-incomplete")
    [problem] = error["data"]["problems"]
    assert problem["field"] == "documentation.zip"
    assert "0 of the 5 bytes" in problem["message"]


def test_a_long_list_comes_in_pages(site: InMemorySite) -> None:
    with site.database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
        project = uow.projects.get(GUIDE)
        for version in ("1.9", "1.10"):
            uow.releases.add(project.id, parse_version(version), CoreMetadata(), site.clock.now())
        uow.commit()
    for version in ("1.0", "1.10", "1.9"):
        site.document(OPERATOR, "guide", version, build_documentation(index=version))
    site.work()

    first = result(site, "docs.list", {"name": "guide", "limit": 2})
    second = result(site, "docs.list", {"name": "guide", "limit": 2, "cursor": first["next"]})

    assert [each["version"] for each in first["versions"]] == ["1.10", "1.9"]
    assert [each["version"] for each in second["versions"]] == ["1.0"]
    assert (second["next"], second["latest"]) == (None, "1.10")
    for params in ({"name": "guide", "limit": 0}, {"name": "guide", "cursor": "x"}):
        assert call(site, "docs.list", params)["error"]["code"] == 1022


def test_every_problem_of_a_zip_is_reported(site: InMemorySite) -> None:
    archive = build_documentation({"docs/index.html": "x", "../x": "x", "a\\b": "x"})
    sha256 = hashlib.sha256(archive).hexdigest()
    begun = result(site, "docs.begin", ["guide", "1.0", len(archive), sha256])
    send(site, begun["upload"], archive)

    error = call(site, "docs.complete", [begun["upload"]])["error"]

    assert (error["code"], error["data"]["code"]) == (1022, "invalid-documentation")
    assert len(error["data"]["problems"]) == 2


@pytest.mark.parametrize(
    ("method", "params"),
    [("docs.begin", ["guide", "1.0", 5, SHA256]), ("docs.delete", ["guide", "1.0"])],
)
def test_other_accounts_are_refused(site: InMemorySite, method: str, params: list[object]) -> None:
    assert call(site, method, params, ANONYMOUS)["error"]["code"] == 1002
    assert call(site, method, params, site.actor("bob"))["error"]["code"] == 1003


def test_a_private_index_asks_for_credentials(site: InMemorySite) -> None:
    site.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

    assert call(site, "docs.list", ["guide"], ANONYMOUS)["error"]["code"] == 1002
