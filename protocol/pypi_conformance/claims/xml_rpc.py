"""XML-RPC, for legacy clients of pip search and for mirrors."""

from __future__ import annotations

import xmlrpc.client
from typing import Any
from xml.parsers.expat import ExpatError

import httpx
from packaging.utils import canonicalize_name

from pypi_conformance.pages import offered
from pypi_conformance.registry import Claims, Level, NotChecked
from pypi_conformance.subject import Subject, media_type

claim = Claims(Level.XML_RPC)

_PLACES = ("pypi", "RPC2")
_NO_METHOD, _INVALID_PARAMS, _PARSE_ERROR = -32601, -32602, -32700
_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "listMethods"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    b"<methodCall><methodName>system.&b;</methodName><params/></methodCall>"
)


def is_offered(index: Subject) -> bool:
    """Return whether one of the usual places answers the one call that all servers know, or any other."""
    return _place(index) is not None


def _place(index: Subject) -> str | None:
    given = index.options.xmlrpc_url
    for place in (given,) if given else _PLACES:
        for method, arguments in (("system.listMethods", ()), ("search", ({"name": "conformance"},))):
            try:
                _parsed(_post(index, _encoded(method, *arguments), place))
            except xmlrpc.client.Fault:
                return place
            except AssertionError:
                continue
            return place
    return None


def _encoded(method: str, *arguments: Any) -> bytes:
    return xmlrpc.client.dumps(arguments, method, allow_none=True).encode()


def _post(index: Subject, body: bytes, place: str | None = None) -> httpx.Response:
    place = place or _place(index)
    return index.send("POST", index.url(place or _PLACES[0]), {"Content-Type": "text/xml"}, body)


def _parsed(response: httpx.Response) -> Any:
    assert response.status_code == 200, f"HTTP answers {response.status_code}."
    try:
        found = xmlrpc.client.loads(response.content, use_builtin_types=True)[0]
    except xmlrpc.client.Fault:
        raise
    except (ExpatError, xmlrpc.client.Error, ValueError, IndexError, TypeError) as error:
        raise AssertionError(f"The answer is not XML-RPC: {response.text[:60]!r} ({error}).") from error
    assert len(found) == 1, f"The answer has {len(found)} values."
    return found[0]


def _call(index: Subject, method: str, *arguments: Any) -> Any:
    """
    Call a method that an index may not have.

    Raises:
        AssertionError: It has not.
    """
    try:
        return _parsed(_post(index, _encoded(method, *arguments)))
    except xmlrpc.client.Fault as fault:
        raise AssertionError(
            f"{method} is answered with the fault {fault.faultCode}: {fault.faultString}"
        ) from fault


def _fault(index: Subject, body: bytes) -> xmlrpc.client.Fault:
    try:
        found = _parsed(_post(index, body))
    except xmlrpc.client.Fault as fault:
        return fault
    raise AssertionError(f"It is answered with {str(found)[:60]!r}, not with a fault.")


def _has(index: Subject, method: str) -> None:
    try:
        _parsed(_post(index, _encoded(method, 0)))
    except xmlrpc.client.Fault as fault:
        offered(fault.faultCode != _NO_METHOD, f"There is no {method}.")
    except AssertionError as error:
        offered(None, f"There is no {method}: {error}")


@claim.must("content-type", "XML-RPC", "Answers are `text/xml`")
def test_content_type(index: Subject) -> None:
    found = media_type(_post(index, _encoded("search", {"name": "conformance"})))
    assert found == "text/xml", f"They are {found}."


@claim.must("no-method", "XML-RPC", "A method that is not there is a fault")
def test_no_method(index: Subject) -> None:
    _fault(index, _encoded("no_such_method"))


@claim.should(
    "fault-codes",
    "this project",
    "Faults are numbered: -32601 unknown method, -32602 wrong arguments, -32700 not XML",
)
def test_fault_codes(index: Subject) -> None:
    for body, wanted in (
        (_encoded("no_such_method"), _NO_METHOD),
        (_encoded("changelog_since_serial", "five"), _INVALID_PARAMS),
        (_encoded("changelog_since_serial"), _INVALID_PARAMS),
        (b"<methodCall><oops", _PARSE_ERROR),
    ):
        found = _fault(index, body).faultCode
        assert found == wanted, f"One is {found}, not {wanted}."


@claim.must("not-well-formed", "XML-RPC", "A body that is not XML, or not a call, is a fault")
def test_not_well_formed(index: Subject) -> None:
    for body in (b"<methodCall><oops", b"", b"no XML", b"<a/>", b"<methodCall/>"):
        _fault(index, body)


