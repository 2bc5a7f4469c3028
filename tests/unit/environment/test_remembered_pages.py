from __future__ import annotations

import threading

from pypi_core.ports.pages import Page, PageKey, PageKind, Validity
from pypi_environment.remembered_pages import RememberedPages


class _KeptPages:
    """Pages that somebody else put; counts how often it is asked."""

    def __init__(self, *kept: tuple[PageKey, Page]) -> None:
        self.kept = dict(kept)
        self.asked = 0

    def find(self, key: PageKey) -> Page | None:
        self.asked += 1
        return self.kept.get(key)

    def put(self, key: PageKey, page: Page) -> None:
        self.kept[key] = page


def _key(subject: str = "flask", validity: str = "1", kind: PageKind = PageKind.SIMPLE_HTML) -> PageKey:
    return PageKey(kind=kind, subject=subject, validity=Validity(validity))


def _page(body: bytes = b"page", size: int = 0) -> Page:
    return Page(body=body + b" " * size, compressed=b"", etag='"tag"')


def test_a_page_that_was_put_is_found_without_asking_further() -> None:
    kept = _KeptPages()
    pages = RememberedPages(kept, 100_000)
    pages.put(_key(), _page())
    assert pages.find(_key()) == _page()
    assert kept.asked == 0


def test_a_page_that_was_put_is_only_remembered() -> None:
    kept = _KeptPages()
    RememberedPages(kept, 100_000).put(_key(), _page())
    assert kept.kept == {}


def test_a_kept_page_is_asked_for_once() -> None:
    kept = _KeptPages((_key(), _page()))
    pages = RememberedPages(kept, 100_000)
    assert [pages.find(_key()) for _ in range(3)] == [_page()] * 3
    assert kept.asked == 1


def test_a_missing_page_is_looked_up_each_time() -> None:
    kept = _KeptPages()
    pages = RememberedPages(kept, 100_000)
    assert pages.find(_key()) is None
    kept.put(_key(), _page())
    assert pages.find(_key()) == _page()


def test_a_page_of_another_validity_is_not_found() -> None:
    pages = RememberedPages(_KeptPages(), 100_000)
    pages.put(_key(validity="1"), _page())
    assert pages.find(_key(validity="2")) is None


def test_a_new_validity_takes_the_place_of_the_old() -> None:
    pages = RememberedPages(_KeptPages(), 100_000)
    pages.put(_key(validity="1"), _page(b"old"))
    pages.put(_key(validity="2"), _page(b"new"))
    assert pages.find(_key(validity="1")) is None
    assert pages.find(_key(validity="2")) == _page(b"new")


def test_kinds_and_subjects_are_kept_apart() -> None:
    pages = RememberedPages(_KeptPages(), 100_000)
    pages.put(_key(), _page(b"html"))
    pages.put(_key(kind=PageKind.SIMPLE_JSON), _page(b"json"))
    pages.put(_key("django"), _page(b"django"))
    assert pages.find(_key()) == _page(b"html")
    assert pages.find(_key(kind=PageKind.SIMPLE_JSON)) == _page(b"json")
    assert pages.find(_key("django")) == _page(b"django")


def test_the_pages_used_last_stay_when_memory_is_full() -> None:
    pages = RememberedPages(_KeptPages(), 40_000)
    for subject in ("a", "b", "c"):
        pages.put(_key(subject), _page(size=10_000))
    pages.find(_key("a"))
    pages.put(_key("d"), _page(size=10_000))
    assert [subject for subject in "abcd" if pages.find(_key(subject))] == ["a", "c", "d"]


def test_compressed_bytes_count_too() -> None:
    pages = RememberedPages(_KeptPages(), 20_000)
    pages.put(_key("a"), Page(body=b"", compressed=b" " * 15_000, etag=""))
    pages.put(_key("b"), _page(size=15_000))
    assert pages.find(_key("a")) is None


def test_replacing_a_page_over_and_over_takes_no_more_room() -> None:
    pages = RememberedPages(_KeptPages(), 40_000)
    pages.put(_key("other"), _page(size=10_000))
    for validity in range(50):
        pages.put(_key(validity=str(validity)), _page(size=10_000))
    assert pages.find(_key("other")) is not None


def test_a_page_larger_than_the_memory_is_not_remembered_and_evicts_nothing() -> None:
    pages = RememberedPages(_KeptPages(), 20_000)
    pages.put(_key("small"), _page())
    pages.put(_key("large"), _page(size=20_000))
    assert pages.find(_key("large")) is None
    assert pages.find(_key("small")) is not None


def test_without_memory_every_page_comes_from_the_kept() -> None:
    kept = _KeptPages((_key(), _page()))
    pages = RememberedPages(kept, 0)
    assert [pages.find(_key()), pages.find(_key())] == [_page(), _page()]
    assert kept.asked == 2


def test_threads_never_see_the_page_of_another_key() -> None:
    pages = RememberedPages(_KeptPages(), 20_000)
    wrong: list[object] = []

    def work(thread: int) -> None:
        for step in range(2000):
            subject, validity = str(step % 13), str(step % 3)
            page = pages.find(_key(subject, validity))
            if page and not page.body.startswith(f"{subject}/{validity}".encode()):
                wrong.append((thread, page.body))
            pages.put(_key(subject, validity), _page(f"{subject}/{validity}".encode(), size=1000))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
