"""Project pages in HTML, as every index has them."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from pypi_api_client.address import resolve
from pypi_api_client.errors import InvalidAddress
from pypi_api_client.models import RemoteFile


class HtmlPage(msgspec.Struct, frozen=True, kw_only=True):
    """The files that a page links to, by names not yet looked at, and what its ``meta`` elements say."""

    files: tuple[RemoteFile, ...]
    metas: dict[str, str]


def read_html(body: bytes, url: str) -> HtmlPage:
    """Read a page found at *url*; links that are no URL are passed over."""
    reader = _Reader(url)
    reader.feed(body.decode("utf-8", "replace"))
    reader.close()
    return HtmlPage(files=tuple(reader.files), metas=reader.metas)


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = url
        self._has_base = False
        self._link: dict[str, str | None] | None = None
        self._text = ""
        self.files: list[RemoteFile] = []
        self.metas: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "base" and attributes.get("href") and not self._has_base:
            self._has_base = True
            self._base = resolve(self._base, attributes["href"] or "")
        elif tag == "meta" and attributes.get("name"):
            self.metas.setdefault(attributes["name"] or "", attributes.get("content") or "")
        elif tag == "a" and attributes.get("href"):
            self._link, self._text = attributes, ""

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link is not None:
            link, self._link = self._link, None
            try:
                self.files.append(self._file(link, self._text.strip()))
            except InvalidAddress:
                return

    def _file(self, link: dict[str, str | None], text: str) -> RemoteFile:
        href = (link["href"] or "").strip()
        url = resolve(self._base, href)
        fragment = dict(parse_qsl(href.partition("#")[2]))
        yanked = link.get("data-yanked", "") or True if "data-yanked" in link else False
        return RemoteFile(
            # Decoded exactly once: a second time would turn %252F into a path separator.
            filename=text or unquote(urlsplit(url).path.rpartition("/")[2]),
            url=url,
            hashes=fragment,
            requires_python=link.get("data-requires-python") or None,
            yanked=yanked,
            core_metadata=_core_metadata(link),
            provenance=link.get("data-provenance") or None,
        )


def _core_metadata(link: dict[str, str | None]) -> bool | dict[str, str]:
    # PEP 714: the older name is looked at only where the newer is missing.
    said = link.get("data-core-metadata", link.get("data-dist-info-metadata"))
    if said is None or said == "false":
        return False
    algorithm, equals, digest = said.partition("=")
    return {algorithm: digest} if equals else True
