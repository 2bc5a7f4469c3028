"""The contract of `pypi_core.ports.pages`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pypi_contracts.suites.rows import (
    FIRST,
    SECOND,
    Database,
    IndexPorts,
    RowsContract,
    add_index,
)
from pypi_core.ports.pages import Page, PageKey, PageKind, Pages, Validity


class PagesContract(RowsContract):
    """
    All that an adapter of the kept pages must do.

    Subclass it with the fixture ``database`` of `RowsContract`.
    """

    @pytest.fixture
    def pages(self, index: IndexPorts) -> Pages:
        """Return the pages of an index without any."""
        return index.pages

    def test_nothing_is_found_before_it_is_put(self, pages: Pages) -> None:
        assert pages.find(_key()) is None

    def test_a_page_comes_back_byte_for_byte(self, pages: Pages) -> None:
        page = Page(body=bytes(range(256)) * 300, compressed=b"\x1f\x8b\x00\xff", etag='"5a5a"')
        pages.put(_key(), page)
        assert pages.find(_key()) == page

    def test_an_empty_page_is_a_page(self, pages: Pages) -> None:
        pages.put(_key(), _page(b""))
        assert pages.find(_key()) == _page(b"")

    @pytest.mark.parametrize("validity", ["2", "1.", "", "01"])
    def test_a_page_of_another_validity_is_invisible(self, pages: Pages, validity: str) -> None:
        pages.put(_key(validity="1"), _page(b"one"))
        assert pages.find(_key(validity=validity)) is None

    def test_another_validity_takes_the_place_of_the_one_before(self, pages: Pages) -> None:
        pages.put(_key(validity="1"), _page(b"one"))
        pages.put(_key(validity="2"), _page(b"two"))
        assert pages.find(_key(validity="1")) is None
        assert pages.find(_key(validity="2")) == _page(b"two")

    def test_putting_a_page_again_changes_nothing(self, pages: Pages) -> None:
        for _ in range(2):
            pages.put(_key(), _page(b"one"))
        assert pages.find(_key()) == _page(b"one")

    def test_kinds_and_subjects_are_kept_apart(self, pages: Pages) -> None:
        keys = [_key(kind, subject) for kind in PageKind for subject in ("flask", "flask/1.0", "attrs")]
        for number, key in enumerate(keys):
            pages.put(key, _page(b"%d" % number))
        assert [pages.find(key) for key in keys] == [_page(b"%d" % number) for number in range(len(keys))]

    def test_two_indexes_keep_their_pages_apart(self, database: Database) -> None:
        first, second = add_index(database, FIRST).pages, add_index(database, SECOND).pages
        first.put(_key(), _page(b"first"))
        assert second.find(_key()) is None
        second.put(_key(), _page(b"second"))
        assert first.find(_key()) == _page(b"first")

    def test_a_page_can_be_put_while_a_snapshot_is_open(self, index: IndexPorts) -> None:
        with index.open_snapshot() as snapshot:
            index.pages.put(_key(), _page(b"one"))
            assert index.pages.find(_key()) == _page(b"one")
            assert snapshot.journal.last_serial() == 0

    def test_threads_that_put_and_find_get_whole_pages(self, pages: Pages) -> None:
        def put_and_find(number: int) -> bool:
            validity = str(number % 3)
            page = _page(validity.encode() * 1000)
            pages.put(_key(validity=validity), page)
            return pages.find(_key(validity=validity)) in (page, None)

        with ThreadPoolExecutor(6) as pool:
            assert all(pool.map(put_and_find, range(60)))


def _key(kind: PageKind = PageKind.SIMPLE_JSON, subject: str = "flask", validity: str = "1") -> PageKey:
    return PageKey(kind=kind, subject=subject, validity=Validity(validity))


def _page(body: bytes) -> Page:
    return Page(body=body, compressed=b"compressed " + body, etag=f'"{len(body)}"')
