from __future__ import annotations

from datetime import timedelta

import pytest

from pypi_blobs.fallback import FallbackBlobStore, FallbackStaging
from pypi_contracts.suites.blobs import BlobStoreContract, key_of
from pypi_contracts.suites.staging import StagingContract, begin, stage
from pypi_core.errors import BlobNotFound, Unavailable
from pypi_core.ports.blobs import BlobStore, Staging
from pypi_memory.blobs import InMemoryBlobs, InMemoryStaging
from pypi_memory.environment import FixedClock, SeededRandomness

CONTENT, KEY = b"content", key_of(b"content")


class TwoStores:
    """Two stores in memory, and both as one."""

    @pytest.fixture(autouse=True)
    def make_stores(self) -> None:
        self.clock = FixedClock()
        randomness = SeededRandomness()
        self.first, self.fallback = InMemoryBlobs(self.clock), InMemoryBlobs(self.clock)
        self.first_staging = InMemoryStaging(self.first, self.clock, randomness)
        self.fallback_staging = InMemoryStaging(self.fallback, self.clock, randomness)

    @pytest.fixture
    def blobs(self, make_stores: None) -> BlobStore:
        return FallbackBlobStore(self.first, self.fallback)

    @pytest.fixture
    def staging(self, make_stores: None) -> Staging:
        return FallbackStaging(self.first_staging, self.fallback_staging)

    def let_time_pass(self) -> None:
        self.clock.advance(timedelta(seconds=1))


class TestFallbackBlobStore(TwoStores, BlobStoreContract):
    def test_an_object_is_put_into_the_first_store(self, blobs: BlobStore) -> None:
        blobs.put(KEY, CONTENT)
        assert self.first.find(KEY) is not None
        assert self.fallback.find(KEY) is None

    def test_an_object_of_the_second_store_is_read_found_and_located(self, blobs: BlobStore) -> None:
        self.fallback.put(KEY, CONTENT)
        with blobs.open(KEY) as stream:
            assert stream.read() == CONTENT
        assert blobs.find(KEY) == self.fallback.find(KEY)
        assert blobs.locate(KEY, "name") == self.fallback.locate(KEY, "name")

    def test_the_first_store_is_asked_first(self, blobs: BlobStore) -> None:
        self.fallback.put(KEY, b"another")
        self.let_time_pass()
        self.first.put(KEY, CONTENT)
        with blobs.open(KEY) as stream:
            assert stream.read() == CONTENT
        assert blobs.find(KEY) == self.first.find(KEY)
        assert list(blobs.all()) == [self.first.find(KEY)]

    def test_objects_of_both_are_listed_once_and_in_order(self, blobs: BlobStore) -> None:
        contents = [b"%d" % number for number in range(30)]
        for number, content in enumerate(contents):
            if number % 3 != 1:
                self.first.put(key_of(content), content)
            if number % 3 != 2:
                self.fallback.put(key_of(content), content)
        assert [each.key for each in blobs.all()] == sorted(map(key_of, contents))

    def test_an_object_is_deleted_from_both(self, blobs: BlobStore) -> None:
        for each in (self.first, self.fallback):
            each.put(KEY, CONTENT)
        blobs.delete(KEY)
        assert list(self.first.all()) == list(self.fallback.all()) == []
        with pytest.raises(BlobNotFound):
            blobs.open(KEY)

    def test_a_second_store_that_does_not_answer_hides_no_object_of_the_first(self) -> None:
        class Silent(InMemoryBlobs):
            def find(self, key: object) -> None:
                raise Unavailable("The store does not answer.")

        blobs = FallbackBlobStore(self.first, Silent(self.clock))
        self.first.put(KEY, CONTENT)
        assert blobs.find(KEY) is not None
        with pytest.raises(Unavailable):
            blobs.find(key_of(b"another"))


class TestFallbackStaging(TwoStores, StagingContract):
    def test_an_upload_that_was_begun_in_the_second_goes_on_there(
        self, staging: Staging, blobs: BlobStore
    ) -> None:
        begun = begin(self.fallback_staging, CONTENT[:3])
        assert staging.size_of(begun.identifier) == 3
        resumed = staging.resume(begun.identifier)
        resumed.append(CONTENT[3:])
        staged = resumed.finish()
        assert staging.recover(staged.identifier) == staged
        with staging.open(staged) as stream:
            assert stream.read() == CONTENT

        staging.adopt(staged, KEY)

        with blobs.open(KEY) as stream:
            assert stream.read() == CONTENT

    def test_uploads_of_both_are_forgotten_and_swept(self, staging: Staging) -> None:
        forgotten = stage(self.fallback_staging, b"forgotten")
        staging.discard(forgotten)
        assert staging.size_of(forgotten.identifier) is None
        for each in (self.first_staging, self.fallback_staging):
            begin(each, CONTENT)
        self.let_time_pass()
        assert staging.sweep(self.clock.now()) == 2
