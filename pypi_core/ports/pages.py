"""Rendered pages, kept so that none is rendered twice."""

from __future__ import annotations

from enum import StrEnum
from typing import NewType, Protocol

import msgspec

Validity = NewType("Validity", str)
"""Opaque; two equal validities of one subject mean that it renders to the same bytes."""


class PageKind(StrEnum):
    """What is rendered."""

    SIMPLE_JSON = "simple-json"
    SIMPLE_HTML = "simple-html"
    DESCRIPTION = "description"
    STATISTICS = "statistics"


class PageKey(msgspec.Struct, frozen=True, kw_only=True):
    """
    Which rendering of what.

    *subject* is a normalised project name, with a version behind a ``/`` for a
    description; empty for what is about the whole index.
    """

    kind: PageKind
    subject: str
    validity: Validity


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """
    Ready bytes of one rendering.

    *compressed* holds the same bytes in gzip form; *etag* is a strong entity tag of
    *body*, quotes included.
    """

    body: bytes
    compressed: bytes
    etag: str


class Pages(Protocol):
    """Pages of one index; disposable, and safe to use from several threads."""

    def find(self, key: PageKey) -> Page | None:
        """Return the page if one of exactly this validity is kept."""
        ...

    def put(self, key: PageKey, page: Page) -> None:
        """Keep a page in place of any other validity of the same subject and kind."""
        ...
