"""XML-RPC itself: what is read and what is written, on methods of no meaning."""

from __future__ import annotations

import itertools
import logging
import math
import xmlrpc.client
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypi_contracts.assembly import InMemorySite
from pypi_core import errors
from pypi_core.domain.accounts import ANONYMOUS
from pypi_xmlrpc_api import XmlRpcEndpoint
from pypi_xmlrpc_api.answers import answer
from pypi_xmlrpc_api.calls import parse_call
from pypi_xmlrpc_api.dispatch import Dispatcher
from pypi_xmlrpc_api.faults import Fault
from pypi_xmlrpc_api.methods import Caller, Method

CALLER = Caller(index=InMemorySite().index, actor=ANONYMOUS, base_url="", site_url="")


def call_of(values: str, method: str = "echo") -> bytes:
    """Return a call whose one argument is the XML *values*."""
    return (
        f"<?xml version='1.0'?><methodCall><methodName>{method}</methodName>"
        f"<params><param>{values}</param></params></methodCall>"
    ).encode()


def fault_of(body: bytes) -> tuple[int, str]:
    """Return the fault with which the endpoint answers."""
    answered = XmlRpcEndpoint()(CALLER.index, ANONYMOUS, body, base_url="", site_url="")
    assert isinstance(answered, bytes)
    with pytest.raises(xmlrpc.client.Fault) as caught:
        xmlrpc.client.loads(answered)
    return caught.value.faultCode, caught.value.faultString


def read(values: str) -> Any:
    return parse_call(call_of(values)).arguments[0]


@pytest.mark.parametrize(
    ("xml", "value"),
    [
        ("<value>plain</value>", "plain"),
        ("<value> kept  </value>", " kept  "),
        ("<value/>", ""),
        ("<value><string/></value>", ""),
        ("<value><string>a &amp; b &#233; <![CDATA[<c>]]></string></value>", "a & b é <c>"),
        ("<value>\n  <int> 5 </int>\n</value>", 5),
        ("<value><i4>-5</i4></value>", -5),
        ("<value><i8>9223372036854775807</i8></value>", 2**63 - 1),
        ("<value><ex:i8>-9223372036854775808</ex:i8></value>", -(2**63)),
        ("<value><double>1.5</double></value>", 1.5),
        # As aiohttp-xmlrpc sends an integer of more than 32 bits.
        ("<value><double>3000000000</double></value>", 3_000_000_000),
        ("<value><boolean>1</boolean></value>", True),
        ("<value><nil/></value>", None),
        ("<value><ex:nil/></value>", None),
        (
            "<value><dateTime.iso8601>20260301T12:00:00</dateTime.iso8601></value>",
            datetime(2026, 3, 1, 12, tzinfo=UTC),
        ),
        ("<value><base64>aGk=\n</base64></value>", b"hi"),
        ("<value><array><data><value>a</value><value><int>1</int></value></data></array></value>", ["a", 1]),
        ("<value><array><data/></array></value>", []),
        ("<value><struct/></value>", {}),
        (
            "<value><struct><member><name>n</name><value><int>1</int></value></member></struct></value>",
            {"n": 1},
        ),
    ],
)
def test_every_type_is_read(xml: str, value: object) -> None:
    assert read(xml) == value


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
def test_declared_encodings_are_read(encoding: str) -> None:
    text = (
        f"<?xml version='1.0' encoding='{encoding}'?>" + call_of("<value>é</value>").decode().split("?>")[1]
    )

    assert parse_call(text.encode(encoding)).arguments == ("é",)


@pytest.mark.parametrize("piece", ["x", "é\n", "&amp;", "<![CDATA[<]]>", "]"])
def test_a_long_text_is_read_whole(piece: str) -> None:
    text = piece.replace("&amp;", "&").replace("<![CDATA[<]]>", "<") * 100_000

    assert read(f"<value><string>{piece * 100_000}</string></value>") == text


def test_the_namespace_of_an_extension_may_be_declared() -> None:
    body = call_of("<value><ex:nil/></value>").replace(b"<methodCall>", b"<methodCall xmlns:ex='urn:ex'>")

    assert parse_call(body).arguments == (None,)


