"""Following every link of a site: in its pages, its JSON and XML, and its redirects."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import msgspec


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """An answer; names of headers are in lower case, redirects are not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Walk(msgspec.Struct, kw_only=True):
    """
    What was found.

    Attributes:
        statuses: The status of every address below the root, by its URL.
        escapes: Links to the root's host that are not below the root, each with where it was found.
        broken: Links that lead to nothing, each with where it was found.
    """

    statuses: dict[str, int]
    escapes: list[tuple[str, str]]
    broken: list[tuple[str, str]]


# A search that can be narrowed and sorted in several ways has more addresses than anybody can ask for.
_QUERIES_OF_A_PATH = 8


def walk_links(fetch: Callable[[str], Fetched], root: str, *starts: str) -> Walk:
    """
    Follow every link from *starts*, which are relative to *root*, a URL that ends with ``/``.

    Of addresses that differ only in their query a few are followed.
    """
    walk = Walk(statuses={}, escapes=[], broken=[])
    queries: Counter[str] = Counter()
    waiting = [(root + each, "start") for each in starts]
    host = urlsplit(root).netloc
    while waiting:
        url, origin = waiting.pop()
        if urlsplit(url).netloc != host or urlsplit(url).scheme not in {"http", "https"}:
            continue
        if not url.startswith(root):
            walk.escapes.append((origin, url))
        elif url not in walk.statuses:
            path, _mark, query = url.partition("?")
            if query:
                queries[path] += 1
                if queries[path] > _QUERIES_OF_A_PATH:
                    continue
            answer = fetch(url)
            walk.statuses[url] = answer.status
            if answer.status >= 400:
                walk.broken.append((origin, url))
            waiting += [(urldefrag(urljoin(url, each)).url, url) for each in _links(answer)]
    return walk


def _links(answer: Fetched) -> Iterator[str]:
    if location := answer.headers.get("location"):
        yield location
    if link := answer.headers.get("link"):
        yield from re.findall(r"<([^>]*)>", link)
    content_type = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status != 200:
        return
    if content_type == "text/html":
        yield from _Links.of(answer.body.decode())
    elif content_type.endswith("json"):
        yield from _json_links("", json.loads(answer.body))
    elif content_type == "text/xml":
        yield from re.findall(r">(https?://[^<]*)<", answer.body.decode())


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def of(cls, page: str) -> list[str]:
        parser = cls()
        parser.feed(page)
        return parser.found

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if name in {"href", "src", "action"} and value]


def _json_links(key: str, value: Any) -> Iterator[str]:
    match value:
        case dict():
            # The examples of a description are of an index that does not exist.
            for name, each in value.items():
                if name == "examples":
                    continue
                yield from _json_links(name, each)
        case list():
            for each in value:
                yield from _json_links(key, each)
        case str() if key in {"url", "href"} or value.startswith(("http://", "https://")):
            yield value
