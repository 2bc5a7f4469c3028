"""Many publish at once, on SQLite and local disk: nothing is lost, nothing is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_contracts.builders import BuiltDistribution, build_wheel
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor, TokenCredentials
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.entities import Change, Serial
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import FileAlreadyExists, NotAllowed
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_core.use_cases.publishing.publish_file import PublishOutcome

THREADS = 8
NAME = NormalizedName("sample")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    container = assemble(Settings(data=str(tmp_path / "data")))
    container.database().migrate()
    site = container.site()
    site.create_index(OPERATOR, DEFAULT_INDEX, IndexSettings())
    yield site
    container.database().dispose()


@pytest.fixture
def index(site: Site) -> Index:
    return site.index(DEFAULT_INDEX)


def actor(site: Site, username: str) -> Actor:
    site.register_account(OPERATOR, username, "correct horse")
    return site.authenticate(TokenCredentials(site.issue_token(OPERATOR, username, "test").secret))


def publish(index: Index, by: Actor, wheel: BuiltDistribution) -> PublishOutcome | Exception:
    arrival = index.staging.begin()
    arrival.append(wheel.content)
    staged = arrival.finish()
    with index.staging.open(staged) as archive:
        upload = describe_upload(wheel.filename, archive, staged.digests)
    try:
        return index.publish_file(by, upload, staged)
    except (NotAllowed, FileAlreadyExists) as refusal:
        return refusal


def at_once(index: Index, uploads: list[tuple[Actor, BuiltDistribution]]) -> list[PublishOutcome | Exception]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda each: publish(index, *each), uploads))


def journal(index: Index) -> list[Change]:
    return list(index.journal.since(ANONYMOUS, Serial(0), limit=10_000))


def created(outcomes: list[PublishOutcome | Exception]) -> list[bool]:
    return [isinstance(each, PublishOutcome) and each.created for each in outcomes]


def test_first_uploads_of_one_name_make_one_project(site: Site, index: Index) -> None:
    alice = actor(site, "alice")

    outcomes = at_once(index, [(alice, build_wheel("sample", f"1.{each}")) for each in range(THREADS)])

    assert all(created(outcomes))
    actions = [each.action for each in journal(index)]
    assert actions.count("create") == 1
    assert actions.count("add Owner alice") == 1
    assert len(index.projects.read(ANONYMOUS, NAME).files) == THREADS


def test_of_two_accounts_one_creates_the_project_and_the_other_is_refused(site: Site, index: Index) -> None:
    actors = [actor(site, "alice"), actor(site, "bob")]

    outcomes = at_once(
        index, [(actors[each % 2], build_wheel("sample", f"1.{each}")) for each in range(THREADS)]
    )

    [(owner, _)] = index.projects.read(ANONYMOUS, NAME).members
    expected = [actors[each % 2].username == owner for each in range(THREADS)]
    assert created(outcomes) == expected
    assert all(isinstance(each, NotAllowed) for each in outcomes if not isinstance(each, PublishOutcome))


def test_the_same_file_at_once_is_published_once_and_a_success_for_all(site: Site, index: Index) -> None:
    alice = actor(site, "alice")
    wheel = build_wheel("sample", "1.0", padding=100_000)

    outcomes = at_once(index, [(alice, wheel)] * THREADS)

    assert created(outcomes).count(True) == 1
    assert all(isinstance(each, PublishOutcome) for each in outcomes)
    assert [each.action for each in journal(index)].count(f"add py3 file {wheel.filename}") == 1
    assert list(site.check_integrity(thorough=True)) == []


def test_of_different_bytes_under_one_name_one_wins(site: Site, index: Index) -> None:
    alice = actor(site, "alice")

    outcomes = at_once(
        index, [(alice, build_wheel("sample", "1.0", summary=f"Variant {each}")) for each in range(THREADS)]
    )

    assert created(outcomes).count(True) == 1
    assert sum(isinstance(each, FileAlreadyExists) for each in outcomes) == THREADS - 1
    assert len(index.projects.read(ANONYMOUS, NAME).files) == 1


def test_a_reader_of_changes_misses_none_while_ten_publish(site: Site, index: Index) -> None:
    alice = actor(site, "alice")
    wheels = [build_wheel(f"project-{each}", "1.0") for each in range(40)]
    seen: list[Serial] = []

    with ThreadPoolExecutor(10) as pool:
        publishing = [pool.submit(publish, index, alice, each) for each in wheels]
        while not all(each.done() for each in publishing) or len(seen) < 4 * len(wheels):
            newest = seen[-1] if seen else Serial(0)
            seen += [each.serial for each in index.journal.since(ANONYMOUS, newest)]

    assert seen == list(range(1, 4 * len(wheels) + 1))
