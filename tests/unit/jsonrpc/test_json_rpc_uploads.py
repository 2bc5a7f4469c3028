"""The methods of upload sessions, on an index in memory."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel, truncate
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor
from pypi_core.domain.digests import Digests
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_core.domain.names import parse_display_name
from pypi_core.domain.upload_sessions import SessionFile, SessionState, UploadSession, UploadSessionId
from pypi_core.domain.versions import parse_version
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_jsonrpc_api.answers.indexes import SOFTWARE
from pypi_protocol.methods import METHODS, AnyMethod, Example, examples_of

ENDPOINT = JsonRpcEndpoint(InMemorySite().site)
WHEEL = build_wheel("sample", "1.0")
SDIST = build_sdist("sample", "1.0")


@pytest.fixture
def site() -> InMemorySite:
    return InMemorySite()


@pytest.fixture
def ada(site: InMemorySite) -> Actor:
    return site.actor("ada")


def call(site: InMemorySite, actor: Actor, method: str, params: object) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 1}).encode()
    answered = ENDPOINT(site.index, actor, body)
    assert answered is not None
    return json.loads(answered)


def result(site: InMemorySite, actor: Actor, method: str, *params: object) -> Any:
    answered = call(site, actor, method, params)
    assert "result" in answered, answered
    return answered["result"]


def refusal(site: InMemorySite, actor: Actor, method: str, *params: object) -> Any:
    return call(site, actor, method, params)["error"]


def declared(*files: BuiltDistribution) -> list[dict[str, object]]:
    return [{"filename": each.filename, "size": len(each.content), "sha256": each.sha256} for each in files]


def send(site: InMemorySite, actor: Actor, upload: Any, *files: BuiltDistribution) -> None:
    for each in files:
        session = UploadSessionId(upload["session"])
        reception = site.index.receive_bytes(actor, session, each.filename, 0)
        reception.append(each.content)
        reception.close()


class Names:
    """Gives a session the name that it has in the examples."""

    def __init__(self, name: str) -> None:
        self._name = name

    def bytes(self, count: int) -> bytes:
        return bytes.fromhex(self._name)[:count]


STATES = {
    "upload.status": SessionState.OPEN,
    "upload.complete": SessionState.COMPLETED,
    "upload.cancel": SessionState.OPEN,
    "release.publish": SessionState.PUBLISHED,
}


def put_session(site: InMemorySite, example: Example, state: SessionState) -> None:
    """Put there what the examples in the document show."""
    shown = example.result["files"][0]
    arrival = site.staging.begin()
    arrival.append(bytes(1024))
    digests = Digests(md5="0" * 32, sha256=shown["sha256"], blake2_256="0" * 64)
    file = SessionFile(
        filename=shown["filename"],
        size=shown["size"],
        sha256=shown["sha256"],
        identifier=arrival.identifier,
        digests=None if state is SessionState.OPEN else digests,
    )
    session = UploadSession(
        id=UploadSessionId(example.params["session"]),
        project=parse_display_name("Hello.Index"),
        version=parse_version("1.2"),
        account_id=None,
        created=site.clock.now(),
        expires=site.clock.now() + timedelta(days=7),
        files=(file,),
        state=state,
    )
    with site.database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
        uow.upload_sessions.add(session)
        uow.commit()


UPLOAD_METHODS = [each for each in METHODS if each.name.startswith(("upload.", "release.publish"))]


@pytest.mark.parametrize("by_position", [False, True])
@pytest.mark.parametrize("method", UPLOAD_METHODS, ids=lambda each: each.name)
def test_the_examples_in_the_document_answer_as_they_say(method: AnyMethod, by_position: bool) -> None:
    for example in examples_of(method, SOFTWARE):
        site = InMemorySite()
        if method.name in STATES:
            put_session(site, example, STATES[method.name])
        else:
            site.index.create_project(OPERATOR, parse_display_name("Hello.Index"))
            site.randomness.bytes = Names(example.result["session"]).bytes  # type: ignore[method-assign]
        params = [*example.params.values()] if by_position else example.params

        assert call(site, OPERATOR, method.name, params)["result"] == example.result


def test_every_method_has_an_example() -> None:
    assert all(examples_of(each, SOFTWARE) for each in UPLOAD_METHODS)


def test_a_release_is_published_whole(site: InMemorySite, ada: Actor) -> None:
    upload = result(site, ada, "upload.begin", "Sample", "1.0", declared(WHEEL, SDIST))
    assert [each["url"] for each in upload["files"]] == [
        f"upload/{upload['session']}/{each.filename}" for each in (WHEEL, SDIST)
    ]
    send(site, ada, upload, WHEEL, SDIST)

    completed = result(site, ada, "upload.complete", upload["session"])
    assert (completed["state"], completed["project"]) == ("completed", "Sample")
    assert not site.index.journal.since(OPERATOR, Serial(0))

    published = result(site, ada, "release.publish", upload["session"])
    assert published["state"] == "published"
    assert result(site, ada, "release.publish", upload["session"]) == published
    shown = result(site, ada, "project.get", "sample")
    assert [each["filename"] for each in shown["files"]] == [WHEEL.filename, SDIST.filename]


def test_all_problems_of_all_files_are_reported(site: InMemorySite, ada: Actor) -> None:
    cut = [
        BuiltDistribution(
            filename=each.filename,
            content=truncate(each.content, 100),
            metadata=each.metadata,
            filetype=each.filetype,
            pyversion=each.pyversion,
        )
        for each in (WHEEL, SDIST)
    ]
    upload = result(site, ada, "upload.begin", "sample", "1.0", declared(*cut))
    send(site, ada, upload, *cut)

    refused = refusal(site, ada, "upload.complete", upload["session"])

    assert (refused["code"], refused["data"]["code"]) == (1022, "invalid-archive")
    assert {each["field"] for each in refused["data"]["problems"]} == {WHEEL.filename, SDIST.filename}
    told = result(site, ada, "upload.status", upload["session"])
    assert told["problems"] == refused["data"]["problems"]


def test_a_second_session_is_refused_with_the_name_of_the_first(site: InMemorySite, ada: Actor) -> None:
    upload = result(site, ada, "upload.begin", "sample", "1.0", declared(WHEEL))

    refused = refusal(site, ada, "upload.begin", "sample", "1.0.0", declared(SDIST))

    assert (refused["code"], refused["data"]["code"]) == (1009, "upload-session-exists")
    assert refused["data"]["session"] == upload["session"]


def test_the_opener_is_not_revealed_to_another_account(site: InMemorySite, ada: Actor) -> None:
    upload = result(site, ada, "upload.begin", "sample", "1.0", declared(WHEEL))

    refused = refusal(site, site.actor("bob"), "upload.begin", "sample", "1.0", declared(WHEEL))

    assert refused["data"]["code"] == "upload-session-exists"
    assert "session" not in refused["data"]
    assert upload["session"] not in json.dumps(refused)


@pytest.mark.parametrize("method", ["upload.status", "upload.complete", "upload.cancel", "release.publish"])
def test_an_anonymous_caller_cannot_use_sessions(site: InMemorySite, ada: Actor, method: str) -> None:
    upload = result(site, ada, "upload.begin", "sample", "1.0", declared(WHEEL))

    for session in (upload["session"], "unknown"):
        assert refusal(site, ANONYMOUS, method, session)["data"]["code"] == "unauthenticated"
    assert refusal(site, ada, method, "unknown")["data"]["code"] == "upload-session-not-found"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        (["a b", "1.0", []], "invalid-name"),
        (["sample", "one", []], "invalid-version"),
        (["sample", "1.0", []], "invalid-form"),
        (["sample", "1.0", [{"filename": "x", "size": 1, "sha256": "é"}]], "invalid-form"),
        (["sample", "1.0", [{"filename": "\u0000", "size": 1, "sha256": "0" * 64}]], "invalid-filename"),
        (["sample", "1.0", [{"filename": WHEEL.filename, "size": 10**30, "sha256": "0" * 64}]], None),
        (["sample", "1.0", [{"filename": WHEEL.filename, "size": -1, "sha256": "0" * 64}]], "invalid-form"),
        (["sample", "1.0", declared(WHEEL) * 101], "invalid-form"),
    ],
    ids=range(8),
)
def test_bad_parameters_are_reported(
    site: InMemorySite, ada: Actor, params: list[object], code: str | None
) -> None:
    refused = refusal(site, ada, "upload.begin", *params)

    assert refused["code"] != -32603
    assert code is None or refused["data"]["code"] == code


def test_a_digest_may_be_in_capitals(site: InMemorySite, ada: Actor) -> None:
    (file,) = declared(WHEEL)

    upload = result(site, ada, "upload.begin", "sample", "1.0", [{**file, "sha256": WHEEL.sha256.upper()}])

    assert upload["files"][0]["sha256"] == WHEEL.sha256


def test_a_file_in_a_session_is_explained_to_callers_who_may_upload(site: InMemorySite, ada: Actor) -> None:
    upload = result(site, ada, "upload.begin", "sample", "1.0", declared(WHEEL))

    for arrived in (False, True):
        told = result(site, ada, "file.status", WHEEL.filename)
        assert (told["state"], told["visible"]) == ("uploading", False)
        assert upload["session"] in told["why"]
        assert ("has arrived" in told["why"]) is arrived
        if not arrived:
            send(site, ada, upload, WHEEL)
    for other in (ANONYMOUS, site.actor("bob")):
        assert result(site, other, "file.status", WHEEL.filename)["state"] == "unknown"
    result(site, ada, "release.publish", upload["session"])
    assert result(site, ANONYMOUS, "file.status", WHEEL.filename)["state"] == "offered"
