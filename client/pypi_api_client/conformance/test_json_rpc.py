"""JSON-RPC 2.0, the examples of its specification among it, and what this project says above it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from pypi_api_client.conformance.claims import Claims, Level, NotChecked
from pypi_api_client.conformance.pages import offered
from pypi_api_client.conformance.subject import Subject, media_type

claim = Claims(Level.JSON_RPC)

_SPECIFICATION = "JSON-RPC 2.0"
_PROTOCOL = "this project's protocol"
_UNKNOWN = "conformance-kit-no-such-project"
_PARSE_ERROR, _INVALID_REQUEST, _NO_METHOD, _INVALID_PARAMS = -32700, -32600, -32601, -32602
_INTERNAL_ERROR = -32603
# What changes nothing: of these the kit calls whatever the index has.
_READING = (
    "index.status", "index.list", "project.list", "project.get", "project.roles", "release.list",
    "release.get", "file.get", "file.status", "search.query", "docs.list", "changes.since",
    "account.whoami", "token.list", "validate.metadata", "validate.filename", "rpc.discover",
)  # fmt: skip


def is_offered(index: Subject) -> bool:
    """Tell whether a call is answered by anything that looks like JSON-RPC."""
    response = _post(index, _call("rpc.discover"))
    if response.status_code != 200:
        return False
    try:
        answer = json.loads(response.content)
    except ValueError:
        return False
    return isinstance(answer, dict) and "jsonrpc" in answer


def _call(method: object, params: object = None, number: object = 1) -> dict[str, object]:
    call: dict[str, object] = {"jsonrpc": "2.0", "method": method, "id": number}
    return call if params is None else {**call, "params": params}


def _notification(method: str, params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def _post(index: Subject, content: object, content_type: str = "application/json") -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {"Content-Type": content_type, "Accept": "application/json"}
    return index.send("POST", index.rpc_url, headers, body)


def _answer(index: Subject, content: object) -> Any:
    response = _post(index, content)
    assert response.status_code == 200, f"HTTP answers {response.status_code}."
    return json.loads(response.content)


def _result(index: Subject, method: str, params: object = None) -> Any:
    answer = _answer(index, _call(method, params))
    assert "result" in answer, f"{method} is answered with {answer.get('error')}."
    return answer["result"]


def _is_error(answer: object, code: int, number: object = None) -> None:
    assert isinstance(answer, dict), f"The answer is {answer!r}, not one object."
    assert answer.get("jsonrpc") == "2.0", f"jsonrpc is {answer.get('jsonrpc')!r}."
    error = answer.get("error")
    assert isinstance(error, dict) and "result" not in answer, f"The answer is {answer!r}"
    assert error.get("code") == code, f"The error is {error.get('code')}, not {code}."
    assert isinstance(error.get("message"), str), f"The message is {error.get('message')!r}."
    assert "id" in answer and answer["id"] == number, f"The id is {answer.get('id')!r}, not {number!r}."


# -------------------------------------------------------------------- single calls


@claim.must("call", _SPECIFICATION, "A call is answered with `jsonrpc`, `result` and its `id`")
def test_call(index: Subject) -> None:
    answer = _answer(index, _call("rpc.discover", number="a"))
    assert answer.keys() == {"jsonrpc", "result", "id"}, f"The answer has {sorted(answer)}."
    assert answer["jsonrpc"] == "2.0", f"jsonrpc is {answer['jsonrpc']!r}."


@claim.must("id", _SPECIFICATION, "The `id` comes back as it was: text, number or null")
def test_id(index: Subject) -> None:
    for number in (1, 0, -7, "1", "", None):
        found = _answer(index, _call("rpc.discover", number=number)).get("id", "missing")
        assert found == number and type(found) is type(number), f"{number!r} comes back as {found!r}."


@claim.must("by-position-and-name", _SPECIFICATION, "Parameters by position and by name mean the same")
def test_by_position_and_name(index: Subject) -> None:
    offered("project.get" in _methods(index), "There is no project.get.")
    by_name = _result(index, "project.get", {"name": index.sample})
    by_position = _result(index, "project.get", [index.sample])
    assert by_name == by_position, "The results differ."


@claim.must("no-method", _SPECIFICATION, "A method that is not there is -32601")
def test_no_method(index: Subject) -> None:
    _is_error(_answer(index, _call("foobar", number="1")), _NO_METHOD, "1")


@claim.must("parse-error", _SPECIFICATION, "What is no JSON is -32700")
def test_parse_error(index: Subject) -> None:
    broken = b'{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]'
    _is_error(_answer(index, broken), _PARSE_ERROR)


@claim.must("invalid-request", _SPECIFICATION, "What is no request object is -32600")
def test_invalid_request(index: Subject) -> None:
    for content in ({"jsonrpc": "2.0", "method": 1, "params": "bar"}, 1, "text", None, {}):
        _is_error(_answer(index, content), _INVALID_REQUEST)


@claim.must("invalid-params", _SPECIFICATION, "Parameters that the method does not have are -32602")
def test_invalid_params(index: Subject) -> None:
    _is_error(_answer(index, _call("rpc.discover", {"no_such": 1})), _INVALID_PARAMS, 1)
    _is_error(_answer(index, _call("rpc.discover", [1, 2, 3])), _INVALID_PARAMS, 1)


@claim.must("params-null", _SPECIFICATION, "`params` is an array or an object, not null and not a scalar")
def test_params_null(index: Subject) -> None:
    for params in (None, 1, "bar"):
        answer = _answer(index, {**_call("rpc.discover"), "params": params})
        found = (answer.get("error") or {}).get("code")
        assert found in {_INVALID_REQUEST, _INVALID_PARAMS}, f"{params!r} is answered with {found}."


@claim.must("version", _SPECIFICATION, "`jsonrpc` is `2.0` and nothing else")
def test_version(index: Subject) -> None:
    for version in ("1.0", 2.0, None):
        answer = _answer(index, {**_call("rpc.discover"), "jsonrpc": version})
        found = (answer.get("error") or {}).get("code")
        assert found == _INVALID_REQUEST, f"{version!r} is answered with {found}."


@claim.must("notification", _SPECIFICATION, "A call without `id` is never answered, not even when it fails")
def test_notification(index: Subject) -> None:
    for call in (
        _notification("rpc.discover", []),
        _notification("foobar", [1]),
        _notification("rpc.discover", [1]),
    ):
        response = _post(index, call)
        assert response.status_code in {200, 202, 204}, f"HTTP answers {response.status_code}."
        assert not response.content, f"It is answered with {response.text[:80]!r}."


# -------------------------------------------------------------------- batches


@claim.must("batch", _SPECIFICATION, "A batch is answered call by call; what is no request is -32600 each")
def test_batch(index: Subject) -> None:
    calls = [
        _call("rpc.discover", number="1"),
        _notification("notify_hello", [7]),
        {"foo": "boo"},
        _call("foo.get", {"name": "myself"}, "5"),
        _call("rpc.discover", number="9"),
    ]
    answers = _answer(index, calls)
    assert isinstance(answers, list), f"It is answered with one {type(answers).__name__}."
    found = {str(each.get("id")): (each.get("error") or {}).get("code", "a result") for each in answers}
    wanted = {"1": "a result", "None": _INVALID_REQUEST, "5": _NO_METHOD, "9": "a result"}
    assert len(answers) == 4 and found == wanted, f"The answers are {found}."


@claim.must("batch-empty", _SPECIFICATION, "An empty batch is one -32600")
def test_batch_empty(index: Subject) -> None:
    _is_error(_answer(index, []), _INVALID_REQUEST)


@claim.must("batch-invalid", _SPECIFICATION, "A batch of nonsense is a -32600 for each")
def test_batch_invalid(index: Subject) -> None:
    for content in ([1], [1, 2, 3]):
        answers = _answer(index, content)
        assert isinstance(answers, list) and len(answers) == len(content), f"{content} gives {answers!r}."
        for each in answers:
            _is_error(each, _INVALID_REQUEST)


@claim.must("batch-parse-error", _SPECIFICATION, "A batch that is no JSON is one -32700")
def test_batch_parse_error(index: Subject) -> None:
    broken = (
        b'[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method"]'
    )
    _is_error(_answer(index, broken), _PARSE_ERROR)


@claim.must("batch-notifications", _SPECIFICATION, "A batch of notifications is not answered")
def test_batch_notifications(index: Subject) -> None:
    response = _post(index, [_notification("notify_sum", [1, 2, 4]), _notification("notify_hello", [7])])
    assert response.status_code in {200, 202, 204}, f"HTTP answers {response.status_code}."
    assert not response.content, f"It is answered with {response.text[:80]!r}."


# -------------------------------------------------------------------- what others leave open


@claim.must(
    "ambiguous",
    _PROTOCOL,
    "What two readers would read differently is -32700: duplicate names, NaN, broken UTF-8",
)
def test_ambiguous(index: Subject) -> None:
    for body in (
        b'{"jsonrpc": "2.0", "method": "rpc.discover", "id": 1, "id": 2}',
        b'{"jsonrpc": "2.0", "method": "rpc.discover", "id": 1, "params": [NaN]}',
        b'{"jsonrpc": "2.0", "method": "\xff\xfe", "id": 1}',
    ):
        _is_error(_answer(index, body), _PARSE_ERROR)


@claim.must("nesting", _PROTOCOL, "Deep nesting does not break the server")
def test_nesting(index: Subject) -> None:
    response = _post(index, b"[" * 100_000)
    assert response.status_code in {200, 413}, f"HTTP answers {response.status_code}."


@claim.must("id-kinds", _PROTOCOL, "An `id` that is no text, integer or null is -32600")
def test_id_kinds(index: Subject) -> None:
    for number in (1.5, True, [1], {"a": 1}):
        _is_error(_answer(index, _call("rpc.discover", number=number)), _INVALID_REQUEST)


@claim.must("content-type", _PROTOCOL, "Answers are `application/json`; another type in a request is 415")
def test_content_type(index: Subject) -> None:
    found = media_type(_post(index, _call("rpc.discover")))
    assert found == "application/json", f"The answer is {found}."
    status = _post(index, _call("rpc.discover"), "text/plain").status_code
    assert status == 415, f"text/plain is answered with {status}."


@claim.must("method-not-allowed", _PROTOCOL, "GET is 405, and `Allow` names POST")
def test_method_not_allowed(index: Subject) -> None:
    response = index.get(index.rpc_url)
    assert response.status_code == 405, f"GET is answered with {response.status_code}."
    assert "POST" in response.headers.get("allow", ""), f"Allow is {response.headers.get('allow')!r}."


@claim.should("not-stored", _PROTOCOL, "Answers are not to be kept: `Cache-Control: no-store`")
def test_not_stored(index: Subject) -> None:
    found = _post(index, _call("rpc.discover")).headers.get("cache-control", "")
    assert "no-store" in found, f"It is {found!r}."


# -------------------------------------------------------------------- the document and its methods


def _document(index: Subject) -> dict[str, Any]:
    document = _result(index, "rpc.discover")
    assert isinstance(document, dict), f"rpc.discover returns {type(document).__name__}."
    return document


def _methods(index: Subject) -> Mapping[str, dict[str, Any]]:
    return {str(each.get("name")): each for each in _document(index).get("methods", ())}


@claim.must("openrpc", "OpenRPC 1.3", "`rpc.discover` returns an OpenRPC document")
def test_openrpc(index: Subject) -> None:
    document = _document(index)
    assert str(document.get("openrpc", "")).startswith("1."), f"openrpc is {document.get('openrpc')!r}."
    assert {"title", "version"} <= {*document.get("info", {})}, "info has no title or no version."
    assert isinstance(document.get("methods"), list), "methods is no array."


@claim.must(
    "openrpc-methods",
    "OpenRPC 1.3",
    "Each method has a name of its own, parameters with schemas, and a result",
)
def test_openrpc_methods(index: Subject) -> None:
    methods = _document(index)["methods"]
    names = [each.get("name") for each in methods]
    assert len({*names}) == len(names), "Two methods have one name."
    for each in methods:
        assert isinstance(each.get("params"), list), f"{each.get('name')} has no params."
        assert isinstance(each.get("result"), dict), f"{each.get('name')} has no result."
        for parameter in each["params"]:
            assert {"name", "schema"} <= {*parameter} or "$ref" in parameter, (
                f"One of {each['name']} is {parameter}."
            )


@claim.should("openrpc-url", _PROTOCOL, "`GET rpc/openrpc.json` is the same document")
def test_openrpc_url(index: Subject) -> None:
    response = index.get(f"{index.rpc_url.rstrip('/')}/openrpc.json")
    assert response.status_code == 200, f"It is answered with {response.status_code}."
    assert response.json() == _document(index), "It is another one."


@claim.must("reading-methods", _PROTOCOL, "Each method that only reads can be called as the document says")
def test_reading_methods(index: Subject) -> None:
    known = _arguments(index)
    for name, method in _methods(index).items():
        wanted = [each["name"] for each in method["params"] if each.get("required")]
        if name not in _READING or not {*wanted} <= known.keys():
            continue
        error = _answer(index, _call(name, {each: known[each] for each in wanted})).get("error")
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


@claim.must(
    "errors",
    _PROTOCOL,
    "Errors have a stable `code` in their `data`: no project of a name is 1001, `project-not-found`",
)
def test_errors(index: Subject) -> None:
    offered("project.get" in _methods(index), "There is no project.get.")
    answer = _answer(index, _call("project.get", {"name": _UNKNOWN}))
    _is_error(answer, 1001, 1)
    found = (answer["error"].get("data") or {}).get("code")
    assert found == "project-not-found", f"It is {found!r}."


@claim.must("project", _PROTOCOL, "`project.get` knows the project that the Simple API has")
def test_project(index: Subject) -> None:
    offered("project.get" in _methods(index), "There is no project.get.")
    found = _result(index, "project.get", {"name": index.sample})
    assert found.get("name") == index.sample, f"Its name is {found.get('name')!r}."
