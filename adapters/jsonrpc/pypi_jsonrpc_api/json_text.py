"""JSON as it may arrive from anywhere: read strictly, or refused."""

from __future__ import annotations

import json
from typing import Any, NoReturn

_DEEPEST = 64


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
    _check_inside(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Unreadable("An object has the same name twice: send each once.")
        found[name] = value
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise Unreadable(f"{text} is no JSON: send null or a string.")


def _check_inside(value: object) -> None:
    """Look at every value, level by level, as recursion would have an end of its own."""
    level, depth = [value], 0
    while level:
        if any(isinstance(each, str) and not _can_be_sent(each) for each in level):
            raise Unreadable("A string has half of a surrogate pair: send valid Unicode.")
        depth += any(isinstance(each, dict | list) for each in level)
        if depth > _DEEPEST:
            raise Unreadable(_TOO_DEEP)
        level = [inner for each in level for inner in _inner(each)]


def _inner(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def _can_be_sent(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_TOO_DEEP = f"Arrays and objects are nested too deeply: at most {_DEEPEST} levels are read."