def test_a_call_needs_no_params() -> None:
    for params in ("", "<params/>"):
        call = parse_call(f"<methodCall><methodName> a.b </methodName>{params}</methodCall>".encode())
        assert (call.name, call.arguments) == ("a.b", ())


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol2 "&lol1;&lol1;&lol1;&lol1;&lol1;"><!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;">]>
<methodCall><methodName>&lol3;</methodName></methodCall>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>
<methodCall><methodName>&b;</methodName></methodCall>"""
MANY = "<value><array><data>%s</data></array></value>"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<methodCall>",
        b"<methodCall></methodCall>",
        b"<methodResponse><params/></methodResponse>",
        b"<methodCall><methodName>a</methodName><other/></methodCall>",
        b"<methodCall><methodName>a</methodName><params><value>1</value></params></methodCall>",
        b"<methodCall><methodName>\xff</methodName></methodCall>",
        b"<methodCall><methodName>a\x00</methodName></methodCall>",
        b"<methodCall><methodName>&unknown;</methodName></methodCall>",
        b"<?xml version='1.0' encoding='no-such'?><methodCall><methodName>a</methodName></methodCall>",
        b"<?xml version='1.0' encoding='utf-7'?><methodCall><methodName>a</methodName></methodCall>",
        b"<?xml version='1.0' encoding='shift_jis'?><methodCall><methodName>a</methodName></methodCall>",
        b"<!DOCTYPE a><methodCall><methodName>list_packages</methodName></methodCall>",
        b'<!DOCTYPE a SYSTEM "https://index.example/x"><methodCall><methodName>a</methodName></methodCall>',
        BOMB,
        OUTSIDE,
        b"<a>" * 100_000,
        b"<a " + b" ".join(b"a%d=''" % each for each in range(100_000)) + b"/>",
        b"<a>" + b"".join(b"<b x='' y='' z=''/>" for _ in range(20_000)) + b"</a>",
        b"<a " + b" " * 1_000_000 + b"/>",
        b"<!--" + b"x" * 1_000_000 + b"--><a/>",
        b"<a>" * 1000 + b"</a>" * 1000,
        call_of("<value><array><data>" * 2000),
        call_of(MANY % ("<value/>" * 60_000)),
        call_of("<value><int>five</int></value>"),
        call_of("<value><int>1.0</int></value>"),
        call_of("<value><int>9223372036854775808</int></value>"),
        call_of("<value><int>" + "9" * 10_000 + "</int></value>"),
        call_of("<value><int>\u0665</int></value>"),
        call_of("<value><int/></value>"),
        call_of("<value><boolean>true</boolean></value>"),
        call_of("<value><double>nan</double></value>"),
        call_of("<value><double>1e999</double></value>"),
        call_of("<value><dateTime.iso8601>today</dateTime.iso8601></value>"),
        call_of("<value><base64>***</base64></value>"),
        call_of("<value><nil>x</nil></value>"),
        call_of("<value><unknown/></value>"),
        call_of("<value><int>1</int><int>2</int></value>"),
        call_of("<value>text<int>1</int></value>"),
        call_of("<value><string>a<b/></string></value>"),
        call_of("<value><array/></value>"),
        call_of("<value><array><value/></array></value>"),
        call_of("<value><struct><value/></struct></value>"),
        call_of("<value><struct><member><name>a</name></member></struct></value>"),
        call_of("<value/><value/>"),
        call_of(
            "<value><struct><member><name>a</name><value/></member>"
            "<member><name>a</name><value/></member></struct></value>"
        ),
    ],
    ids=itertools.count(),
)
def test_a_body_that_is_not_a_call_is_a_parse_error(body: bytes) -> None:
    code, text = fault_of(body)

    assert code == -32700
    assert text.startswith("parse error; not well formed: ")
    assert len(text) < 300


def test_a_call_that_was_too_large_to_be_read_is_a_parse_error() -> None:
    answered = XmlRpcEndpoint()(CALLER.index, ANONYMOUS, None, base_url="", site_url="")

    assert isinstance(answered, bytes)
    with pytest.raises(xmlrpc.client.Fault, match="too large"):
        xmlrpc.client.loads(answered)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_answered_with_a_fault(body: bytes) -> None:
    assert fault_of(body)[0] == -32700


def test_an_unknown_method_is_not_found() -> None:
    code, text = fault_of(b"<methodCall><methodName>" + b"x" * 5000 + b"</methodName></methodCall>")

    assert code == -32601
    assert len(text) < 300


def taking(caller: Caller, serial: int, flag: bool = False, names: list[str] | None = None) -> str:
    """Return what came."""
    return f"{serial} {flag} {names}"


@pytest.mark.parametrize(
    ("arguments", "parameter"),
    [
        ((), "serial"),
        (("5",), "serial"),
        ((True,), "serial"),
        ((5.5,), "serial"),
        ((None,), "serial"),
        ((5, 1), "flag"),
        ((5, "yes"), "flag"),
        ((5, True, "a"), "names"),
        ((5, True, ["a", 1]), "names"),
        ((5, True, [], 7), "params"),
    ],
)
def test_arguments_of_wrong_types_are_refused(arguments: tuple[Any, ...], parameter: str) -> None:
    with pytest.raises(Fault) as caught:
        Method.of(taking)(CALLER, arguments)

    assert caught.value.code == -32602
    assert caught.value.text.startswith(f"client error; {parameter}: ")


def test_optional_parameters_may_be_left_out() -> None:
    assert Method.of(taking)(CALLER, [5]) == "5 False None"
    assert Method.of(taking)(CALLER, [5, True, ["a"]]) == "5 True ['a']"


def failing(error: Exception) -> Callable[[Caller], object]:
    def fail(caller: Caller) -> object:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (errors.Invalid("Ask for less."), -32500, "ValueError: Ask for less."),
        (errors.TooMany("Slow down.", retry_after=7), -32500, "HTTPTooManyRequests: .* 7 seconds."),
        (errors.Unavailable("Busy."), -32403, "server error; service unavailable: Busy."),
        (errors.ProjectNotFound("nowhere"), -32500, "RuntimeError: .*nowhere.*"),
    ],
)
def test_an_error_of_the_core_becomes_a_fault(error: errors.PackageIndexError, code: int, text: str) -> None:
    dispatcher = Dispatcher([Method.of(failing(error), "fail")])

    answered = dispatcher.answer(CALLER, parse_call(xmlrpc.client.dumps((), "fail").encode()))

    assert isinstance(answered, bytes)
    with pytest.raises(xmlrpc.client.Fault, match=f"^<Fault {code}: ['\"]{text}['\"]>$"):
        xmlrpc.client.loads(answered)


@pytest.mark.parametrize("error", [errors.Unauthenticated(), errors.NotAllowed("Not you.")])
def test_who_may_not_read_is_not_answered_here(error: Exception) -> None:
    dispatcher = Dispatcher([Method.of(failing(error), "fail")])

    with pytest.raises(type(error)):
        dispatcher.answer(CALLER, parse_call(xmlrpc.client.dumps((), "fail").encode()))


def test_a_failure_is_logged_and_its_fault_reveals_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def items(caller: Caller) -> object:
        yield 1
        raise RuntimeError("a secret detail")

    dispatcher = Dispatcher([Method.of(items)])

    with caplog.at_level(logging.ERROR):
        answered = dispatcher.answer(CALLER, parse_call(xmlrpc.client.dumps((), "items").encode()))

    assert isinstance(answered, bytes)
    assert b"secret" not in answered
    assert b"-32500" in answered
    assert "a secret detail" in caplog.text


def back(value: object) -> Any:
    """Return what Python's client makes of *value*."""
    return xmlrpc.client.loads(answer(value))[0][0]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc &<>\"'é", max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_every_value_comes_back(value: object) -> None:
    assert back(value) == value


