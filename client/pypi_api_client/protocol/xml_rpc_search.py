"""The search of legacy indexes: XML-RPC's ``search``, as ``pip search`` calls it."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.parsers.expat import ExpatError

from packaging.utils import canonicalize_name
from packaging.version import Version

from pypi_api_client.errors import NotSpoken
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Login, Request, Response, printable
from pypi_api_client.protocol.refusals import refusal_of
from pypi_protocol.records.search import FieldName, Hit, SearchPage

_LARGEST = 16 * 1024 * 1024
_MOST_TAGS = 1_000_000


def search_by_xml_rpc(
    index: KnownIndex,
    words: str,
    *,
    fields: Mapping[FieldName, str],
    by_name: bool,
    cursor: str | None,
    limit: int,
) -> Exchange[SearchPage]:
    """
    Find projects by words in name or summary, and by words in single fields.

    The index has no pages: it is asked again for each, and *cursor* is where in its answer the page begins.

    Raises:
        NotSpoken: The index has no such search.
        CredentialsRefused: It wants to know who is asking.
    """
    found = yield from _asked(index, words, fields)
    hits = [each for each in _projects(found) if _has_words(each, words)]
    if by_name:
        hits.sort(key=lambda each: each.name)
    begin = int(cursor) if cursor and cursor.isdecimal() else 0
    end = begin + limit
    return SearchPage(hits=tuple(hits[begin:end]), next=str(end) if len(hits) > end else None)


def _asked(index: KnownIndex, words: str, fields: Mapping[FieldName, str]) -> Exchange[list[Any]]:
    """Call ``search`` where the index has it: there is no agreement on the URL."""
    spec: dict[str, list[str]] = {name: text.split() for name, text in fields.items()} or dict.fromkeys(
        ("name", "summary"), words.split()
    )
    body = xmlrpc.client.dumps((spec, "and" if fields else "or"), "search", encoding="utf-8").encode()
    urls = (index.xml_rpc,) if index.xml_rpc else (index.address.join("RPC2"), index.address.join("pypi"))
    for url in (*urls, index.address.root):
        response = yield Request(
            method="POST",
            url=url,
            headers={"Content-Type": "text/xml"},
            body=body,
            largest=_LARGEST,
            login=Login.IF_ASKED,
        )
        if response.status == 401:
            raise refusal_of(response)
        found = _read(response)
        if found is not None:
            index.xml_rpc = url
            return found
    raise NotSpoken(
        f"The index at {index.address.root} cannot be searched by a program: it speaks neither JSON-RPC nor "
        "XML-RPC. Search on its web pages."
    )


def _read(response: Response) -> list[Any] | None:
    """
    Return the hits, or ``None`` where this is not an answer of XML-RPC.

    Raises:
        NotSpoken: The index says that it has no search any more.
    """
    # Not by the content type: pypiserver's is text/html.
    if response.status != 200 or not response.body.lstrip().startswith(b"<?xml"):
        return None
    # A document type declares entities, which XML-RPC has no use for; values take much memory.
    if b"<!DOCTYPE" in response.body or response.body.count(b"<") > _MOST_TAGS:
        return None
    try:
        (found,), _method = xmlrpc.client.loads(response.body)
    except xmlrpc.client.Fault as fault:
        raise NotSpoken(f"The index cannot be searched: {printable(str(fault.faultString))}") from fault
    except (
        ArithmeticError,
        AttributeError,
        ExpatError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
        xmlrpc.client.Error,
    ):
        return None
    return found if isinstance(found, list) else None


def _projects(found: Iterable[Any]) -> Iterator[Hit]:
    """Yield a hit for each project, by its highest version: some indexes send one for each version."""
    newest: dict[str, Hit] = {}
    for each in found:
        name, version = (each.get("name"), each.get("version")) if isinstance(each, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(version, str):
            continue
        summary = each.get("summary")
        hit = Hit(
            name=canonicalize_name(name),
            display_name=name,
            version=version,
            # Where pypiserver has no summary it says the version once more.
            summary=summary if isinstance(summary, str) and summary != version else "",
            updated=None,
        )
        before = newest.get(hit.name)
        if before is None or _order(hit) > _order(before):
            newest[hit.name] = hit
    yield from newest.values()


def _order(hit: Hit) -> tuple[bool, Version]:
    try:
        version = Version(hit.version)
    except ValueError:
        return False, Version("0")
    return not version.is_prerelease, version


def _has_words(hit: Hit, words: str) -> bool:
    """Check a hit against all words: the index was asked for any of them."""
    text = f"{hit.name} {hit.display_name} {hit.summary}".lower()
    return all(each.lower() in text for each in words.split())
