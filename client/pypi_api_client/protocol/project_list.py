"""The list of all projects, read as it arrives: it may be larger than memory."""

from __future__ import annotations

import codecs
import json
from typing import Any, Protocol

from pypi_api_client.errors import BadAnswer
from pypi_api_client.protocol.html_tokens import HtmlTokenizer, StartTag, Token
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Request, Response
from pypi_api_client.protocol.refusals import refusal_of
from pypi_api_client.protocol.simple import ACCEPT, HTML, JSON, version_warnings

_SPACE = " \t\r\n"
# What is expected, what stands there, and what is expected then.
_PUNCTUATION = {
    ("start", "{"): "key",
    ("key", ","): "key",
    ("key", "}"): "end",
    ("colon", ":"): "value",
    ("open", "["): "item",
    ("item", ","): "item",
    ("item", "]"): "key",
}
# What is not the list itself, and one entry of it.
_LARGEST_VALUE = 1024 * 1024
# A shorter rest is looked through again whenever something arrives, a longer one when it has doubled.
_SHORT = 1024


class _Reader(Protocol):
    def feed(self, text: str) -> list[str]: ...

    def finish(self) -> list[str]: ...


class ProjectList:
    """
    Reads the names of projects out of the list's bytes, in JSON or HTML (PEP 503, 691).

    Names are as the index spells them.
    """

    def __init__(self, index: KnownIndex) -> None:
        self._index = index
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._reader: _Reader | None = None

    def request(self) -> Exchange[Response]:
        """
        Ask for the list; its body is to be fed to this object.

        Raises:
            Refused: The index refused.
            BadAnswer: The answer is no list of projects.
        """
        response = yield Request(method="GET", url=self._index.simple, headers={"Accept": ACCEPT})
        if response.status != 200:
            raise refusal_of(response)
        if response.media_type == JSON:
            self._reader = _JsonReader(self._index, response.url)
        elif response.media_type in {HTML, "text/html"}:
            self._reader = _HtmlReader(self._index, response.url)
        else:
            raise BadAnswer(f"The answer of {response.url} is {response.media_type!r}, no list of projects.")
        return response

    def feed(self, chunk: bytes) -> list[str]:
        """
        Take in the next bytes and return the names that are complete.

        Raises:
            BadAnswer: They are no list of projects, or one of a newer major version.
        """
        return self._reader.feed(self._decoder.decode(chunk)) if self._reader else []

    def finish(self) -> list[str]:
        """
        Return the names that are left at the end of the list.

        Raises:
            BadAnswer: It was not the end.
        """
        return self._reader.finish() if self._reader else []


class _JsonReader:
    """Takes the members of one object one by one, and those of its array ``projects`` too."""

    def __init__(self, index: KnownIndex, url: str) -> None:
        self._index = index
        self._url = url
        self._text = ""
        self._pieces: list[str] = []
        self._arrived = 0
        self._decode = json.JSONDecoder().raw_decode
        self._state = "start"
        self._key = ""
        self._has_projects = False

    def feed(self, text: str) -> list[str]:
        self._pieces.append(text)
        self._arrived += len(text)
        if len(self._text) >= _SHORT and self._arrived < len(self._text):
            # Otherwise a long value in many pieces would be begun anew with each.
            return []
        return self._names()

    def _names(self) -> list[str]:
        self._text = "".join((self._text, *self._pieces))
        self._pieces.clear()
        self._arrived = 0
        names: list[str] = []
        position = 0
        while (end := self._take(position, names)) is not None:
            position = end
        self._text = self._text[position:]
        if len(self._text) > _LARGEST_VALUE:
            raise self._bad()
        return names

    def finish(self) -> list[str]:
        names = self._names()
        if self._state != "end" or not self._has_projects:
            raise self._bad()
        return names

    def _take(self, position: int, names: list[str]) -> int | None:
        """Take one token at *position*; return where it ends, or ``None`` if more is needed."""
        while self._text[position : position + 1] in _SPACE:
            if position >= len(self._text):
                return None
            position += 1
        character = self._text[position]
        following = _PUNCTUATION.get((self._state, character))
        if following is None:
            if self._state in {"start", "colon", "open", "end"}:
                raise self._bad()
            return self._value(position, names)
        if following == "value" and self._key == "projects":
            following, self._has_projects = "open", True
        self._state = following
        return position + 1

    def _value(self, position: int, names: list[str]) -> int | None:
        try:
            value, end = self._decode(self._text, position)
        except (ValueError, RecursionError):
            # Not complete, or too deep, or a number of thousands of digits.
            return None
        if end == len(self._text):
            # A number could go on in the next chunk.
            return None
        self._keep(value, names)
        return end

    def _keep(self, value: Any, names: list[str]) -> None:
        if self._state == "item":
            if isinstance(value, dict) and isinstance(value.get("name"), str):
                names.append(value["name"])
        elif self._state == "key":
            if not isinstance(value, str):
                raise self._bad()
            self._key, self._state = value, "colon"
        else:
            if self._key == "meta" and isinstance(value, dict):
                version_warnings(self._index, str(value.get("api-version", "1.0")), self._url)
            self._state = "key"

    def _bad(self) -> BadAnswer:
        return BadAnswer(f"The answer of {self._url} is no list of projects in JSON, or is cut off.")


class _HtmlReader:
    def __init__(self, index: KnownIndex, url: str) -> None:
        self._index = index
        self._url = url
        self._tokenizer = HtmlTokenizer()
        self._link: list[str] | None = None
        self._length = 0

    def feed(self, text: str) -> list[str]:
        names = [name for each in self._tokenizer.feed(text) if (name := self._take(each))]
        if self._tokenizer.pending > _LARGEST_VALUE:
            raise self._bad()
        return names

    def finish(self) -> list[str]:
        return [name for each in self._tokenizer.close() if (name := self._take(each))]

    def _take(self, token: Token) -> str:
        """Take in a token; return the name that ends with it, if one does."""
        if isinstance(token, str):
            if self._link is not None:
                self._link.append(token)
                self._length += len(token)
                if self._length > _LARGEST_VALUE:
                    raise self._bad()
        elif isinstance(token, StartTag):
            if token.name == "meta" and token.attributes.get("name") == "pypi:repository-version":
                version_warnings(self._index, token.attributes.get("content") or "", self._url)
            elif token.name == "a" and token.attributes.get("href"):
                self._link, self._length = [], 0
        elif token.name == "a" and self._link is not None:
            name, self._link = "".join(self._link).strip(), None
            return name
        return ""

    def _bad(self) -> BadAnswer:
        return BadAnswer(f"The answer of {self._url} is not a list of projects in HTML.")
