"""Reads that may lag go to a replica, what must not be old never does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from postgresql_cluster import PostgresqlCluster, running_cluster, streaming_replica
from pypi_app.container import Container, assemble
from pypi_app.settings import Settings, SettingsError
from pypi_contracts.builders import build_wheel
from pypi_contracts.permits import BY_OPERATOR
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.downloads import DownloadClient, DownloadCount
from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings, Reading
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import Unauthenticated
from pypi_core.index import Index
from pypi_core.ports.pages import PageKind

pytestmark = pytest.mark.service

SAMPLE = NormalizedName("sample")


@pytest.fixture(scope="module")
def primary() -> Iterator[PostgresqlCluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def replica(primary: PostgresqlCluster) -> Iterator[PostgresqlCluster]:
    with streaming_replica(primary) as cluster:
        yield cluster


@pytest.fixture
def container(
    primary: PostgresqlCluster, replica: PostgresqlCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Container]:
    with primary.database() as name:
        container = assemble(
            Settings(
                data=str(tmp_path_factory.mktemp("data")),
                database=primary.url(name),
                database_replica=replica.url(name),
            )
        )
        database = container.database()
        database.migrate()
        with database.open_site_unit_of_work(BY_OPERATOR) as uow:
            uow.indexes.add(DEFAULT_INDEX, IndexSettings())
            uow.commit()
        yield container
        database.dispose()
        replica.resume_replay()


@pytest.fixture
def index(container: Container) -> Index:
    return container.site().index(DEFAULT_INDEX)


def publish(index: Index, version: str) -> None:
    wheel = build_wheel("sample", version)
    arrival = index.staging.begin()
    arrival.append(wheel.content)
    staged = arrival.finish()
    with index.staging.open(staged) as archive:
        upload = describe_upload(wheel.filename, archive, staged.digests)
    index.publish_file(OPERATOR, upload, staged)


def new_releases(index: Index) -> list[str]:
    return [str(each.release.version) for each in index.news.releases(ANONYMOUS, 9) if each.release]


def test_lists_come_from_the_replica_and_pages_from_the_primary(
    index: Index, primary: PostgresqlCluster, replica: PostgresqlCluster
) -> None:
    publish(index, "1.0")
    replica.catch_up(primary)
    replica.pause_replay()
    publish(index, "2.0")

    page = index.pages.project(ANONYMOUS, SAMPLE, PageKind.SIMPLE_JSON)
    newest = index.journal.since(ANONYMOUS, Serial(0))[-1].serial

    assert b"sample-2.0" in page.page.body
    assert index.files.find(ANONYMOUS, "sample-2.0-py3-none-any.whl").size
    assert new_releases(index) == ["1.0"]
    assert index.journal.last_serial(ANONYMOUS) == newest
    # A mirror that was told of a serial finds at least that one on the page.
    assert page.serial > newest
    # Who was woken by a commit reads that commit.
    assert index.journal.since(ANONYMOUS, newest, as_of_now=True)

    replica.resume_replay()
    replica.catch_up(primary)
    assert new_releases(index) == ["2.0", "1.0"]
    assert index.journal.last_serial(ANONYMOUS) == page.serial


def test_downloads_are_read_from_the_replica(
    container: Container, index: Index, primary: PostgresqlCluster, replica: PostgresqlCluster
) -> None:
    publish(index, "1.0")
    replica.catch_up(primary)
    replica.pause_replay()
    digest = index.files.find(ANONYMOUS, "sample-1.0-py3-none-any.whl").digests.blake2_256
    batches, today = container.database().download_batches, container.clock().now().date()
    batches.put(
        [DownloadCount(index=DEFAULT_INDEX, blake2_256=digest, day=today, client=DownloadClient(), count=3)]
    )
    batches.add_up()

    assert index.download_counts.of_project(ANONYMOUS, SAMPLE).total == 0
    replica.resume_replay()
    replica.catch_up(primary)
    assert index.download_counts.of_project(ANONYMOUS, SAMPLE).total == 3


def test_permissions_are_never_asked_of_the_replica(
    container: Container, index: Index, primary: PostgresqlCluster, replica: PostgresqlCluster
) -> None:
    publish(index, "1.0")
    replica.catch_up(primary)
    replica.pause_replay()

    container.site().configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

    for read in (index.journal.last_serial, index.statistics.read, new_releases_as(index)):
        with pytest.raises(Unauthenticated):
            read(ANONYMOUS)


def new_releases_as(index: Index) -> Callable[[Actor], object]:
    return lambda actor: index.news.releases(actor, 9)


def test_an_index_that_the_replica_does_not_know_yet_is_read_from_the_primary(
    container: Container, index: Index, primary: PostgresqlCluster, replica: PostgresqlCluster
) -> None:
    replica.catch_up(primary)
    replica.pause_replay()
    container.site().create_index(OPERATOR, IndexName("new"), IndexSettings())

    assert container.site().index(IndexName("new")).journal.last_serial(ANONYMOUS) == 0


def test_while_the_replica_is_down_the_primary_is_read(
    index: Index, primary: PostgresqlCluster, replica: PostgresqlCluster, caplog: pytest.LogCaptureFixture
) -> None:
    publish(index, "1.0")
    replica.catch_up(primary)
    assert new_releases(index) == ["1.0"]
    replica.stop(how="immediate")
    try:
        publish(index, "2.0")

        assert new_releases(index) == ["2.0", "1.0"]
        assert new_releases(index) == ["2.0", "1.0"]
        assert caplog.text.count("database_replica") == 1
    finally:
        replica.start()


def test_a_replica_of_sqlite_is_refused(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path), database_replica="postgresql://index@localhost/replica")

    with pytest.raises(SettingsError, match="SQLite has none") as caught:
        assemble(settings).database()

    assert caught.value.setting == "database_replica"
