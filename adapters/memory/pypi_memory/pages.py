"""Rendered pages in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypi_core.ports.pages import Page, PageKey, PageKind, Validity

if TYPE_CHECKING:
    from pypi_core.ports.pages import Pages


class InMemoryPages:
    """The newest page of each subject and kind; one assignment each, so threads need no lock."""

    def __init__(self) -> None:
        self._pages: dict[tuple[PageKind, str], tuple[Validity, Page]] = {}

    def find(self, key: PageKey) -> Page | None:
        """Return the page if one of exactly this validity is kept."""
        kept = self._pages.get((key.kind, key.subject))
        return kept[1] if kept and kept[0] == key.validity else None

    def put(self, key: PageKey, page: Page) -> None:
        """Keep a page in place of any other validity of the same subject and kind."""
        self._pages[key.kind, key.subject] = (key.validity, page)


if TYPE_CHECKING:
    _: type[Pages] = InMemoryPages
