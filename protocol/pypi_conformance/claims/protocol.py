"""Our protocol: its document, its methods, and what they have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from packaging.version import Version

from pypi_api_client.address import origin
from pypi_conformance.calling import (
    ask,
    call_of,
    document_of,
    expect_error,
    methods_of,
    post,
    result_of,
)
from pypi_conformance.pages import offered
from pypi_conformance.registry import Claims, Level, NotChecked
from pypi_conformance.subject import Subject

claim = Claims(Level.PROTOCOL)

# Which methods each capability requires; of upload and docs they stand for the capability.
REQUIRED = {
    "json-rpc": frozenset(
        {
            "rpc.discover", "index.status", "project.get", "project.list", "release.get", "release.list",
            "file.get", "file.status", "changes.since", "account.whoami",
        }
    ),
    "upload": frozenset(
        {"upload.begin", "upload.status", "upload.complete", "upload.cancel", "release.publish"}
    ),
    "docs": frozenset({"docs.begin", "docs.complete", "docs.list", "docs.delete"}),
}  # fmt: skip

_PROTOCOL = "our protocol"
_UNKNOWN = "conformance-kit-no-such-project"
_NOT_FOUND, _INVALID, _INVALID_PARAMS = 1001, 1022, -32602
_FAR = 2**52
_MOST_REDIRECTS = 5
# What changes nothing: of these the kit calls whatever the index has.
_READING = (
    "index.status", "index.list", "project.list", "project.get", "project.roles", "project.downloads",
    "release.list",
    "release.get", "file.get", "file.status", "search.query", "docs.list", "changes.since",
    "account.whoami", "token.list", "validate.filename", "rpc.discover",
)  # fmt: skip
# The HTTP status of what a capability names, asked for with GET: the last take a POST alone.
_CAPABILITIES = {"simple": {200}, "changes": {200}, "legacy-upload": {400, 405}, "xml-rpc": {400, 404, 405}}


def is_offered(index: Subject) -> bool:
    """Return whether there is a document that lists methods."""
    try:
        return bool(methods_of(index))
    except (AssertionError, ValueError):
        return False


@claim.must("openrpc", "OpenRPC 1.3", "`rpc.discover` returns an OpenRPC document")
def test_openrpc(index: Subject) -> None:
    document = document_of(index)
    assert str(document.get("openrpc", "")).startswith("1."), f"openrpc is {document.get('openrpc')!r}."
    assert {"title", "version"} <= {*document.get("info", {})}, "info has no title or no version."
    assert isinstance(document.get("methods"), list), "methods is not an array."


@claim.must(
    "openrpc-methods",
    "OpenRPC 1.3",
    "Each method has a name of its own, parameters with schemas, and a result",
)
def test_openrpc_methods(index: Subject) -> None:
    methods = document_of(index)["methods"]
    names = [each.get("name") for each in methods]
    assert len({*names}) == len(names), "Two methods have one name."
    for each in methods:
        assert isinstance(each.get("params"), list), f"{each.get('name')} has no params."
        assert isinstance(each.get("result"), dict), f"{each.get('name')} has no result."
        for parameter in each["params"]:
            assert {"name", "schema"} <= {*parameter} or "$ref" in parameter, (
                f"One of {each['name']} is {parameter}."
            )


@claim.should("openrpc-url", _PROTOCOL, "`GET rpc/openrpc.json` is the same document, apart from `servers`")
def test_openrpc_url(index: Subject) -> None:
    response = index.get(f"{index.rpc_url.rstrip('/')}/openrpc.json")
    assert response.status_code == 200, f"It is answered with {response.status_code}."
    # The address of the calls is relative to where each of them is found (OpenRPC 1.3).
    own, called = ({**each, "servers": None} for each in (response.json(), document_of(index)))
    assert own == called, "It is another one."


@claim.must("reading-methods", _PROTOCOL, "Each method that only reads can be called as the document says")
def test_reading_methods(index: Subject) -> None:
    known = _arguments(index)
    for name, method in methods_of(index).items():
        wanted = [each["name"] for each in method["params"] if each.get("required")]
        if name not in _READING or not {*wanted} <= known.keys():
            continue
        error = ask(index, call_of(name, {each: known[each] for each in wanted})).get("error")
        assert error is None or _is_of_our_own(error), f"{name} is answered with {error}."


def _arguments(index: Subject) -> dict[str, object]:
    """Return what can be said for the parameters that the protocol knows."""
    known: dict[str, object] = {"words": "conformance", "since": 0, "serial": 0}
    try:
        file = index.files[0].filename
        version = file.removesuffix(".tar.gz").split("-")[1]
        return known | {"name": index.sample, "project": index.sample, "version": version, "filename": file}
    except NotChecked:
        return known


def _is_of_our_own(error: Mapping[str, Any]) -> bool:
    """Tell a refusal, such as one for want of permission, from a method that cannot be called."""
    return int(error.get("code", 0)) > 0 and isinstance((error.get("data") or {}).get("code"), str)


# -------------------------------------------------------------------- what the index says of itself


@claim.must(
    "status",
    _PROTOCOL,
    "`index.status` says which version of the protocol it follows, `1.N`, and how far it is",
)
def test_status(index: Subject) -> None:
    status = result_of(index, "index.status")
    assert re.fullmatch(r"1\.\d+", str(status.get("protocol"))), f"protocol is {status.get('protocol')!r}."
    assert type(status.get("serial")) is int, f"serial is {status.get('serial')!r}."


@claim.must("methods", _PROTOCOL, "The methods are there that a capability requires, and not without it")
def test_methods(index: Subject) -> None:
    named = {each["name"] for each in result_of(index, "index.status")["capabilities"]}
    there = methods_of(index).keys()
    for capability, required in REQUIRED.items():
        missing = sorted(required - there)
        if capability in named:
            assert not missing, f"{capability} is named, and there is no {missing[0]}."
        else:
            assert not required & there, f"{capability} is not named, and there is {min(required & there)}."


@claim.must("capabilities", _PROTOCOL, "The index has what it names among its capabilities")
def test_capabilities(index: Subject) -> None:
    found = {each["name"]: each["url"] for each in result_of(index, "index.status")["capabilities"]}
    assert {"json-rpc", "simple"} <= found.keys(), f"They are {sorted(found)}."
    for name, wanted in _CAPABILITIES.items():
        if name in found:
            status = index.get(index.url(found[name])).status_code
            assert status in wanted, f"{name} should be at {found[name]}, which answers {status}."


@claim.must(
    "file-origins",
    _PROTOCOL,
    "A download is redirected to nowhere but the index and what `index.status` says of where files are",
)
def test_file_origins(index: Subject) -> None:
    offered(index.files, "There are no files.")
    listed = index.files[0].url
    named = result_of(index, "index.status").get("file_origins", [])
    allowed = {origin(each) for each in (index.root, listed, *named)}
    url = listed
    for _ in range(_MOST_REDIRECTS):
        response = index.get(url)
        if not response.has_redirect_location:
            return
        url = urljoin(url, response.headers["location"])
        assert origin(url) in allowed, f"A download is redirected to {origin(url)[1]}, which is not named."


# -------------------------------------------------------------------- reading


def _needs(index: Subject, method: str) -> None:
    offered(method in methods_of(index), f"There is no {method}.")


@claim.must("by-position-and-name", _PROTOCOL, "Parameters by position and by name mean the same")
def test_by_position_and_name(index: Subject) -> None:
    _needs(index, "project.get")
    by_name = result_of(index, "project.get", {"name": index.sample})
    by_position = result_of(index, "project.get", [index.sample])
    assert by_name == by_position, "The results differ."


@claim.must("project", _PROTOCOL, "`project.get` takes any spelling of a name and returns the normalised one")
def test_project(index: Subject) -> None:
    _needs(index, "project.get")
    for name in (index.sample, index.sample.upper().replace("-", "__")):
        found = result_of(index, "project.get", {"name": name}).get("name")
        assert found == index.sample, f"The project {name} has the name {found!r}."


@claim.must(
    "file",
    _PROTOCOL,
    "`file.get` describes the files that the Simple API lists, with the same URL and digest",
)
def test_file(index: Subject) -> None:
    _needs(index, "file.get")
    for each in index.files[:3]:
        file = result_of(index, "file.get", {"filename": each.filename})["file"]
        found = file.get("hashes", {}).get("sha256")
        assert found == each.hashes.get("sha256"), f"That of {each.filename} is {found!r}."
        assert index.url(file["url"]) == each.url, f"{each.filename} should be at {file['url']}."


@claim.must("file-status", _PROTOCOL, "`file.status` says what has become of any file name")
def test_file_status(index: Subject) -> None:
    _needs(index, "file.status")
    unknown = result_of(index, "file.status", {"filename": "conformance_kit_no_such-1.0.tar.gz"})
    assert unknown.get("state") == "unknown", f"A name that was never used is {unknown.get('state')!r}."
    assert unknown.get("visible") is False and unknown.get("why"), "It is visible, or nothing says why not."
    found = result_of(index, "file.status", {"filename": index.files[0].filename}).get("state")
    assert found in {"offered", "yanked"}, f"{index.files[0].filename} is {found!r}."


@claim.must("downloads", _PROTOCOL, "`project.downloads` counts those of a project that is there")
def test_downloads(index: Subject) -> None:
    _needs(index, "project.downloads")
    counted = result_of(index, "project.downloads", {"name": index.sample, "days": 7})
    assert counted["name"] == index.sample, f"It counts {counted['name']!r} for {index.sample!r}."
    assert len(counted["days"]) <= 7, f"Of 7 days it counts {len(counted['days'])}."
    for part in ("versions", "installers", "pythons", "systems"):
        numbers = [each["downloads"] for each in counted[part]]
        assert numbers == sorted(numbers, reverse=True), f"The {part} do not come most first: {numbers}."
    expect_error(ask(index, call_of("project.downloads", {"name": _UNKNOWN})), _NOT_FOUND, 1)


@claim.must("pages", _PROTOCOL, "Lists go on from the cursor in `next`, and miss nothing")
def test_pages(index: Subject) -> None:
    _needs(index, "project.list")
    first = result_of(index, "project.list", {"limit": 2})
    one = result_of(index, "project.list", {"limit": 1})
    names = [each["name"] for each in one["projects"]]
    if one.get("next") is not None:
        names += [each["name"] for each in result_of(index, "project.list", _after(one))["projects"]]
    wanted = [each["name"] for each in first["projects"]]
    assert names == wanted, f"One by one they are {names}, together {wanted}."


def _after(page: Mapping[str, Any]) -> dict[str, object]:
    return {"limit": 1, "cursor": page["next"]}


@claim.must(
    "changes",
    _PROTOCOL,
    "`changes.since` returns changes in the order of their serials, all later than the one given",
)
def test_changes(index: Subject) -> None:
    _needs(index, "changes.since")
    serial = 0
    for _ in range(3):
        page = result_of(index, "changes.since", {"serial": serial, "limit": 20})
        serials = [each["serial"] for each in page["changes"]]
        assert serials == sorted(serials), "The serials do not ascend."
        assert all(each > serial for each in serials), "A change is not later than the serial given."
        serial = page["serial"]


@claim.must("changes-limit", _PROTOCOL, "No more changes come than were asked for, and none after the newest")
def test_changes_limit(index: Subject) -> None:
    _needs(index, "changes.since")
    page = result_of(index, "changes.since", {"serial": 0, "limit": 1})
    assert len(page["changes"]) <= 1, f"Of 1 change {len(page['changes'])} came."
    page = result_of(index, "changes.since", {"serial": _FAR})
    assert (page["changes"], page["serial"]) == ([], _FAR), (
        f"After the newest the serial is {page['serial']}."
    )


@claim.must("releases", _PROTOCOL, "`release.list` begins with the highest version")
def test_releases(index: Subject) -> None:
    _needs(index, "release.list")
    releases = result_of(index, "release.list", {"name": index.sample, "limit": 20})["releases"]
    versions = [Version(each["version"]) for each in releases]
    assert versions == sorted(versions, reverse=True), (
        f"They are {[each['version'] for each in releases][:5]}."
    )


@claim.must("cursors", _PROTOCOL, "A cursor that the list did not give is *invalid*")
def test_cursors(index: Subject) -> None:
    _needs(index, "project.list")
    error = ask(index, call_of("project.list", {"cursor": "no-cursor"})).get("error") or {}
    assert error.get("code") == _INVALID, f"Nonsense is answered with {error.get('code', 'a page')}."


# -------------------------------------------------------------------- errors


@claim.must(
    "errors", _PROTOCOL, "What does not exist is 1001, and a stable `code` in `data` says what is missing"
)
def test_errors(index: Subject) -> None:
    for method, parameters, wanted in (
        ("project.get", {"name": _UNKNOWN}, "project-not-found"),
        ("release.get", {"name": _UNKNOWN, "version": "1.0"}, "project-not-found"),
        ("file.get", {"filename": "conformance_kit_no_such-1.0.tar.gz"}, "file-not-found"),
    ):
        if method in methods_of(index):
            answer = ask(index, call_of(method, parameters))
            expect_error(answer, _NOT_FOUND, 1)
            found = (answer["error"].get("data") or {}).get("code")
            assert found == wanted, f"{method} says {found!r}, not {wanted!r}."


@claim.must(
    "problems",
    _PROTOCOL,
    "Wrong parameters are listed in `problems`, each with its `field`",
)
def test_problems(index: Subject) -> None:
    _needs(index, "project.get")
    error = ask(index, call_of("project.get", {"nome": "x"})).get("error") or {}
    problems = (error.get("data") or {}).get("problems")
    assert isinstance(problems, list) and problems, f"problems is {problems!r}."
    assert all({"field", "message"} <= {*each} for each in problems), f"One is {problems[0]!r}."


@claim.must("bounds", _PROTOCOL, "A value outside its bounds is *invalid*, and `field` names it")
def test_bounds(index: Subject) -> None:
    for method, params in (
        ("project.list", {"limit": 0}),
        ("changes.since", {"serial": -1}),
        ("project.get", {"name": "x" * 215}),
    ):
        if method in methods_of(index):
            error = ask(index, call_of(method, params)).get("error") or {}
            assert error.get("code") == _INVALID, (
                f"{params} is answered with {error.get('code', 'a result')}."
            )
            fields = {each["field"] for each in (error.get("data") or {}).get("problems", ())}
            assert fields == {*params}, f"The problems of {params} are about {sorted(fields)}."


@claim.must("types", _PROTOCOL, "A value of the wrong type is -32602, and `field` is the path to it")
def test_types(index: Subject) -> None:
    file = {"filename": "x-1.0.tar.gz", "size": 1, "sha256": "0" * 64}
    for method, params, field in (
        ("project.list", {"limit": "1"}, "limit"),
        ("changes.since", {"serial": 1.5}, "serial"),
        ("project.get", {}, "name"),
        ("project.get", {"name": "x", "more": 1}, "more"),
        ("upload.begin", {"name": "x", "version": "1.0", "files": [{**file, "size": "1"}]}, "files[0].size"),
        ("upload.begin", {"name": "x", "version": "1.0", "files": [{**file, "more": 1}]}, "files[0].more"),
    ):
        if method in methods_of(index):
            error = ask(index, call_of(method, params)).get("error") or {}
            found = [each["field"] for each in (error.get("data") or {}).get("problems", ())]
            assert error.get("code") == _INVALID_PARAMS, f"{params} is answered with {error.get('code')}."
            assert found == [field], f"The problem of {params} is about {found}."


# ------------------------------------------------------- credentials


@claim.must("bearer", _PROTOCOL, "A token is good as `Bearer` and as the password of `__token__`")
def test_bearer(index: Subject) -> None:
    _needs(index, "account.whoami")
    if index.options.username != "__token__" or not index.options.password:
        raise NotChecked("There is no token to show: give --token.")
    headers = {"Content-Type": "application/json", "Authorization": f"bearer {index.options.password}"}
    body = json.dumps(call_of("account.whoami")).encode()
    response = index.send("POST", index.rpc_url, headers, body, anonymous=True)
    assert response.status_code == 200, f"It is answered with {response.status_code}."
    wanted = result_of(index, "account.whoami")
    assert response.json().get("result") == wanted, "It is not the same caller."


@claim.must("whoami", _PROTOCOL, "A caller without credentials is anonymous, which is not an error")
def test_whoami(index: Subject) -> None:
    _needs_public(index)
    _needs(index, "account.whoami")
    answer = json.loads(post(index, call_of("account.whoami"), anonymous=True).content)
    found = answer.get("result") or {}
    assert (found.get("username", "?"), found.get("proof")) == (None, "none"), f"It is {answer}."


@claim.must(
    "bad-credentials-reading",
    _PROTOCOL,
    "On a public index, credentials that are not good count as none for a call that only reads",
)
def test_bad_credentials_reading(index: Subject) -> None:
    _needs_public(index)
    for method in ("index.status", "project.list"):
        _needs(index, method)
        response = post(index, call_of(method), credentials=_BAD)
        assert response.status_code == 200, f"{method} is answered with {response.status_code}."
        assert "result" in json.loads(response.content), f"{method} is refused."


@claim.must(
    "bad-credentials-writing",
    _PROTOCOL,
    "With such credentials `account.whoami` and every change are refused: 401, or `invalid-credentials`",
)
def test_bad_credentials_writing(index: Subject) -> None:
    for method, parameters in _KNOWING:
        _needs(index, method)
        response = post(index, call_of(method, parameters), credentials=_BAD)
        if response.status_code == 429:
            raise NotChecked(_TOO_MANY)
        if response.status_code != 401:
            assert response.status_code == 200, f"{method} is answered with {response.status_code}."
            _expect_invalid_credentials(json.loads(response.content), method)


@claim.must(
    "bad-credentials-batch", _PROTOCOL, "A batch is judged call by call: calls that only read are answered"
)
def test_bad_credentials_batch(index: Subject) -> None:
    _needs_public(index)
    calls = [call_of("index.status"), *(call_of(*each, number=2 + n) for n, each in enumerate(_KNOWING))]
    response = post(index, calls, credentials=_BAD)
    assert response.status_code == 200, f"HTTP answers {response.status_code}."
    answers = {each["id"]: each for each in json.loads(response.content)}
    assert "result" in answers[1], "index.status is refused."
    for number, (method, _parameters) in enumerate(_KNOWING, 2):
        _expect_invalid_credentials(answers[number], method)


_BAD = ("__token__", "no-such-secret")
_TOO_MANY = "Too many logins have failed lately: try again later."
# What they ask for is harmless, should an index take it.
_KNOWING: tuple[tuple[str, dict[str, object]], ...] = (
    ("account.whoami", {}),
    ("token.revoke", {"id": "no-such-token"}),
)


def _needs_public(index: Subject) -> None:
    response = post(index, call_of("index.status"), anonymous=True)
    if response.status_code in {401, 403}:
        raise NotChecked("The index is private.")


def _expect_invalid_credentials(answer: Mapping[str, Any], method: str) -> None:
    code = ((answer.get("error") or {}).get("data") or {}).get("code")
    if code == "too-many":
        raise NotChecked(_TOO_MANY)
    assert code == "invalid-credentials", f"{method} is answered with {code or answer.get('result')!r}."
