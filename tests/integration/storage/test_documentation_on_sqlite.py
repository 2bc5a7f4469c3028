"""Documentation on SQLite and a folder, while somebody reads it and while others write."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_contracts.builders import build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.documentation import Alias
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_core.errors import DocumentationNotFound
from pypi_core.index import Index
from pypi_core.site import Site

SAMPLE, ONE = NormalizedName("sample"), parse_version("1.0")
NAMES = [f"{number}.html" for number in range(30)]
GENERATIONS = 25


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site with sample 1.0 on its main index."""
    container = assemble(Settings(data=str(tmp_path / "data")))
    database = container.database()
    database.migrate()
    site = container.site()
    site.create_index(OPERATOR, DEFAULT_INDEX, IndexSettings())
    index, wheel = site.index(DEFAULT_INDEX), build_wheel("sample", "1.0")
    arrival = index.staging.begin()
    arrival.append(wheel.content)
    staged = arrival.finish()
    with index.staging.open(staged) as archive:
        upload = describe_upload(wheel.filename, archive, staged.digests)
    index.publish_file(OPERATOR, upload, staged)
    yield site
    database.dispose()


def document(index: Index, archive: bytes) -> None:
    arrival = index.staging.begin()
    arrival.append(archive)
    index.publish_documentation(OPERATOR, SAMPLE, ONE, arrival.finish())


def generation(number: int) -> bytes:
    """Return documentation each of whose pages tells *number*; one page is always the same."""
    return build_documentation({"same.html": "same", **dict.fromkeys(NAMES, str(number))}, index=str(number))


def page(index: Index, path: str) -> str:
    with index.documentation.page(ANONYMOUS, SAMPLE, Alias.LATEST, path).open() as content:
        return content.read().decode()


@pytest.mark.slow
def test_readers_never_see_a_mixture_while_documentation_is_replaced(site: Site) -> None:
    index = site.index(DEFAULT_INDEX)
    document(index, generation(0))
    site.work_off_outbox()
    finished = threading.Event()

    def read() -> int:
        """Read all pages again and again; between two equal answers there is no other."""
        rounds, newest = 0, 0
        while not finished.is_set() or not rounds:
            told = [int(page(index, each)) for each in NAMES]
            assert told == sorted(told), "a page of older documentation came after one of newer"
            assert told[0] >= newest
            assert page(index, "same.html") == "same"
            rounds, newest = rounds + 1, told[-1]
        return rounds

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _reader in range(3)]
        try:
            for number in range(1, GENERATIONS):
                document(index, generation(number))
                site.work_off_outbox()
                site.sweep_blobs()
        finally:
            finished.set()
        assert all(each.result() for each in readers)
    assert page(index, NAMES[0]) == str(GENERATIONS - 1)


def test_the_same_documentation_unpacked_by_several_at_once_is_whole(site: Site) -> None:
    index = site.index(DEFAULT_INDEX)
    many = {f"{number}.html": str(number) for number in range(450)}
    document(index, build_documentation(many))

    with ThreadPoolExecutor(3) as pool:
        for each in [pool.submit(index.unpack_documentation, SAMPLE) for _worker in range(3)]:
            each.result()

    assert [page(index, each) for each in many] == [*many.values()]


def test_uploads_and_deletions_at_once_leave_what_came_last(site: Site) -> None:
    index = site.index(DEFAULT_INDEX)

    def upload(number: int) -> None:
        document(index, generation(number))
        index.unpack_documentation(SAMPLE)

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(upload, number) for number in range(8)]:
            each.result()
    index.unpack_documentation(SAMPLE)

    [shown] = index.documentation.of_project(ANONYMOUS, SAMPLE).sets
    assert len({page(index, each) for each in NAMES}) == 1
    assert shown.state == "ready"
    index.delete_documentation(OPERATOR, SAMPLE, ONE)
    with pytest.raises(DocumentationNotFound):
        page(index, "same.html")


def test_replaced_and_deleted_documentation_is_swept_from_the_disk(site: Site, tmp_path: Path) -> None:
    index = site.index(DEFAULT_INDEX)
    for number in range(2):
        document(index, generation(number))
        site.work_off_outbox()
    pages, archives = (
        tmp_path / "data" / "blobs" / kind for kind in ("documentation-pages", "documentation")
    )

    site.sweep_blobs(timedelta(0))
    assert (files_in(pages), files_in(archives)) == (3, 1)
    assert list(site.check_integrity(thorough=True)) == []
    index.delete_release(OPERATOR, SAMPLE, ONE)
    site.sweep_blobs(timedelta(0))

    assert (files_in(pages), files_in(archives)) == (0, 0)
    actions = [each.action for each in index.journal.since(ANONYMOUS, Serial(0))]
    assert actions[-3:] == ["docupdate", "docupdate", "remove release"]


def files_in(folder: Path) -> int:
    return sum(each.is_file() for each in folder.rglob("*"))
