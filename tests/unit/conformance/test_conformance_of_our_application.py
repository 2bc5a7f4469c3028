"""Our own application in memory: every claim holds on it, and every one can fail."""

from __future__ import annotations

import asyncio
import json
import re
import xmlrpc.client
from collections.abc import Callable

import httpx
import pytest

from pypi_conformance.catalogue import modules_of
from pypi_conformance.options import Options
from pypi_conformance.outcomes import Outcome, Result, judge
from pypi_conformance.registry import Check, Claim, Keyword, Level, NotChecked
from pypi_conformance.subject import Subject
from pypi_contracts.assembly import InMemorySite
from pypi_http_api import HttpSettings, build_application
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_xmlrpc_api import XmlRpcEndpoint

NOT_OURS = {"simple-html/signature-form", "simple-json/provenance"}

Change = Callable[[httpx.Request, httpx.Response], httpx.Response]


class Application:
    """Our application as a transport; the reason phrase is what our server makes of a private header."""

    def __init__(self) -> None:
        memory = InMemorySite()
        self.token, self.other_token = memory.token("alice"), memory.token("bob")
        memory.account("root", is_administrator=True)
        self.admin_token = memory.token("root")
        self._memory = memory
        self._application = build_application(
            site=memory.site,
            change_signal=memory.database.change_signal,
            # A stream of events is answered when it ends.
            settings=HttpSettings(longest_stream=0.1),
            json_rpc=JsonRpcEndpoint(memory.site),
            xml_rpc=XmlRpcEndpoint(),
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = asyncio.run(self._answer(request))
        # The worker is quick here.
        self._memory.work()
        return answer

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        transport = httpx.ASGITransport(self._application)  # type: ignore[arg-type]
        found = await transport.handle_async_request(request)
        body = b"".join([each async for each in found.stream])  # type: ignore[union-attr]
        # No server can send the bytes of a file from memory, nor redirect to them.
        path = found.headers.get("location", "").removeprefix("memory:")
        for each in self._memory.blobs.all():
            if each.key.path == path:
                return httpx.Response(200, content=self._memory.blobs.open(each.key).read())
        phrase = found.headers.pop("x-reason-phrase", "")
        return httpx.Response(
            found.status_code,
            headers=found.headers,
            stream=httpx.ByteStream(body),
            extensions={"reason_phrase": phrase.encode("latin-1")} if phrase else {},
        )


def examined(level: Level, change: Change | None = None) -> dict[str, Outcome]:
    """Return what comes of the claims of *level* after something was published, all answers changed."""
    application = Application()
    (uploads,), (module,) = modules_of([Level.LEGACY_UPLOAD]), modules_of([level])
    options = Options(
        url="http://127.0.0.1/",
        username="__token__",
        password=application.token,
        other_token=application.other_token,
        admin_token=application.admin_token,
    )
    with Subject(options, httpx.MockTransport(application)) as index:
        assert uploads.is_offered(index)
        if level is not Level.LEGACY_UPLOAD:
            next(check for each, check in uploads.claim.checks.items() if each.name == "sdist")(index)
            assert module.is_offered(index)
        publication = index.publication

    def answer(request: httpx.Request) -> httpx.Response:
        response = application(request)
        return change(request, response) if change else response

    with Subject(options, httpx.MockTransport(answer)) as index:
        index.publication = publication
        return {
            each.identifier: judge_of(each, check, index).outcome
            for each, check in module.claim.checks.items()
        }


def judge_of(claim: Claim, check: Check, index: Subject) -> Result:
    try:
        check(index)
    except Exception as error:
        return judge(claim, error)
    return judge(claim, None)


# Files are sent by a real server: the journey looks at that.
@pytest.mark.parametrize("level", [each for each in Level if each is not Level.FILES])
def test_every_claim_holds(level: Level) -> None:
    outcomes = examined(level)

    assert {name for name, each in outcomes.items() if each is not Outcome.HOLDS} <= NOT_OURS


def always(status: int, body: bytes = b"", content_type: str = "text/plain") -> Change:
    def change(_request: httpx.Request, _response: httpx.Response) -> httpx.Response:
        return httpx.Response(status, headers={"content-type": content_type}, content=body)

    return change


def unless(pattern: str, change: Change) -> Change:
    """Change all answers but those at paths of this pattern."""

    def changed(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        matches = re.match(pattern, request.url.path)
        return response if matches else change(request, response)

    return changed


def rewritten(old: bytes, new: bytes) -> Change:
    def change(_request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = re.sub(old, new, response.read())
        headers = {name: response.headers[name] for name in response.headers if name != "content-length"}
        headers.pop("content-encoding", None)
        return httpx.Response(response.status_code, headers=headers, content=body)

    return change


def with_bad_credentials(change: Change) -> Change:
    """Change the answers to requests with the token that the kit makes up."""
    bad = httpx.Headers({"authorization": httpx.BasicAuth("__token__", "no-such-secret")._auth_header})

    def changed(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        sent = request.headers.get("authorization")
        return change(request, response) if sent == bad["authorization"] else response

    return changed


def rewritten_or_served(old: bytes, new: bytes) -> Change:
    """Change the body of answers, and answer 200 where HTTP refuses."""

    def change(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        changed = rewritten(old, new)(request, response)
        if changed.status_code == 401:
            return httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "result": {"username": None}})
        return changed

    return change


def echoed(request: httpx.Request, _response: httpx.Response) -> httpx.Response:
    """Answer each call, and all else, with its own ``id`` and an empty result."""
    try:
        number = json.loads(request.content)["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        number = None
    return httpx.Response(200, json={"jsonrpc": "2.0", "result": {}, "id": number})


EMPTY_XML = xmlrpc.client.dumps(([],), methodresponse=True).encode()
A_FAULT = xmlrpc.client.dumps(xmlrpc.client.Fault(1, "no")).encode()
BROKEN: dict[Level, list[Change]] = {
    Level.JSON_RPC: [always(500), echoed, always(200, b"[]", "application/json")],
    Level.PROTOCOL: [always(500), echoed],
    Level.UPLOAD_SESSIONS: [always(500)],
    Level.DOCUMENTATION: [always(500)],
    Level.SEARCH: [always(500)],
    Level.TOKENS: [always(500)],
    Level.PROJECTS: [always(500)],
    Level.PERMISSIONS: [always(500)],
    Level.AGREEMENT: [always(500)],
    Level.XML_RPC: [
        always(500),
        unless("/simple", always(200, EMPTY_XML, "text/xml")),
        always(200, A_FAULT, "text/plain"),
    ],
    Level.LEGACY_JSON: [
        always(500),
        always(200, b"{}", "application/json"),
        rewritten(b'"(last_serial|size)":', b'"x":'),
    ],
    Level.CHANGE_FEED: [always(500), rewritten(rb'"serial":', b'"number":')],
    Level.LEGACY_UPLOAD: [
        always(500),
        unless("/(simple|packages)", always(200)),
        unless("/(simple|packages)", always(400)),
        # As if what was to be refused were there.
        rewritten(rb"-1\.0(-|\.tar)", rb"-2.1\1"),
    ],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("level", BROKEN)
def test_every_claim_can_fail(level: Level) -> None:
    (module,) = modules_of([level])
    optional = {each.identifier for each in module.claim.checks if each.keyword is Keyword.MAY}

    failed = {
        name
        for change in BROKEN[level]
        for name, found in examined(level, change).items()
        if found is Outcome.FAILS or (name in optional and found is Outcome.NOT_OFFERED)
    }

    # What the first of all uploads is answered with is looked at below.
    assert {each.identifier for each in module.claim.checks} - failed <= {"legacy-upload/wheel"}


def header(path: str, name: str, value: str | None) -> Change:
    """Give answers at paths of this pattern another header, or none."""

    def change(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if re.match(path, request.url.path):
            response.headers.pop(name, None)
            if value is not None:
                response.headers[name] = value
        return response

    return change


def called(pattern: bytes, change: Change) -> Change:
    """Change what is answered to calls of methods of this pattern."""

    def changed(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if re.search(rb'"method": "(' + pattern + rb')"', request.content):
            return change(request, response)
        return response

    return changed


def sent(method: str, path: str, change: Change) -> Change:
    """Change what is answered to requests by this method at paths of this pattern."""

    def changed(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method == method and re.match(path, request.url.path):
            return change(request, response)
        return response

    return changed


def without_problems(_request: httpx.Request, response: httpx.Response) -> httpx.Response:
    """Tell the first problem alone."""
    answer = json.loads(response.read())
    if problems := answer.get("error", {}).get("data", {}).get("problems"):
        answer["error"]["data"]["problems"] = problems[:1]
    return httpx.Response(200, json=answer)


DEFECTS: dict[str, tuple[Level, Change, set[str]]] = {
    "one problem of a session": (
        Level.UPLOAD_SESSIONS,
        called(rb"upload\.complete", without_problems),
        {"incomplete", "problems"},
    ),
    "no name of the session in the way": (
        Level.UPLOAD_SESSIONS,
        called(rb"upload\.begin", rewritten(rb'(upload-session-exists.+"session":)"[0-9a-f]+"', rb'\1"x"')),
        {"one-session"},
    ),
    "no right offset": (
        Level.UPLOAD_SESSIONS,
        sent("PUT", "/upload/", header("", "upload-offset", "1")),
        {"offset", "wrong-offset", "completed-closed", "published-closed"},
    ),
    "a body that is too long is a 400": (
        Level.UPLOAD_SESSIONS,
        sent(
            "PUT", "/upload/", lambda _, found: always(400)(_, found) if found.status_code == 413 else found
        ),
        {"too-long"},
    ),
    "files that stay away": (
        Level.UPLOAD_SESSIONS,
        sent("GET", "/simple/", rewritten(rb"-3\.14", b"-3.0")),
        {"publish"},
    ),
    "files that can be read too early": (
        Level.UPLOAD_SESSIONS,
        sent("GET", "/upload/", always(200, b"bytes")),
        {"not-readable"},
    ),
    "no policy": (Level.DOCUMENTATION, header("/docs/", "content-security-policy", None), {"sandbox"}),
    "a policy that allows too much": (
        Level.DOCUMENTATION,
        header("/docs/", "content-security-policy", "sandbox allow-scripts allow-same-origin"),
        {"sandbox"},
    ),
    "a cookie": (Level.DOCUMENTATION, header("/docs/", "set-cookie", "session=1"), {"sandbox"}),
    "types that are guessed": (
        Level.DOCUMENTATION,
        header("/docs/", "x-content-type-options", None),
        {"sandbox"},
    ),
    "another ZIP": (Level.DOCUMENTATION, sent("GET", r"/docs/.*\.zip", always(200, b"PK")), {"archive"}),
    "no latest": (
        Level.DOCUMENTATION,
        called(rb"docs\.list", rewritten(b'"latest":"1.0"', b'"latest":null')),
        {"latest", "stable"},
    ),
    "one problem of a ZIP": (
        Level.DOCUMENTATION,
        called(rb"docs\.complete", without_problems),
        {"problems"},
    ),
    "bad credentials stop everything": (
        Level.PROTOCOL,
        with_bad_credentials(always(401)),
        {"bad-credentials-reading", "bad-credentials-batch"},
    ),
    "bad credentials pass as none everywhere": (
        Level.PROTOCOL,
        with_bad_credentials(rewritten_or_served(rb"invalid-credentials", b"unauthenticated")),
        {"bad-credentials-writing", "bad-credentials-batch"},
    ),
    "pages that stay": (
        Level.DOCUMENTATION,
        sent("GET", "/docs/.*/old/", always(200, b"<p>first</p>")),
        {"replace"},
    ),
    "pages for everything": (
        Level.DOCUMENTATION,
        sent("GET", "/docs/.*/nowhere", always(200, b"<p>first</p>")),
        {"unknown-404"},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_fails_the_claims_that_speak_of_it(defect: str) -> None:
    level, change, expected = DEFECTS[defect]

    outcomes = examined(level, change)

    assert {name for name, each in outcomes.items() if each is Outcome.FAILS} == {
        f"{level}/{each}" for each in expected
    }


def test_an_index_that_takes_no_wheel_fails() -> None:
    (module,) = modules_of([Level.LEGACY_UPLOAD])
    options = Options(url="http://127.0.0.1/", username="__token__", password="x")
    refusal = httpx.MockTransport(lambda _request: httpx.Response(400, text="No wheels today."))

    with Subject(options, refusal) as index:
        assert module.is_offered(index)
        found = {each.name: judge_of(each, check, index) for each, check in module.claim.checks.items()}

    assert found["wheel"].outcome is Outcome.FAILS
    assert "No wheels today." in found["wheel"].reason
    assert found["sdist"].outcome is Outcome.NOT_CHECKED


def test_an_index_that_asks_to_wait_is_not_judged() -> None:
    outcomes = examined(Level.LEGACY_UPLOAD, unless("/(simple|packages)", always(429)))

    assert outcomes["legacy-upload/bad-name"] is Outcome.NOT_CHECKED
    assert Outcome.FAILS not in outcomes.values()


def test_without_credentials_the_level_of_uploads_is_not_tried() -> None:
    (module,) = modules_of([Level.LEGACY_UPLOAD])

    with (
        Subject(Options(url="http://127.0.0.1/"), httpx.MockTransport(Application())) as index,
        pytest.raises(NotChecked, match="give --token"),
    ):
        module.is_offered(index)
