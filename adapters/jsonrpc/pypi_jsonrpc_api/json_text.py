"""JSON as it may arrive from anywhere: read strictly, or refused."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

_DEEPEST = 64
_CONTAINERS: Final = (dict, list)
# UTF-8 has none: halves of surrogate pairs can only be escaped.
_ESCAPED_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


class Unreadable(Exception):
    """The body is no JSON that two readers would understand alike; the message tells why, or is empty."""


def parse_json(body: bytes) -> Any:
    """
    Read a body.

    Refused are, beyond what is no JSON at all: names that stand twice in an object, NaN and Infinity,
    anything but UTF-8, halves of surrogate pairs, and more than 64 levels of arrays and objects.

    Raises:
        Unreadable: It breaks one of these rules.
    """
    try:
        text = body.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise Unreadable("The request is not valid UTF-8.") from None
    except RecursionError:
        raise Unreadable(_TOO_DEEP) from None
    except ValueError:
        # No JSON, or a number of more digits than Python converts.
        raise Unreadable from None
    if _ESCAPED_HALF.search(body):
        _check_strings(value)
    # Most bodies have fewer brackets than that, and counting them costs nothing.
    if body.count(b"[") + body.count(b"{") > _DEEPEST:
        _check_depth(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Unreadable("An object has the same name twice: send each once.")
        found[name] = value
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise Unreadable(f"{text} is not JSON: send null or a string.")


def _check_strings(value: object) -> None:
    """Look at every string, level by level, as recursion would have an end of its own."""
    level = [value]
    while level:
        if any(isinstance(each, str) and not _can_be_sent(each) for each in level):
            raise Unreadable("A string has half of a surrogate pair: send valid Unicode.")
        level = [inner for each in level if isinstance(each, _CONTAINERS) for inner in _inner(each)]


def _check_depth(value: object) -> None:
    """Look at every array and object, level by level."""
    level, depth = [value], 0
    while level := [each for each in level if isinstance(each, _CONTAINERS)]:
        depth += 1
        if depth > _DEEPEST:
            raise Unreadable(_TOO_DEEP)
        level = [inner for each in level for inner in _inner(each)]


def _inner(value: dict[object, object] | list[object]) -> list[object]:
    return [*value, *value.values()] if isinstance(value, dict) else value


def _can_be_sent(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_TOO_DEEP = f"Arrays and objects are nested too deeply: at most {_DEEPEST} levels are read."
