"""A call: what a body asks for."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

from pypi_xmlrpc_api.elements import own_text, parse_elements
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
    parts = {each.tag: each for each in root}
    name = parts.get("methodName")
    if root.tag != "methodCall" or name is None or not {*parts} <= {"methodName", "params"}:
        raise unreadable("a call is a <methodCall> with a <methodName> and its <params>.")
    return MethodCall(name=own_text(name).strip(), arguments=tuple(map(_argument, parts.get("params", ()))))


def _argument(param: ET.Element) -> Any:
    if param.tag != "param" or len(param) != 1:
        raise unreadable("each of the <params> is a <param> with one <value>.")
    return _value(param[0])


def _value(element: ET.Element) -> Any:
    if element.tag != "value" or len(element) > 1:
        raise unreadable(f"<{element.tag[:60]}> stands where a <value> of one type is expected.")
    if not len(element):
        return own_text(element)
    typed = element[0]
    # Both prefixes are those of Apache's extensions.
    read = _READERS.get(typed.tag.removeprefix("ex:"))
    if read is None or own_text(element).strip():
        raise unreadable(f"a <value> has no type <{typed.tag[:60]}>, or text beside it.")
    return read(typed)


def _integer(element: ET.Element) -> int:
    text = own_text(element).strip()
    if not _INTEGER.fullmatch(text) or not -_LARGEST <= int(text) < _LARGEST:
        raise unreadable(f"{text[:60]!r} is not a 64-bit integer.")
    return int(text)


def _boolean(element: ET.Element) -> bool:
    text = own_text(element).strip()
    if text not in {"0", "1"}:
        raise unreadable(f"{text[:60]!r} is not a boolean: send 0 or 1.")
    return text == "1"


def _double(element: ET.Element) -> int | float:
    text = own_text(element).strip()
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


def _moment(element: ET.Element) -> datetime:
    text = own_text(element).strip()
    try:
        return datetime.strptime(text, "%Y%m%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise unreadable(f"{text[:60]!r} is not a time such as 20260301T12:00:00.") from error


def _bytes(element: ET.Element) -> bytes:
    try:
        return base64.b64decode(_WHITE_SPACE.sub("", own_text(element)), validate=True)
    except (binascii.Error, ValueError) as error:
        raise unreadable("a <base64> has other characters than it may.") from error


def _nil(element: ET.Element) -> None:
    if len(element) or own_text(element).strip():
        raise unreadable("a <nil> is empty.")


def _array(element: ET.Element) -> list[Any]:
    if len(element) != 1 or element[0].tag != "data":
        raise unreadable("an <array> has one <data>.")
    return [_value(each) for each in element[0]]


def _struct(element: ET.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for member in element:
        if member.tag != "member" or [each.tag for each in member] != ["name", "value"]:
            raise unreadable("a <struct> has members, each with a <name> and a <value>.")
        name = own_text(member[0])
        if name in found:
            raise unreadable(f"a <struct> has the member {name[:60]!r} twice.")
        found[name] = _value(member[1])
    return found


def _text(element: ET.Element) -> str:
    if len(element):
        raise unreadable("a <string> has elements in it.")
    return own_text(element)


_READERS: Mapping[str, Callable[[ET.Element], Any]] = {
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
