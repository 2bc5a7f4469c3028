"""Pages of the Simple API as they are, faults included."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import msgspec

from pypi_conformance.registry import NotOffered

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPE = "application/vnd.pypi.simple.v1+html"
HTML_TYPES = frozenset({HTML_TYPE, "text/html"})


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """A link; ``source`` is its start tag as it was written, ``url`` absolute and with its fragment."""

    attributes: dict[str, str | None]
    source: str
    text: str
    url: str


class HtmlPage(msgspec.Struct, frozen=True, kw_only=True):
    """What an HTML page says."""

    declaration: str
    metas: dict[str, str]
    anchors: tuple[Anchor, ...]
    text: str


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """
    A file as a page lists it, in either form.

    ``metadata`` is ``None`` without core metadata, and otherwise their digests, of which there
    may be none; ``yanked`` is ``None`` or the reason, which may be empty.
    """

    filename: str
    url: str
    hashes: dict[str, str]
    requires_python: str | None
    yanked: str | None
    metadata: dict[str, str] | None
    size: int | None = None

    @property
    def is_wheel(self) -> bool:
        """Tell wheels from all other files."""
        return self.filename.endswith(".whl")


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = url
        self._open: tuple[dict[str, str | None], str] | None = None
        self._text = ""
        self.declaration = ""
        self.metas: dict[str, str] = {}
        self.anchors: list[Anchor] = []

    def handle_decl(self, decl: str) -> None:
        self.declaration = self.declaration or decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "base":
            self._base = urljoin(self._base, attributes.get("href") or "")
        elif tag == "meta" and attributes.get("name"):
            self.metas[attributes["name"] or ""] = attributes.get("content") or ""
        elif tag == "a":
            self._open, self._text = (attributes, self.get_starttag_text() or ""), ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open is not None:
            (attributes, source), self._open = self._open, None
            url = urljoin(self._base, (attributes.get("href") or "").strip())
            self.anchors.append(
                Anchor(attributes=attributes, source=source, text=self._text.strip(), url=url)
            )


def read_html(text: str, url: str) -> HtmlPage:
    """Read a page found at *url*."""
    reader = _Reader(url)
    reader.feed(text)
    reader.close()
    return HtmlPage(
        declaration=reader.declaration, metas=reader.metas, anchors=tuple(reader.anchors), text=text
    )


def listed_in_html(page: HtmlPage) -> list[Listed]:
    """Return the files that a project's page links to."""
    return [_from_anchor(each) for each in page.anchors if "href" in each.attributes]


def _from_anchor(anchor: Anchor) -> Listed:
    url, _, fragment = anchor.url.partition("#")
    attributes = anchor.attributes
    metadata = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata"))
    digest = re.fullmatch(r"(\w+)=([0-9a-fA-F]+)", fragment)
    return Listed(
        filename=anchor.text,
        url=url,
        hashes={digest[1]: digest[2]} if digest else {},
        requires_python=attributes.get("data-requires-python") or None,
        yanked=(attributes["data-yanked"] or "") if "data-yanked" in attributes else None,
        metadata=_metadata(metadata),
    )


def _metadata(value: str | None) -> dict[str, str] | None:
    if not value or value == "false":
        return None
    name, equals, digest = value.partition("=")
    return {name: digest} if equals else {}


def listed_in_json(page: dict[str, Any], url: str) -> list[Listed]:
    """Return the files of a project's page found at *url*."""
    return [_from_json(each, url) for each in page.get("files", ())]


def _from_json(file: dict[str, Any], url: str) -> Listed:
    metadata, yanked = file.get("core-metadata"), file.get("yanked")
    hashes = file.get("hashes")
    return Listed(
        filename=str(file.get("filename")),
        url=urljoin(url, str(file.get("url"))).partition("#")[0],
        hashes=hashes if isinstance(hashes, dict) else {},
        requires_python=file.get("requires-python") or None,
        yanked=(yanked if isinstance(yanked, str) else "") if yanked else None,
        metadata=(metadata if isinstance(metadata, dict) else {}) if metadata else None,
        size=file.get("size") if isinstance(file.get("size"), int) else None,
    )


def last_part(url: str) -> str:
    """Return the last part of a URL's path, decoded once."""
    return unquote(urlsplit(url).path.rpartition("/")[2])


def version_of(meta: object) -> tuple[int, int]:
    """
    Read a version of the Simple API.

    Raises:
        AssertionError: It is not ``1.N``.
    """
    found = re.fullmatch(r"1\.(0|[1-9][0-9]*)", meta) if isinstance(meta, str) else None
    assert found, f"The version is {meta!r}, not a text such as '1.4'."
    return 1, int(found[1])


def offered(condition: object, sentence: str) -> None:
    """
    Go on where the index has what a claim is about.

    Raises:
        NotOffered: It has not.
    """
    if not condition:
        raise NotOffered(sentence)