@claim.should("largest-call", "this project", "A call of 10 MiB is read")
def test_largest_call(index: Subject) -> None:
    call = _encoded("system.listMethods")
    response = _post(index, call + b" " * (10 * 1024 * 1024 - len(call)))
    assert response.status_code == 200, f"HTTP answers {response.status_code}."
    assert b"<fault>" not in response.content, "It is a fault."


@claim.must("entities", "this project", "A document type with entities is refused, not followed")
def test_entities(index: Subject) -> None:
    response = _post(index, _BOMB)
    assert response.status_code < 500, f"HTTP answers {response.status_code}."
    if response.status_code == 200:
        _fault(index, _BOMB)


@claim.should("list-methods", "XML-RPC introspection", "`system.listMethods` names the methods")
def test_list_methods(index: Subject) -> None:
    found = _call(index, "system.listMethods")
    assert isinstance(found, list) and "system.listMethods" in found, f"It returns {found!r}."


@claim.should("search", "clients (pip search)", "`search` returns name, version and summary of each hit")
def test_search(index: Subject) -> None:
    found = _call(index, "search", {"name": ["conformance"], "summary": ["conformance"]}, "or")
    assert isinstance(found, list), f"It returns {found!r}."
    for each in found:
        assert {"name", "version", "summary"} <= {*each}, f"A hit is {each!r}."


@claim.should(
    "list-packages", "clients (mirrors)", "`list_packages_with_serial` returns a serial for each project"
)
def test_list_packages(index: Subject) -> None:
    found = _call(index, "list_packages_with_serial")
    assert isinstance(found, dict), f"It returns {type(found).__name__}."
    assert all(type(each) is int for each in found.values()), "A serial is not an integer."
    try:
        sample = index.sample
    except NotChecked:
        return
    assert sample in {str(canonicalize_name(each)) for each in found}, f"{sample} is not there."


@claim.should("last-serial", "clients (mirrors)", "`changelog_last_serial` returns an integer")
def test_last_serial(index: Subject) -> None:
    found = _call(index, "changelog_last_serial")
    assert type(found) is int, f"It returns {found!r}."


@claim.must(
    "changelog", "clients (mirrors)", "`changelog_since_serial` returns changes in the order of their serials"
)
def test_changelog(index: Subject) -> None:
    _has(index, "changelog_since_serial")
    last = _call(index, "changelog_last_serial")
    found = _call(index, "changelog_since_serial", max(0, last - 1000))
    assert isinstance(found, list), f"It returns {type(found).__name__}."
    assert all(len(each) == 5 for each in found), "An entry has not five values."
    serials = [each[4] for each in found]
    assert serials == sorted(serials), "The serials do not ascend."
    assert all(serial > last - 1000 for serial in serials), "There are changes from before."


@claim.must(
    "changelog-resumes",
    "clients (mirrors)",
    "A reader that asks from a serial on gets exactly what came after it",
)
def test_changelog_resumes(index: Subject) -> None:
    _has(index, "changelog_since_serial")
    last = _call(index, "changelog_last_serial")
    since = max(0, last - 50)
    found = _call(index, "changelog_since_serial", since)
    if not found:
        raise NotChecked("There are no changes yet.")
    middle = found[len(found) // 2][4]
    rest = [each for each in _call(index, "changelog_since_serial", middle) if each[4] <= found[-1][4]]
    assert rest == [each for each in found if each[4] > middle], "Something is missing, or there twice."


@claim.must("release-urls", "clients (mirrors)", "`release_urls` has the URL and the digest of each file")
def test_release_urls(index: Subject) -> None:
    _has(index, "release_urls")
    file = index.files[0]
    version = file.filename.removesuffix(".tar.gz").split("-")[1]
    urls = _call(index, "release_urls", index.sample, version)
    for each in urls:
        assert {"filename", "url", "md5_digest", "size", "packagetype"} <= {*each}, f"One is {each!r}."
    assert file.filename in {each["filename"] for each in urls}, f"{file.filename} is not there."


@claim.should(
    "multicall",
    "XML-RPC introspection",
    "`system.multicall` answers each call; one that fails is a fault among results",
)
def test_multicall(index: Subject) -> None:
    calls = [
        {"methodName": "changelog_last_serial", "params": []},
        {"methodName": "no_such_method", "params": []},
    ]
    found = _call(index, "system.multicall", calls)
    assert len(found) == 2 and isinstance(found[0], list), f"It returns {found!r}."
    assert isinstance(found[1], dict) and "faultCode" in found[1], f"The second is {found[1]!r}."
