"""Sweeps race uploads of the bytes that they are about to free."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from postgresql_cluster import running_cluster
from pypi_app.builders import require_buckets
from pypi_app.container import assemble
from pypi_app.settings import LocalBlobsFirst, S3BlobsFirst, Settings
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.blob_keys import BlobKey
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.indexes import IndexName, IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_core.errors import ConcurrentChange, StagedContentNotFound
from pypi_core.index import Index
from pypi_core.ports.blobs import StagedContent
from pypi_core.site import Site
from pypi_memory.environment import FixedClock
from s3_servers import running_s3_server

SAMPLE, ONE = NormalizedName("sample"), parse_version("1.0")
WHEEL = build_wheel("sample", "1.0")
DOCUMENTATION = build_documentation(index="always the same")
ROUNDS = 5


@pytest.fixture(
    params=[
        "in memory",
        "SQLite and a folder",
        pytest.param("PostgreSQL and a folder", marks=pytest.mark.service),
        pytest.param("SQLite and MinIO", marks=pytest.mark.service),
        pytest.param("SQLite and VersityGW", marks=pytest.mark.service),
    ]
)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Site, FixedClock]]:
    """Return a site without projects, and its clock, which every stored object is older than."""
    if request.param == "in memory":
        memory = InMemorySite()
        yield memory.site, memory.clock
        return
    with contextlib.ExitStack() as stack:
        url = None
        if request.param == "PostgreSQL and a folder":
            cluster = stack.enter_context(running_cluster())
            url = cluster.url(stack.enter_context(cluster.database()))
        blobs: LocalBlobsFirst | S3BlobsFirst = LocalBlobsFirst()
        store = request.param.removeprefix("SQLite and ")
        if store in {"MinIO", "VersityGW"}:
            blobs = stack.enter_context(running_s3_server(store)).settings()
        container = assemble(Settings(data=str(tmp_path / "data"), database=url, blobs=blobs))
        require_buckets(container.buckets(), creates=True)
        clock = FixedClock(datetime(2200, 1, 1, tzinfo=UTC))
        container.clock.override(clock)
        database = container.database()
        stack.callback(database.dispose)
        database.migrate()
        yield container.site(), clock


def arrived(index: Index, content: bytes) -> StagedContent:
    arrival = index.staging.begin(resumable=False)
    arrival.append(content)
    return arrival.finish()


def publish(index: Index) -> None:
    wheel = arrived(index, WHEEL.content)
    with index.staging.open(wheel) as archive:
        upload = describe_upload(WHEEL.filename, archive, wheel.digests)
    index.publish_file(OPERATOR, upload, wheel)


def document(index: Index) -> None:
    index.publish_documentation(OPERATOR, SAMPLE, ONE, arrived(index, DOCUMENTATION))


def test_no_listed_object_is_swept_and_uploads_of_swept_bytes_succeed_when_repeated(
    site: tuple[Site, FixedClock],
) -> None:
    swept_site, clock = site
    finished = threading.Event()
    freed = 0

    def sweep() -> int:
        objects = 0
        # A pause lets uploads through: after 288 attempts in vain a sweep would be a day old by the clock
        # of this test, and taken for dead.
        while not finished.wait(0.005):
            objects += swept_site.sweep_blobs(timedelta(0)).objects
        return objects

    def upload(number: int) -> None:
        """Upload what the round before deleted, until it is listed."""
        index = swept_site.index(IndexName(f"index-{number}"))
        for step in (publish, document):
            # The clock is far ahead of the folder, so that sweeps forget what is still staged too.
            for _attempt in range(1000):
                clock.advance(timedelta(minutes=5))
                try:
                    step(index)
                    break
                except (ConcurrentChange, StagedContentNotFound):
                    continue
            else:
                pytest.fail("the bytes were never listed")
        swept_site.work_off_outbox()

    for number in range(ROUNDS):
        swept_site.create_index(OPERATOR, IndexName(f"index-{number}"), IndexSettings())
    with ThreadPoolExecutor(2) as pool:
        sweeping = [pool.submit(sweep) for _ in range(2)]
        try:
            for number in range(ROUNDS):
                upload(number)
                damage = list(swept_site.check_integrity(thorough=True))
                assert damage == []
                clock.advance(timedelta(minutes=5))
                swept_site.index(IndexName(f"index-{number}")).delete_project(OPERATOR, SAMPLE)
        finally:
            finished.set()
        freed = sum(each.result() for each in sweeping)
    assert freed


@pytest.mark.parametrize("step", [publish, document])
def test_bytes_that_a_sweep_frees_before_they_are_listed_are_sent_again(
    site: tuple[Site, FixedClock], step: Callable[[Index], None]
) -> None:
    swept_site, clock = site
    swept_site.create_index(OPERATOR, IndexName("pypi-2"), IndexSettings())
    index = swept_site.index(IndexName("pypi-2"))
    if step is document:
        publish(index)
    adopt = index.staging.adopt

    def adopt_then_sweep(staged: StagedContent, key: BlobKey) -> None:
        adopt(staged, key)
        clock.advance(timedelta(minutes=5))
        assert swept_site.sweep_blobs(timedelta(minutes=1)).objects == 0
        clock.advance(timedelta(minutes=5))
        assert swept_site.sweep_blobs(timedelta(minutes=1)).objects > 0

    index.staging.adopt = adopt_then_sweep  # type: ignore[method-assign]
    with pytest.raises(ConcurrentChange):
        step(index)
    index.staging.adopt = adopt  # type: ignore[method-assign]
    clock.advance(timedelta(minutes=5))
    step(index)

    for _ in range(2):
        clock.advance(timedelta(days=2))
        swept_site.sweep_blobs()
    swept_site.work_off_outbox()
    assert list(swept_site.check_integrity(thorough=True)) == []
