"""JSON-RPC 2.0, the examples of its specification among it, and how it goes over HTTP."""

from __future__ import annotations

import json

from pypi_conformance.calling import ask, call_of, expect_error, notification_of, post
from pypi_conformance.registry import Claims, Level
from pypi_conformance.subject import Subject, media_type

claim = Claims(Level.JSON_RPC)

_SPECIFICATION = "JSON-RPC 2.0"
_PROTOCOL = "our protocol"
_PARSE_ERROR, _INVALID_REQUEST, _NO_METHOD, _INVALID_PARAMS = -32700, -32600, -32601, -32602


def is_offered(index: Subject) -> bool:
    """Return whether a call is answered by anything that looks like JSON-RPC."""
    response = post(index, call_of("rpc.discover"))
    if response.status_code != 200:
        return False
    try:
        answer = json.loads(response.content)
    except ValueError:
        return False
    return isinstance(answer, dict) and "jsonrpc" in answer


# -------------------------------------------------------------------- single calls


@claim.must("call", _SPECIFICATION, "A call is answered with `jsonrpc`, `result` and its `id`")
def test_call(index: Subject) -> None:
    answer = ask(index, call_of("rpc.discover", number="a"))
    assert answer.keys() == {"jsonrpc", "result", "id"}, f"The answer has {sorted(answer)}."
    assert answer["jsonrpc"] == "2.0", f"jsonrpc is {answer['jsonrpc']!r}."


@claim.must("id", _SPECIFICATION, "The `id` comes back as it was: text, number or null")
def test_id(index: Subject) -> None:
    for number in (1, 0, -7, "1", "", None):
        found = ask(index, call_of("rpc.discover", number=number)).get("id", "missing")
        assert found == number and type(found) is type(number), f"{number!r} comes back as {found!r}."


@claim.must("no-method", _SPECIFICATION, "An unknown method is -32601")
def test_no_method(index: Subject) -> None:
    expect_error(ask(index, call_of("foobar", number="1")), _NO_METHOD, "1")


@claim.must("parse-error", _SPECIFICATION, "A body that is not JSON is -32700")
def test_parse_error(index: Subject) -> None:
    broken = b'{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]'
    expect_error(ask(index, broken), _PARSE_ERROR)


@claim.must("invalid-request", _SPECIFICATION, "Anything but a request object is -32600")
def test_invalid_request(index: Subject) -> None:
    for content in ({"jsonrpc": "2.0", "method": 1, "params": "bar"}, 1, "text", None, {}):
        expect_error(ask(index, content), _INVALID_REQUEST)


@claim.must("invalid-params", _SPECIFICATION, "Parameters that the method does not have are -32602")
def test_invalid_params(index: Subject) -> None:
    expect_error(ask(index, call_of("rpc.discover", {"no_such": 1})), _INVALID_PARAMS, 1)
    expect_error(ask(index, call_of("rpc.discover", [1, 2, 3])), _INVALID_PARAMS, 1)


@claim.must("params-null", _PROTOCOL, "`params` that are null or a scalar are -32600, with the `id` null")
def test_params_null(index: Subject) -> None:
    for params in (None, 1, "bar"):
        expect_error(ask(index, {**call_of("rpc.discover"), "params": params}), _INVALID_REQUEST)


@claim.must("version", _SPECIFICATION, "`jsonrpc` is `2.0` and nothing else")
def test_version(index: Subject) -> None:
    for version in ("1.0", 2.0, None):
        answer = ask(index, {**call_of("rpc.discover"), "jsonrpc": version})
        found = (answer.get("error") or {}).get("code")
        assert found == _INVALID_REQUEST, f"{version!r} is answered with {found}."


@claim.must("notification", _SPECIFICATION, "A call without `id` is never answered, not even when it fails")
def test_notification(index: Subject) -> None:
    for call in (
        notification_of("rpc.discover", []),
        notification_of("foobar", [1]),
        notification_of("rpc.discover", [1]),
    ):
        response = post(index, call)
        assert response.status_code in {200, 202, 204}, f"HTTP answers {response.status_code}."
        assert not response.content, f"It is answered with {response.text[:80]!r}."


# -------------------------------------------------------------------- batches


@claim.must(
    "batch", _SPECIFICATION, "A batch is answered call by call; each member that is not a request is -32600"
)
def test_batch(index: Subject) -> None:
    calls = [
        call_of("rpc.discover", number="1"),
        notification_of("notify_hello", [7]),
        {"foo": "boo"},
        call_of("foo.get", {"name": "myself"}, "5"),
        call_of("rpc.discover", number="9"),
    ]
    answers = ask(index, calls)
    assert isinstance(answers, list), f"It is answered with one {type(answers).__name__}."
    found = {str(each.get("id")): (each.get("error") or {}).get("code", "a result") for each in answers}
    wanted = {"1": "a result", "None": _INVALID_REQUEST, "5": _NO_METHOD, "9": "a result"}
    assert len(answers) == 4 and found == wanted, f"The answers are {found}."


@claim.must("batch-empty", _SPECIFICATION, "An empty batch is one -32600")
def test_batch_empty(index: Subject) -> None:
    expect_error(ask(index, []), _INVALID_REQUEST)


@claim.must("batch-invalid", _SPECIFICATION, "A batch of invalid members is a -32600 for each")
def test_batch_invalid(index: Subject) -> None:
    for content in ([1], [1, 2, 3]):
        answers = ask(index, content)
        assert isinstance(answers, list) and len(answers) == len(content), f"{content} gives {answers!r}."
        for each in answers:
            expect_error(each, _INVALID_REQUEST)


