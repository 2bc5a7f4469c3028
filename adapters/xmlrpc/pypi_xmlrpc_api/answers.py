"""Answers as XML: what methods return, written as every client reads it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence, Sized
from datetime import datetime
from typing import Final

import msgspec

from pypi_xmlrpc_api.faults import Fault

_DOCUMENT: Final = b"<?xml version='1.0' encoding='UTF-8'?>\n<methodResponse>\n%s\n</methodResponse>\n"
_RESULT: Final = _DOCUMENT % b"<params>\n<param><value>%s</value></param>\n</params>"
_FAULT: Final = _DOCUMENT % b"<fault><value>%s</value></fault>"
OPENING, CLOSING = _RESULT.split(b"%s")
"""What stands around the value of an answer."""

# XML 1.0, 2.2: these cannot be written, not even by a reference.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_AT_ONCE = 1000
_INT_BITS = 31


class Marshalled(msgspec.Struct, frozen=True):
    """A value that is XML already, of so many *entries* if it is a list."""

    xml: bytes
    entries: int = 1


Value = object
"""
What can be written: None, bool, int, float, str, a moment in UTC, a mapping or sequence of such; and, not
inside of another, an iterator of such or `Marshalled`.
"""


def answer(value: Value) -> bytes:
    """Return the answer of a method that returned *value*."""
    return OPENING + marshalled(value).xml + CLOSING


def fault_answer(fault: Fault) -> bytes:
    """Return the answer to a call that failed."""
    return _FAULT % marshalled(fault_value(fault)).xml


def fault_value(fault: Fault) -> Mapping[str, int | str]:
    """Return a fault as a struct."""
    return {"faultCode": fault.code, "faultString": fault.text}


def marshalled(value: Value) -> Marshalled:
    """
    Return a value as XML, without the ``<value>`` around it.

    An iterator is a list that is not held as a whole.
    """
    if isinstance(value, Marshalled):
        return value
    if not isinstance(value, Iterator):
        entries = len(value) if isinstance(value, Sized) and not isinstance(value, str) else 1
        return Marshalled(_xml(value).encode(), entries)
    pieces, entries = [b"<array><data>"], 0
    while some := list(itertools.islice(value, _AT_ONCE)):
        pieces.append("".join([f"<value>{_xml(each)}</value>\n" for each in some]).encode())
        entries += len(some)
    return Marshalled(b"".join([*pieces, b"</data></array>"]), entries)


def text_of(text: str) -> str:
    """Return *text* as it may stand in an element; what XML cannot hold is left out."""
    if not (text.isascii() and text.isprintable()):
        # A bare carriage return would be read as a line feed.
        text = _ILLEGAL.sub("", text)
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def integer(number: int) -> str:
    """Return an integer; what has more than 32 bits needs a type of its own, which most clients know."""
    tag = "int" if number.bit_length() <= _INT_BITS else "i8"
    return f"<{tag}>{number}</{tag}>"


def _xml(value: Value) -> str:
    if isinstance(value, str):
        return f"<string>{text_of(value)}</string>"
    if value is None:
        return "<nil/>"
    if isinstance(value, bool):
        return f"<boolean>{value:d}</boolean>"
    if isinstance(value, int):
        return integer(value)
    if isinstance(value, float):
        return f"<double>{value!r}</double>"
    if isinstance(value, datetime):
        return f"<dateTime.iso8601>{value:%Y%m%dT%H:%M:%S}</dateTime.iso8601>"
    if isinstance(value, Mapping):
        members = [
            f"<member><name>{text_of(name)}</name><value>{_xml(each)}</value></member>\n"
            for name, each in value.items()
        ]
        return f"<struct>{''.join(members)}</struct>"
    if isinstance(value, Sequence):
        return f"<array><data>{''.join([f'<value>{_xml(each)}</value>' for each in value])}</data></array>"
    raise TypeError(f"{type(value).__name__} is not a type of XML-RPC")
