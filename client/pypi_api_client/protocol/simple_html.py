"""Project pages in HTML, as every index has them."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from pypi_api_client.address import resolve
from pypi_api_client.errors import BadAnswer, InvalidAddress
from pypi_api_client.models import RemoteFile
from pypi_api_client.protocol.html_tokens import StartTag, Token, tokens

MOST_FILES = 100_000
"""How many files a page may list."""

LONGEST_BASE = 1024
"""How long the URL may be that the links of a page are relative to: each of them repeats it."""


class HtmlPage(msgspec.Struct, frozen=True, kw_only=True):
    """The files that a page links to, by names not yet looked at, and what its ``meta`` elements say."""

    files: tuple[RemoteFile, ...]
    metas: dict[str, str]


def check_base(base: str, page: str) -> str:
    """
    Accept the URL that the links of *page* are relative to.

    Raises:
        BadAnswer: It is too long.
    """
    if len(base) > LONGEST_BASE:
        raise BadAnswer(
            f"The links of the page {page[:LONGEST_BASE]} are relative to a URL of more than {LONGEST_BASE} "
            "characters."
        )
    return base


def read_html(body: bytes, url: str) -> HtmlPage:
    """
    Read a page found at *url*; links that are not URLs are passed over.

    Raises:
        BadAnswer: It has more than 100,000 links, or links that are relative to a URL of more than 1,024
            characters.
    """
    reader = _Reader(url)
    for token in tokens(body.decode("utf-8", "replace")):
        reader.take(token)
    return HtmlPage(files=tuple(reader.files), metas=reader.metas)


class _Reader:
    def __init__(self, url: str) -> None:
        self._url = url
        self._base = check_base(url, url)
        self._has_base = False
        self._link: dict[str, str | None] | None = None
        self._text: list[str] = []
        self.files: list[RemoteFile] = []
        self.metas: dict[str, str] = {}

    def take(self, token: Token) -> None:
        if isinstance(token, str):
            if self._link is not None:
                self._text.append(token)
        elif isinstance(token, StartTag):
            self._start(token.name, token.attributes)
        elif token.name == "a" and self._link is not None:
            link, self._link = self._link, None
            try:
                self.files.append(self._file(link, "".join(self._text).strip()))
            except InvalidAddress:
                return
            if len(self.files) > MOST_FILES:
                raise BadAnswer(f"The page {self._url} lists more than {MOST_FILES} files.")

    def _start(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "base" and attributes.get("href") and not self._has_base:
            self._has_base = True
            self._base = check_base(resolve(self._base, attributes["href"] or ""), self._url)
        elif tag == "meta" and (name := attributes.get("name") or "").startswith("pypi:"):
            self.metas.setdefault(name, attributes.get("content") or "")
        elif tag == "a" and attributes.get("href"):
            self._link, self._text = attributes, []

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
