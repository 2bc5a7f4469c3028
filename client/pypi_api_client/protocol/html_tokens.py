"""
The tags and the text of an HTML page, in one pass over it.

Pages of indexes are plain: links and ``meta`` elements.  Whatever else a page has, each of its characters
is looked at a fixed number of times, which Python's own parser does not promise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

# Attributes that pages of indexes use; none of the others is kept, however many there are.
_WANTED = frozenset(
    {
        "content",
        "data-core-metadata",
        "data-dist-info-metadata",
        "data-provenance",
        "data-requires-python",
        "data-yanked",
        "href",
        "name",
    }
)
_NAME = re.compile(r"[A-Za-z][^\s/>]*")
_ATTRIBUTE = re.compile(r"[\s/]*([^\s/>][^\s/>=]*)(?:\s*(=)\s*)?")
_UNQUOTED = re.compile(r"[^\s>]*")
_TAG_END = re.compile(r"[\s/]*>")
# Their content is not HTML (HTML, 13.2.5).
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title")
}


class StartTag(NamedTuple):
    """A start tag with those of its attributes that indexes use."""

    name: str
    attributes: dict[str, str | None]


class EndTag(NamedTuple):
    """An end tag."""

    name: str


Token = StartTag | EndTag | str
"""A tag, or text with its character references resolved."""


def tokens(page: str) -> Iterator[Token]:
    """Yield the tokens of a page; a tag that is not complete is not a tag."""
    position = 0
    while position < len(page):
        start = page.find("<", position)
        if start != position:
            yield _unescaped(page[position : start if start >= 0 else None])
        if start < 0:
            return
        token, position = _markup(page, start)
        if position < 0:
            return
        if token is not None:
            yield token
        if isinstance(token, StartTag) and (raw := _RAW.get(token.name)):
            found = raw.search(page, position)
            if found is None:
                return
            position = found.start()


def _markup(text: str, start: int) -> tuple[Token | None, int]:
    """Return the token that begins with ``<`` at *start*, and where it ends; -1 if its end is not there."""
    following = text[start + 1 : start + 2]
    if not following:
        return None, -1
    if text.startswith("<!--", start):
        end = text.find("-->", start + 2)
        return None, end + 3 if end >= 0 else -1
    if following in "!?":
        return None, text.find(">", start) + 1 or -1
    if following == "/":
        end = text.find(">", start)
        name = _NAME.match(text, start + 2)
        return (EndTag(name[0].lower()) if name else None), end + 1 if end >= 0 else -1
    name = _NAME.match(text, start + 1)
    if name is None:
        return "<", start + 1
    attributes: dict[str, str | None] = {}
    end = _attributes(text, name.end(), attributes)
    return StartTag(name[0].lower(), attributes), end


def _attributes(text: str, position: int, attributes: dict[str, str | None]) -> int:
    """Take in the attributes of a tag; return where it ends, -1 if its end is not there."""
    while True:
        if found := _TAG_END.match(text, position):
            return found.end()
        found = _ATTRIBUTE.match(text, position)
        if found is None:
            return -1
        position = found.end()
        value: str | None = None
        if found[2]:
            quote = text[position : position + 1]
            if quote and quote in "\"'":
                end = text.find(quote, position + 1)
                if end < 0:
                    return -1
                value, position = text[position + 1 : end], end + 1
            else:
                unquoted = _UNQUOTED.match(text, position)
                value = unquoted[0] if unquoted else ""
                position += len(value)
        # Of two attributes of one name the first holds (HTML, 13.2.5.33).
        if (name := found[1].lower()) in _WANTED:
            attributes.setdefault(name, None if value is None else _unescaped(value))


def _unescaped(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:
        # A character reference of thousands of digits.
        return text