@claim.must("batch-parse-error", _SPECIFICATION, "A batch that is not JSON is one -32700")
def test_batch_parse_error(index: Subject) -> None:
    broken = (
        b'[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method"]'
    )
    expect_error(ask(index, broken), _PARSE_ERROR)


@claim.must("batch-notifications", _SPECIFICATION, "A batch of notifications is not answered")
def test_batch_notifications(index: Subject) -> None:
    response = post(index, [notification_of("notify_sum", [1, 2, 4]), notification_of("notify_hello", [7])])
    assert response.status_code in {200, 202, 204}, f"HTTP answers {response.status_code}."
    assert not response.content, f"It is answered with {response.text[:80]!r}."


# -------------------------------------------------------------------- what others leave open


@claim.must("batch-order", _PROTOCOL, "The answers of a batch are in the order of its calls")
def test_batch_order(index: Subject) -> None:
    answers = ask(index, [call_of("foobar", number=number) for number in range(10)])
    found = [each["id"] for each in answers]
    assert found == [*range(10)], f"They are {found}."


@claim.must("batch-largest", _PROTOCOL, "A batch of 100 calls is carried out")
def test_batch_largest(index: Subject) -> None:
    answers = ask(index, [call_of("foobar", number=number) for number in range(100)])
    assert isinstance(answers, list) and len(answers) == 100, "It is not answered call by call."


@claim.must(
    "batch-too-large",
    _PROTOCOL,
    "A batch of more calls than the server takes is one -32600, and never carried out in part",
)
def test_batch_too_large(index: Subject) -> None:
    answers = ask(index, [call_of("foobar", number=number) for number in range(5000)])
    if isinstance(answers, list):
        assert len(answers) == 5000, f"Of 5,000 calls {len(answers)} are answered."
    else:
        expect_error(answers, _INVALID_REQUEST)


@claim.must(
    "ambiguous",
    _PROTOCOL,
    "A body that two readers would read differently is -32700: names twice, NaN, Infinity, broken Unicode",
)
def test_ambiguous(index: Subject) -> None:
    for body in (
        b'{"jsonrpc": "2.0", "method": "rpc.discover", "id": 1, "id": 2}',
        b'{"jsonrpc": "2.0", "method": "rpc.discover", "id": 1, "params": [NaN]}',
        b'{"jsonrpc": "2.0", "method": "rpc.discover", "id": 1, "params": [-Infinity]}',
        b'{"jsonrpc": "2.0", "method": "\xff\xfe", "id": 1}',
        b'{"jsonrpc": "2.0", "method": "\\ud800", "id": 1}',
    ):
        expect_error(ask(index, body), _PARSE_ERROR)


@claim.must("nesting", _PROTOCOL, "Deep nesting does not break the server")
def test_nesting(index: Subject) -> None:
    response = post(index, b"[" * 100_000)
    assert response.status_code in {200, 413}, f"HTTP answers {response.status_code}."


@claim.must("id-kinds", _PROTOCOL, "An `id` that is not a string, a number or null is -32600")
def test_id_kinds(index: Subject) -> None:
    for number in (True, [1], {"a": 1}):
        expect_error(ask(index, call_of("rpc.discover", number=number)), _INVALID_REQUEST)


@claim.must("id-numbers", _PROTOCOL, "An `id` with a fraction or an exponent comes back as it was sent")
def test_id_numbers(index: Subject) -> None:
    for number in ("1.5", "1.50", "-0.25", "1e3"):
        response = post(index, f'{{"jsonrpc": "2.0", "method": "rpc.discover", "id": {number}}}'.encode())
        found = json.loads(response.content, parse_float=str).get("id", "missing")
        assert found == number, f"{number} comes back as {found}."


@claim.must("largest-call", _PROTOCOL, "A call of 1 MiB is read")
def test_largest_call(index: Subject) -> None:
    call = json.dumps(call_of("rpc.discover")).encode()
    status = post(index, call + b" " * (1024 * 1024 - len(call))).status_code
    assert status == 200, f"It is answered with {status}."


@claim.must("content-type", _PROTOCOL, "Answers are `application/json`; another type in a request is 415")
def test_content_type(index: Subject) -> None:
    found = media_type(post(index, call_of("rpc.discover")))
    assert found == "application/json", f"The answer is {found}."
    status = post(index, call_of("rpc.discover"), "text/plain").status_code
    assert status == 415, f"text/plain is answered with {status}."
    status = post(index, call_of("rpc.discover"), "application/json; charset=utf-8").status_code
    assert status == 200, f"A parameter of the type is answered with {status}."


@claim.must("method-not-allowed", _PROTOCOL, "GET is 405, and `Allow` names POST")
def test_method_not_allowed(index: Subject) -> None:
    response = index.get(index.rpc_url)
    assert response.status_code == 405, f"GET is answered with {response.status_code}."
    assert "POST" in response.headers.get("allow", ""), f"Allow is {response.headers.get('allow')!r}."


@claim.must("not-stored", _PROTOCOL, "Answers are not to be kept: `Cache-Control: no-store`")
def test_not_stored(index: Subject) -> None:
    found = post(index, call_of("rpc.discover")).headers.get("cache-control", "")
    assert "no-store" in found, f"It is {found!r}."