@given(st.text())
def test_any_text_can_be_answered(text: str) -> None:
    # Halves of surrogate pairs and control characters have no place in XML.
    assert len(back([text])[0]) <= len(text)


def test_line_ends_come_back_as_they_are() -> None:
    assert back("a\r\nb\rc\nd\te") == "a\r\nb\rc\nd\te"


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\ud800", "\ufffe", "\uffff"])
def test_characters_that_xml_cannot_hold_are_left_out(character: str) -> None:
    assert back(f"a{character}b") == "ab"


@pytest.mark.parametrize(
    ("number", "tag"),
    [(0, b"int"), (2**31 - 1, b"int"), (-(2**31) + 1, b"int"), (2**31, b"i8"), (2**63 - 1, b"i8")],
)
def test_integers_of_more_than_32_bits_have_a_type_of_their_own(number: int, tag: bytes) -> None:
    assert b"<%s>%d</%s>" % (tag, number, tag) in answer(number)
    assert back(number) == number


def test_an_iterator_is_an_array() -> None:
    assert back(iter([1, (2, "a")])) == [1, [2, "a"]]
    assert back(iter([])) == []
    assert back(iter(range(2500))) == [*range(2500)]


def test_a_moment_is_a_date_and_time() -> None:
    assert back(datetime(2026, 3, 1, 12, 0, 5, 999, tzinfo=UTC)) == xmlrpc.client.DateTime(
        "20260301T12:00:05"
    )


def test_a_value_that_xml_rpc_cannot_hold_is_noticed() -> None:
    with pytest.raises(TypeError):
        answer(object())
    assert back(math.pi) == math.pi
