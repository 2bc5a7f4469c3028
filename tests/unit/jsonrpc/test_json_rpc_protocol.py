"""JSON-RPC 2.0 itself, on methods of no meaning: those of the specification's examples."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypi_contracts.assembly import InMemorySite
from pypi_core import errors
from pypi_core.domain.accounts import ANONYMOUS, Actor
from pypi_core.index import Index
from pypi_jsonrpc_api.answering import Answer, AnyAnswer
from pypi_jsonrpc_api.calls import read_body
from pypi_jsonrpc_api.dispatch import Dispatcher
from pypi_jsonrpc_api.refusals import FAMILIES, core_refusal
from pypi_protocol.errors import ErrorFamily, Problem
from pypi_protocol.methods import AnyMethod, Method
from pypi_protocol.records.parameters import NoParameters

INDEX = InMemorySite().index


class Subtraction(msgspec.Struct, forbid_unknown_fields=True):
    minuend: int
    subtrahend: int


class Five(msgspec.Struct, forbid_unknown_fields=True):
    a: int
    b: int = 0
    c: int = 0
    d: int = 0
    e: int = 0


class Text(msgspec.Struct, forbid_unknown_fields=True):
    text: str | None = None


def subtract(index: Index, actor: Actor, parameters: Subtraction) -> int:
    return parameters.minuend - parameters.subtrahend


def total(index: Index, actor: Actor, parameters: Five) -> int:
    return parameters.a + parameters.b + parameters.c + parameters.d + parameters.e


def get_data(index: Index, actor: Actor, parameters: NoParameters) -> list[Any]:
    return ["hello", 5]


def echo(index: Index, actor: Actor, parameters: Text) -> str | None:
    return parameters.text


def fail(index: Index, actor: Actor, parameters: NoParameters) -> None:
    raise RuntimeError("a secret detail")


def refuse(index: Index, actor: Actor, parameters: NoParameters) -> None:
    raise errors.ProjectNotFound("nowhere")


FUNCTIONS: dict[str, tuple[type[msgspec.Struct], Callable[..., Any]]] = {
    "subtract": (Subtraction, subtract),
    "sum": (Five, total),
    "update": (Five, total),
    "notify_hello": (Five, total),
    "notify_sum": (Five, total),
    "get_data": (NoParameters, get_data),
    "echo": (Text, echo),
    "fail": (NoParameters, fail),
    "refuse": (NoParameters, refuse),
}


def answer_of(name: str, params: type[msgspec.Struct], function: Callable[..., Any]) -> AnyAnswer:
    method: AnyMethod = Method(
        name=name, params=params, result=object, result_name="result", summary=name, description=name
    )
    return Answer(method, function)


DISPATCHER = Dispatcher(answer_of(name, *each) for name, each in FUNCTIONS.items())


def answer(body: str | bytes) -> Any:
    given_body = body.encode() if isinstance(body, str) else body
    answered = DISPATCHER.answer(INDEX, ANONYMOUS, read_body(given_body))
    return None if answered is None else json.loads(answered)


def sent(body: str) -> str:
    """Return the text of the answer."""
    return (DISPATCHER.answer(INDEX, ANONYMOUS, read_body(body.encode())) or b"").decode()


def call(method: str, identifier: object = 1, **more: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "method": method, "id": identifier, **more})


PARSE_ERROR = {"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse error"}, "id": None}
INVALID = {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": None}

# The examples of section 7 of the specification, word for word.
PRINTED: dict[str, tuple[str, object]] = {
    "positional parameters": (
        '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
        {"jsonrpc": "2.0", "result": 19, "id": 1},
    ),
    "positional parameters, the other way round": (
        '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
        {"jsonrpc": "2.0", "result": -19, "id": 2},
    ),
    "named parameters": (
        '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
        {"jsonrpc": "2.0", "result": 19, "id": 3},
    ),
    "named parameters in another order": (
        '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
        {"jsonrpc": "2.0", "result": 19, "id": 4},
    ),
    "a notification": ('{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', None),
    "a notification of a method that is not there": ('{"jsonrpc": "2.0", "method": "foobar"}', None),
    "a method that is not there": (
        '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
        {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": "1"},
    ),
    "no JSON": ('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', PARSE_ERROR),
    "no request object": ('{"jsonrpc": "2.0", "method": 1, "params": "bar"}', INVALID),
    "a batch that is not JSON": (
        '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method"]',
        PARSE_ERROR,
    ),
    "an empty batch": ("[]", INVALID),
    "a batch of one that is invalid": ("[1]", [INVALID]),
    "a batch of three that are invalid": ("[1,2,3]", [INVALID, INVALID, INVALID]),
    "a batch": (
        """[
        {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
        {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        {"jsonrpc": "2.0", "method": "get_data", "id": "9"}
        ]""",
        [
            {"jsonrpc": "2.0", "result": 7, "id": "1"},
            {"jsonrpc": "2.0", "result": 19, "id": "2"},
            INVALID,
            {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": "5"},
            {"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"},
        ],
    ),
    "a batch of notifications": (
        """[
        {"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}
        ]""",
        None,
    ),
}


@pytest.mark.parametrize(("sent", "printed"), PRINTED.values(), ids=PRINTED.keys())
def test_the_examples_of_the_specification_answer_as_printed(sent: str, printed: object) -> None:
    assert answer(sent) == printed


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"jsonrpc": "2.0", "method": "echo", "method": "echo", "id": 1}', "the same name twice"),
        (
            b'{"jsonrpc": "2.0", "method": "echo", "params": {"text": "", "te\\u0078t": ""}}',
            "same name twice",
        ),
        (b'{"jsonrpc": "2.0", "method": "echo", "params": [NaN], "id": 1}', "NaN is not JSON"),
        (b'{"jsonrpc": "2.0", "method": "echo", "params": [-Infinity], "id": 1}', "-Infinity is not JSON"),
        (b'{"jsonrpc": "2.0", "method": "\xff", "id": 1}', "not valid UTF-8"),
        ('{"jsonrpc": "2.0", "method": "echo", "id": 1}'.encode("utf-16"), "not valid UTF-8"),
        (b'{"jsonrpc": "2.0", "method": "echo", "id": "\\ud800"}', "surrogate"),
        (b"[" * 65 + b"]" * 65, "nested too deeply"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "nested too deeply"),
        (b"[" * 5_000_000, "nested too deeply"),
        # 10 MB that close again, and as a parameter of what would be a call.
        (b"[" * 5_000_000 + b"]" * 5_000_000, "nested too deeply"),
        (b'{"a":' * 1_700_000 + b"1" + b"}" * 1_700_000, "nested too deeply"),
        (
            b'{"jsonrpc": "2.0", "method": "echo", "id": 1, "params": ' + b"[" * 64 + b"]" * 64 + b"}",
            "nested too deeply",
        ),
        # One member that is no JSON makes the whole batch unreadable.
        (b'[{"jsonrpc": "2.0", "method": "echo", "id": 1}, Infinity]', "Infinity is not JSON"),
        (
            b'{"jsonrpc": "2.0", "method": "echo", "params": {"text": {"a": 1, "a": 2}}, "id": 1}',
            "name twice",
        ),
    ],
    ids=range(15),
)
def test_json_that_two_readers_could_take_differently_is_a_parse_error(body: bytes, why: str) -> None:
    error = answer(body)["error"]

    assert error["code"] == -32700
    assert why in error["data"]["problems"][0]["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{}x",
        b"{}\n{}",
        b"\xef\xbb\xbf{}",
        b"\x0c{}",
        b"[1,]",
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": 01}',
        b'{"a": .5}',
        b'{"a": "\n"}',
        b"// nothing\n{}",
        b"True",
        b"9" * 5000,
        b"'x'",
    ],
    ids=range(16),
)
def test_a_body_that_is_not_json_is_a_parse_error(body: bytes) -> None:
    assert answer(body) == PARSE_ERROR


def test_64_levels_are_read() -> None:
    assert answer("[" * 64 + "]" * 64) == [INVALID]


def test_brackets_in_a_string_are_not_levels() -> None:
    assert answer(call("echo", params={"text": "[{" * 200}))["result"] == "[{" * 200


def test_a_whole_surrogate_pair_is_read() -> None:
    text = '{"jsonrpc": "2.0", "method": "echo", "params": {"text": "\\uD83D\\ude00"}, "id": 1}'

    assert answer(text)["result"] == "\N{GRINNING FACE}"


@pytest.mark.parametrize("half", [r"\ud800", r"\uDBFF", r"\udc00", r"\uDfFf", r"\\\ud9aB"])
@pytest.mark.parametrize("body", ['[[["{}"]]]', '[[{{"{}": 1}}]]', '[[{{"a": ["{}"]}}, 1]]'])
def test_half_of_a_surrogate_pair_is_found_at_any_depth(body: str, half: str) -> None:
    assert "surrogate" in answer(body.format(half))["error"]["data"]["problems"][0]["message"]


def test_a_body_of_half_a_million_numbers_is_read_without_a_look_at_each() -> None:
    calls = 0

    def count(_frame: object, _event: str, _argument: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        answered = answer(b"[" + b"1," * 500_000 + b"1]")
    finally:
        sys.setprofile(None)

    assert answered["error"]["code"] == -32600
    assert calls < 10_000


@pytest.mark.parametrize(
    "content",
    [
        {"jsonrpc": "2.0", "method": "echo", "params": None, "id": 1},
        {"jsonrpc": "2.0", "method": "echo", "params": "x", "id": 1},
        {"jsonrpc": "2.0", "method": "echo", "id": True},
        {"jsonrpc": "2.0", "method": "echo", "id": []},
        {"jsonrpc": "2.0", "method": "echo", "id": {}},
        {"jsonrpc": 2.0, "method": "echo", "id": 1},
        {"jsonrpc": "1.0", "method": "echo", "id": 1},
        {"method": "echo", "id": 1},
        {"jsonrpc": "2.0", "id": 1},
        {"jsonrpc": "2.0", "method": None, "id": 1},
        # Without an id too: only a valid object can be a notification.
        {"jsonrpc": "2.0", "method": "echo", "params": 7},
        {"jsonrpc": None, "method": "echo", "id": 1},
        {"jsonrpc": ["2.0"], "method": "echo", "id": 1},
        {"jsonrpc": "2.0 ", "method": "echo", "id": 1},
        {"jsonrpc": "2.0", "method": ["echo"], "id": 1},
        {"JSONRPC": "2.0", "METHOD": "echo", "id": 1},
        # Answers, which nobody here has asked for.
        {"jsonrpc": "2.0", "result": 1, "id": 1},
        {"jsonrpc": "2.0", "error": {"code": 1, "message": ""}, "id": 1},
        {},
        "x",
        "",
        None,
        True,
        1,
        1.5,
    ],
    ids=str,
)
def test_an_invalid_request_is_refused_with_a_null_id(content: object) -> None:
    refused = answer(json.dumps(content))

    assert refused["error"]["code"] == -32600
    assert refused["id"] is None
    assert "result" not in refused


@pytest.mark.parametrize("identifier", ["", "1", "ü\u0000", 0, -7, 10**40, None])
def test_an_id_comes_back_as_it_was_sent(identifier: object) -> None:
    answered = answer(call("echo", identifier))

    assert answered == {"jsonrpc": "2.0", "result": None, "id": identifier}
    assert type(answered["id"]) is type(identifier)


@pytest.mark.parametrize("method", ["foobar", "fail", "refuse", "rpc.nothing"])
@pytest.mark.parametrize("params", [[], [1, 2, 3], {"unknown": 1}])
def test_a_notification_is_never_answered(method: str, params: object) -> None:
    assert answer(json.dumps({"jsonrpc": "2.0", "method": method, "params": params})) is None


def test_a_null_id_is_not_a_notification() -> None:
    assert answer(call("foobar", None))["error"]["code"] == -32601


def test_unknown_members_are_ignored() -> None:
    assert answer(call("echo", 1, result="x", extra={"a": [1]}))["result"] is None


@pytest.mark.parametrize(
    "method", ["", " echo", "ECHO", "echo\u0000", "rpc.", "rpc.echo", "__init__", "x" * 100_000]
)
def test_a_method_is_found_by_its_very_name_alone(method: str) -> None:
    assert answer(call(method)) == {
        "jsonrpc": "2.0",
        "error": {"code": -32601, "message": "Method not found"},
        "id": 1,
    }


@pytest.mark.parametrize("params", [[], {}])
def test_empty_parameters_may_be_omitted(params: object) -> None:
    assert answer(call("get_data", params=params)) == answer(call("get_data"))


@pytest.mark.parametrize(
    ("params", "result"),
    [([7], 7), ([7, 1], 8), ({"a": 7}, 7), ({"e": 1, "a": 7}, 8), ([10**30], 10**30)],
)
def test_optional_parameters_may_be_left_out_behind_and_between(params: object, result: int) -> None:
    assert answer(call("sum", params=params))["result"] == result


@pytest.mark.parametrize("text", [None, "", "\u0000\u2028\u00fc", "\U0001f600", "</script>", "x" * 1_000_000])
def test_text_arrives_and_returns_as_it_was(text: str | None) -> None:
    assert answer(call("echo", params=[text]))["result"] == text


@pytest.mark.parametrize(
    ("params", "field", "why"),
    [
        ([1, 2, 3], "", "3 parameters were sent and 2 are known"),
        ([1], "subtrahend", "'subtrahend' is missing"),
        ([1, "2"], "subtrahend", "Expected `int`, got `str`"),
        ([1, True], "subtrahend", "Expected `int`, got `bool`"),
        ({"minuend": 1}, "subtrahend", "'subtrahend' is missing"),
        ({"minuend": 1, "Subtrahend": 2}, "Subtrahend", "those known are: minuend, subtrahend"),
        ({"minuend": None, "subtrahend": 2}, "minuend", "Expected `int`, got `null`"),
        ({"minuend": 1.0, "subtrahend": 2}, "minuend", "Expected `int`, got `float`"),
        ({"minuend": [1], "subtrahend": 2}, "minuend", "Expected `int`, got `array`"),
        ({"minuend": 1, "subtrahend": {"a": 1}}, "subtrahend", "Expected `int`, got `object`"),
        ({"minuend": 1, "subtrahend": 2, "": 3}, "", "There is no parameter ''"),
        ({"minuend": 1, "subtrahend": 2, "a`b\n": 3}, "a`b\n", "There is no parameter"),
        ([], "minuend", "'minuend' is missing"),
        ({}, "minuend", "'minuend' is missing"),
        ([1] * 10_000, "", "10000 parameters were sent"),
    ],
    ids=range(15),
)
def test_bad_parameters_are_named(params: object, field: str, why: str) -> None:
    error = answer(call("subtract", params=params))["error"]

    assert (error["code"], error["message"], error["data"]["code"]) == (
        -32602,
        "Invalid params",
        "invalid-params",
    )
    assert error["data"]["problems"][0]["field"] == field
    assert why in error["data"]["problems"][0]["message"]


def test_a_refusal_repeats_only_a_piece_of_an_unknown_parameter() -> None:
    error = answer(call("subtract", params={"minuend": 1, "subtrahend": 2, "x" * 100_000: 3}))["error"]

    assert "There is no parameter 'xxx" in error["data"]["problems"][0]["message"]
    assert len(json.dumps(error)) < 1000


def test_a_batch_of_100_is_answered_and_one_of_101_is_not() -> None:
    one = call("echo")

    assert len(answer(f"[{','.join([one] * 100)}]")) == 100
    refused = answer(f"[{','.join([one] * 101)}]")
    assert (refused["error"]["code"], refused["id"]) == (-32600, None)
    assert "at most 100" in refused["error"]["data"]["problems"][0]["message"]


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1e3", "0.5"])
def test_a_number_with_fraction_or_exponent_is_not_an_integer(number: str) -> None:
    as_parameter = answer(f'{{"jsonrpc": "2.0", "method": "subtract", "params": [{number}, 1], "id": 1}}')

    assert as_parameter["error"]["code"] == -32602


@pytest.mark.parametrize(
    "number", ["1.5", "1.50", "1.0", "-0", "-0.0", "0", "1e3", "1E+3", "1e999", "0.1000000000000000055511"]
)
def test_a_number_comes_back_as_an_id_to_the_digit(number: str) -> None:
    one = f'{{"jsonrpc": "2.0", "id": {number}, "method": "echo"}}'
    bad = f'{{"jsonrpc": "2.0", "id":\t{number} , "method": "nothing"}}'

    assert sent(one) == f'{{"result":null,"id":{number},"jsonrpc":"2.0"}}'
    assert f'"id":{number},' in sent(bad)
    assert sent(f"[1, {one}, {bad}]").count(f'"id":{number},') == 2


def test_notifications_count_towards_the_size_of_a_batch() -> None:
    one = json.dumps({"jsonrpc": "2.0", "method": "echo"})

    assert answer(f"[{','.join([one] * 100)}]") is None
    assert answer(f"[{','.join([one] * 101)}]")["error"]["code"] == -32600


def test_a_batch_is_carried_out_in_its_order_and_to_its_end() -> None:
    seen: list[int] = []

    def note(index: Index, actor: Actor, parameters: Five) -> int:
        seen.append(parameters.a)
        if parameters.a == 2:
            raise errors.ProjectNotFound("nowhere")
        return parameters.a

    dispatcher = Dispatcher([answer_of("note", Five, note)])
    calls = [
        call("note", "a", params=[1]),
        call("note", "a", params=[2]),
        json.dumps({"jsonrpc": "2.0", "method": "note", "params": [3]}),
        "[]",
        call("note", "a", params=[4]),
    ]

    answered = dispatcher.answer(INDEX, ANONYMOUS, read_body(f"[{','.join(calls)}]".encode()))

    assert seen == [1, 2, 3, 4]
    # One id may stand twice: whoever sends it so has to tell the answers apart by their order.
    assert [(each["id"], each.get("result"), "error" in each) for each in json.loads(answered or b"")] == [
        ("a", 1, False),
        ("a", None, True),
        (None, None, True),
        ("a", 4, False),
    ]


@pytest.mark.parametrize("member", [[], [[]], {}, "x", None, 1, True])
def test_an_invalid_request_in_a_batch_is_refused_alone(member: object) -> None:
    invalid, good = answer(f"[{json.dumps(member)}, {call('echo')}]")

    assert (invalid["error"]["code"], invalid["id"]) == (-32600, None)
    assert good["result"] is None


def test_an_unexpected_error_is_logged_and_not_revealed(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        failed = answer(call("fail"))

    assert failed == {"jsonrpc": "2.0", "error": {"code": -32603, "message": "Internal error"}, "id": 1}
    assert "fail" in caplog.text
    assert "a secret detail" in caplog.text


def test_a_failing_notification_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer('{"jsonrpc": "2.0", "method": "fail"}')

    assert "notification" in caplog.text


def test_a_refusal_of_the_core_keeps_its_message() -> None:
    assert answer(call("refuse"))["error"] == {
        "code": 1001,
        "message": "There is no project 'nowhere' on this index.",
        "data": {"code": "project-not-found", "problems": []},
    }


def families(error: type[errors.PackageIndexError]) -> list[type[errors.PackageIndexError]]:
    return [error, *(each for child in error.__subclasses__() for each in families(child))]


@pytest.mark.parametrize("error", families(errors.PackageIndexError)[1:])
def test_every_error_of_the_core_has_a_code(error: type[errors.PackageIndexError]) -> None:
    code = next(FAMILIES[each].code for each in error.__mro__ if each in FAMILIES)

    # -32768 to -32000 are the specification's.
    assert code > 0


def test_families_have_codes_of_their_own() -> None:
    assert [*FAMILIES.values()] == [*ErrorFamily]
    assert set(errors.PackageIndexError.__subclasses__()) == set(FAMILIES)


def test_all_problems_of_an_invalid_request_are_reported() -> None:
    refusal = core_refusal(errors.InvalidForm(Problem("name", "No name."), Problem("version", "No version.")))

    assert json.loads(msgspec.json.encode(refusal)) == {
        "code": 1022,
        "message": "No name. No version.",
        "data": {
            "code": "invalid-form",
            "problems": [
                {"field": "name", "message": "No name."},
                {"field": "version", "message": "No version."},
            ],
        },
    }


def test_too_many_requests_say_when_to_retry() -> None:
    refusal = core_refusal(errors.TooMany("Slow down.", retry_after=30))

    assert json.loads(msgspec.json.encode(refusal))["data"] == {
        "code": "too-many",
        "problems": [],
        "retry_after": 30,
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | json_values,
        "method": st.sampled_from([*FUNCTIONS, "foobar"]) | json_values,
        "params": json_values,
        "id": json_values,
    },
)


@given(st.binary() | (requests | st.lists(requests | json_values) | json_values).map(json.dumps))
def test_any_body_is_answered_by_the_rules_or_not_at_all(body: bytes | str) -> None:
    answered = answer(body)

    responses = answered if isinstance(answered, list) else [answered] * (answered is not None)
    assert answered != []
    for each in responses:
        assert each["jsonrpc"] == "2.0"
        assert set(each) in ({"jsonrpc", "result", "id"}, {"jsonrpc", "error", "id"})
