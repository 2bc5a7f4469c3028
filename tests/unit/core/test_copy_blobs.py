"""Copying stored objects into another store, and repairing one store from the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import Actor
from pypi_core.domain.blob_keys import BlobKey, BlobKind
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.blobs import BlobStore, Store
from pypi_core.use_cases.upkeep.check_integrity import CheckIntegrity, DamageKind
from pypi_core.use_cases.upkeep.copy_blobs import CopiedBlob, CopyBlobs, CopyState
from pypi_core.use_cases.upkeep.transfer import Item, MapAll, Result
from pypi_memory.blobs import InMemoryBlobs, InMemoryStaging

DAY = timedelta(days=1)


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


@pytest.fixture
def alice(memory: InMemorySite) -> Actor:
    return memory.actor("alice")


@pytest.fixture
def published(memory: InMemorySite, alice: Actor) -> InMemorySite:
    """Return a site with objects of every kind."""
    for version in ("1.0", "2.0"):
        memory.publish(alice, build_wheel(name="sample", version=version))
    memory.publish(alice, build_sdist(name="sample", version="1.0"))
    memory.document(alice, "sample", "1.0", build_documentation(index="Hello", other="Other"))
    memory.work()
    assert {each.key.kind for each in memory.blobs.all()} == set(BlobKind)
    return memory


@pytest.fixture
def target(memory: InMemorySite) -> Store:
    blobs = InMemoryBlobs(memory.clock)
    return Store(name="other", blobs=blobs, staging=InMemoryStaging(blobs, memory.clock, memory.randomness))


def copied(memory: InMemorySite, target: Store, map_all: MapAll = map) -> list[CopiedBlob]:
    return list(CopyBlobs(memory.database.open_site_snapshot, memory.blobs, target)(map_all=map_all))


def once_listed(happens: Callable[[], None]) -> MapAll:
    """Return a `map` that lets something happen between listing all items and doing the first."""

    def map_all(function: Callable[[Item], Result], items: Iterable[Item], /) -> Iterator[Result]:
        listed = list(items)
        happens()
        return map(function, listed)

    return map_all


def contents(store: BlobStore) -> dict[BlobKey, bytes]:
    found = {}
    for each in store.all():
        with store.open(each.key) as content:
            found[each.key] = content.read()
    return found


def spoil(blobs: BlobStore, kind: BlobKind) -> BlobKey:
    """Change a byte of one object of a kind."""
    key = next(each.key for each in blobs.all() if each.key.kind is kind)
    with blobs.open(key) as content:
        changed = bytearray(content.read())
    changed[-1] ^= 1
    blobs.put(key, bytes(changed))
    return key


class TestCopying:
    def test_every_listed_object_is_copied(self, published: InMemorySite, target: Store) -> None:
        found = copied(published, target)

        assert {each.state for each in found} == {CopyState.COPIED}
        assert contents(target.blobs) == contents(published.blobs)

    def test_a_second_run_copies_what_is_new_alone(
        self, published: InMemorySite, target: Store, alice: Actor
    ) -> None:
        before = len(copied(published, target))
        published.publish(alice, build_sdist(name="sample", version="3.0"))

        states = [each.state for each in copied(published, target)]

        assert states.count(CopyState.COPIED) == 1
        assert states.count(CopyState.PRESENT) == before
        assert {each.state for each in copied(published, target)} == {CopyState.PRESENT}

    def test_an_interrupted_run_is_continued(self, published: InMemorySite, target: Store) -> None:
        running = CopyBlobs(published.database.open_site_snapshot, published.blobs, target)()
        for _ in range(3):
            next(running)

        states = [each.state for each in copied(published, target)]

        assert states.count(CopyState.PRESENT) == 3
        assert contents(target.blobs) == contents(published.blobs)

    @pytest.mark.parametrize("kind", list(BlobKind))
    def test_a_damaged_object_is_named_and_left_out(
        self, published: InMemorySite, target: Store, kind: BlobKind
    ) -> None:
        key = spoil(published.blobs, kind)

        found = copied(published, target)

        assert [each.key for each in found if each.state is CopyState.DAMAGED] == [key]
        assert target.blobs.find(key) is None
        assert published.staging.sweep(published.clock.now() + DAY) == 0

    def test_an_object_cut_off_in_the_other_store_is_copied_again(
        self, published: InMemorySite, target: Store
    ) -> None:
        copied(published, target)
        key = next(target.blobs.all()).key
        target.blobs.put(key, b"cut")

        found = copied(published, target)

        assert [each.key for each in found if each.state is CopyState.COPIED] == [key]
        assert contents(target.blobs) == contents(published.blobs)

    def test_an_object_that_no_row_points_at_is_left_out(
        self, published: InMemorySite, target: Store
    ) -> None:
        stranger = BlobKey(BlobKind.CORE_METADATA, "0" * 64)
        published.blobs.put(stranger, b"Name: stranger")

        found = copied(published, target)

        assert [each.key for each in found if each.state is CopyState.UNLISTED] == [stranger]
        assert target.blobs.find(stranger) is None

    def test_an_object_deleted_while_it_is_copied_is_no_failure(
        self, published: InMemorySite, target: Store, alice: Actor
    ) -> None:
        def delete_and_sweep() -> None:
            published.index.delete_project(alice, NormalizedName("sample"))
            for _ in range(2):
                published.clock.advance(2 * DAY)
                published.site.sweep_blobs(DAY)

        found = copied(published, target, once_listed(delete_and_sweep))

        assert {each.state for each in found} == {CopyState.UNLISTED}

    def test_an_object_that_got_there_meanwhile_is_not_copied(
        self, published: InMemorySite, target: Store
    ) -> None:
        def copy_it_all() -> None:
            copied(published, target)

        found = copied(published, target, once_listed(copy_it_all))

        assert {each.state for each in found} == {CopyState.PRESENT}

    def test_a_lost_object_is_damaged(self, published: InMemorySite, target: Store) -> None:
        def lose_everything() -> None:
            for each in list(published.blobs.all()):
                published.blobs.delete(each.key)

        found = copied(published, target, once_listed(lose_everything))

        assert {each.state for each in found} == {CopyState.DAMAGED}


class TestRepairing:
    @pytest.fixture
    def check(self, published: InMemorySite, target: Store) -> CheckIntegrity:
        copied(published, target)
        first = Store(name="blobs", blobs=published.blobs, staging=published.staging)
        return CheckIntegrity(published.database.open_site_snapshot, [first, target])

    def test_an_object_that_one_store_has_is_not_missing(
        self, check: CheckIntegrity, published: InMemorySite, target: Store
    ) -> None:
        one, another, *_ = [each.key for each in target.blobs.all()]
        published.blobs.delete(one)
        target.blobs.delete(another)

        assert list(check(thorough=True)) == []
        for each in (published.blobs, target.blobs):
            each.delete(one)
        [damage, *_] = check()
        assert (damage.kind, damage.key, damage.store) == (DamageKind.MISSING, one, "blobs")

    @pytest.mark.parametrize("kind", list(BlobKind))
    @pytest.mark.parametrize("name", ["blobs", "other"])
    def test_changed_bytes_are_replaced_by_those_of_the_other_store(
        self, check: CheckIntegrity, published: InMemorySite, target: Store, kind: BlobKind, name: str
    ) -> None:
        sound = contents(published.blobs)
        key = spoil(published.blobs if name == "blobs" else target.blobs, kind)

        found = list(check(thorough=True))
        assert {(each.key, each.store, each.repaired) for each in found} == {(key, name, False)}
        found = list(check(thorough=True, repair=True))
        assert {(each.key, each.store, each.repaired) for each in found} == {(key, name, True)}

        assert list(check(thorough=True)) == []
        assert contents(published.blobs) == contents(target.blobs) == sound

    def test_bytes_that_are_bad_in_both_stores_stay_as_they_are(
        self, check: CheckIntegrity, published: InMemorySite, target: Store
    ) -> None:
        keys = {spoil(each, BlobKind.DISTRIBUTION) for each in (published.blobs, target.blobs)}
        before = contents(published.blobs)

        found = list(check(thorough=True, repair=True))

        assert {(each.key, each.store, each.repaired) for each in found} == {
            (key, name, False) for key in keys for name in ("blobs", "other")
        }
        assert contents(published.blobs) == before
