"""Everything that writes at once, on two indexes of one database: nobody waits for another crosswise."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from packaging.version import Version

from postgresql_cluster import PostgresqlCluster, running_cluster
from pypi_app.container import Container, assemble
from pypi_app.settings import Settings
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR, Role
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.entities import Yank
from pypi_core.domain.indexes import IndexName, IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import Conflict, NotFound
from pypi_core.index import Index

pytestmark = pytest.mark.service

THREADS = 8
ROUNDS = 30
NAMES = ("first", "second")
CLASSIFIERS = [
    ("Classifier", f"Topic :: {each}") for each in ("Database", "Internet", "Utilities", "Education")
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresqlCluster]:
    with running_cluster() as running:
        yield running


@pytest.fixture
def container(cluster: PostgresqlCluster, tmp_path: Path) -> Iterator[Container]:
    url = cluster.url(cluster.create_database())
    container = assemble(Settings(data=str(tmp_path / "data"), database=url))
    container.database().migrate()
    for name in NAMES:
        container.site().create_index(OPERATOR, IndexName(name), IndexSettings())
    for username in ("ann", "bob"):
        container.site().register_account(OPERATOR, username, "correct horse")
    yield container
    container.database().dispose()


def publish(index: Index, chance: random.Random) -> None:
    number = chance.randrange(6)
    wheel = build_wheel(
        f"sample-{number}", f"1.{chance.randrange(400)}", extra_metadata=chance.sample(CLASSIFIERS, 3)
    )
    arrival = index.staging.begin()
    arrival.append(wheel.content)
    staged = arrival.finish()
    with index.staging.open(staged) as archive:
        upload = describe_upload(wheel.filename, archive, staged.digests)
    index.publish_file(OPERATOR, upload, staged)


def test_no_two_transactions_wait_for_each_other_crosswise(
    cluster: PostgresqlCluster, container: Container
) -> None:
    site = container.site()
    outcomes: Counter[str] = Counter()

    def change(index: Index, chance: random.Random) -> None:
        name = NormalizedName(f"sample-{chance.randrange(6)}")
        user = chance.choice(["ann", "bob"])
        releases = index.projects.read(OPERATOR, name).releases
        version = chance.choice(releases).version if releases else Version("1.0")
        changes: list[Callable[[], object]] = [
            lambda: index.grant_role(OPERATOR, name, user, Role.MAINTAINER),
            lambda: index.revoke_role(OPERATOR, name, user),
            lambda: index.yank_release(OPERATOR, name, version, Yank("broken")),
            lambda: index.delete_release(OPERATOR, name, version),
            lambda: site.issue_token(OPERATOR, user, "a token"),
            lambda: site.disable_account(OPERATOR, user),
            lambda: site.enable_account(OPERATOR, user),
            lambda: site.configure_index(OPERATOR, chance.choice(NAMES), IndexSettings(title="Changed")),
            site.work_off_outbox,
            lambda: site.sweep_blobs(timedelta(hours=1)),
        ]
        chance.choice(changes)()

    def work(thread: int) -> None:
        chance = random.Random(thread)
        for _ in range(ROUNDS):
            index = site.index(IndexName(chance.choice(NAMES)))
            try:
                publish(index, chance)
                change(index, chance)
            except (Conflict, NotFound) as error:
                # The same file at once, a release that another has deleted.
                outcomes[type(error).__name__] += 1
            else:
                outcomes["done"] += 1

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))

    assert "deadlock detected" not in (cluster.folder / "log").read_text()
    assert "could not serialize" not in (cluster.folder / "log").read_text()
    assert outcomes["done"] > THREADS * ROUNDS / 2, outcomes
    assert not outcomes["ConcurrentChange"], outcomes
