"""A call: what a body asks for."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from pypi_xmlrpc_api.elements import Element, parse_elements
from pypi_xmlrpc_api.faults import unreadable

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_WHITE_SPACE = re.compile(r"\s+")
_LARGEST = 2**63


class MethodCall(msgspec.Struct, frozen=True, kw_only=True):
    """A method and its arguments, as Python has them."""

    name: str
    arguments: tuple[Any, ...]


def parse_call(body: bytes) -> MethodCall:
    """
    Read a body.

    Raises:
        Fault: It is not a call.
    """
    root = parse_elements(body)
    parts = {each.name: each for each in root.children}
    name = parts.get("methodName")
    if root.name != "methodCall" or name is None or not {*parts} <= {"methodName", "params"}:
        raise unreadable("a call is a <methodCall> with a <methodName> and its <params>.")
    params = parts["params"].children if "params" in parts else []
    return MethodCall(name=name.text.strip(), arguments=tuple(_argument(each) for each in params))


def _argument(param: Element) -> Any:
    if param.name != "param" or len(param.children) != 1:
        raise unreadable("each of the <params> is a <param> with one <value>.")
    return _value(param.children[0])


def _value(element: Element) -> Any:
    if element.name != "value" or len(element.children) > 1:
        raise unreadable(f"<{element.name[:60]}> stands where a <value> of one type is expected.")
    if not element.children:
        return element.text
    typed = element.children[0]
    # Both prefixes are those of Apache's extensions.
    read = _READERS.get(typed.name.removeprefix("ex:"))
    if read is None or element.text.strip():
        raise unreadable(f"a <value> has no type <{typed.name[:60]}>, or text beside it.")
    return read(typed)


def _integer(element: Element) -> int:
    text = element.text.strip()
    if not _INTEGER.fullmatch(text) or not -_LARGEST <= int(text) < _LARGEST:
        raise unreadable(f"{text[:60]!r} is not a 64-bit integer.")
    return int(text)


def _boolean(element: Element) -> bool:
    text = element.text.strip()
    if text not in {"0", "1"}:
        raise unreadable(f"{text[:60]!r} is not a boolean: send 0 or 1.")
    return text == "1"


def _double(element: Element) -> int | float:
    text = element.text.strip()
    if _INTEGER.fullmatch(text):
        # aiohttp-xmlrpc sends integers of more than 32 bits like this.
        return _integer(element)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise unreadable(f"{text[:60]!r} is not a number.")
    return number


def _moment(element: Element) -> datetime:
    text = element.text.strip()
    try:
        return datetime.strptime(text, "%Y%m%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise unreadable(f"{text[:60]!r} is not a time such as 20260301T12:00:00.") from error


def _bytes(element: Element) -> bytes:
    try:
        return base64.b64decode(_WHITE_SPACE.sub("", element.text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise unreadable("a <base64> has other characters than it may.") from error


def _nil(element: Element) -> None:
    if element.children or element.text.strip():
        raise unreadable("a <nil> is empty.")


def _array(element: Element) -> list[Any]:
    if len(element.children) != 1 or element.children[0].name != "data":
        raise unreadable("an <array> has one <data>.")
    return [_value(each) for each in element.children[0].children]


def _struct(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for member in element.children:
        if member.name != "member" or [each.name for each in member.children] != ["name", "value"]:
            raise unreadable("a <struct> has members, each with a <name> and a <value>.")
        name = member.children[0].text
        if name in found:
            raise unreadable(f"a <struct> has the member {name[:60]!r} twice.")
        found[name] = _value(member.children[1])
    return found


def _text(element: Element) -> str:
    if element.children:
        raise unreadable("a <string> has elements in it.")
    return element.text


_READERS: Mapping[str, Callable[[Element], Any]] = {
    "int": _integer,
    "i1": _integer,
    "i2": _integer,
    "i4": _integer,
    "i8": _integer,
    "boolean": _boolean,
    "string": _text,
    "double": _double,
    "dateTime.iso8601": _moment,
    "base64": _bytes,
    "nil": _nil,
    "array": _array,
    "struct": _struct,
}
