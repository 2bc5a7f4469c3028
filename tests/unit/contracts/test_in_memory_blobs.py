from __future__ import annotations

from datetime import timedelta

import pytest

from pypi_contracts.suites.blobs import BlobStoreContract, key_of
from pypi_contracts.suites.staging import StagingContract
from pypi_core.ports.blobs import BlobStore, RemoteUrl, Staging
from pypi_memory.blobs import InMemoryBlobs, InMemoryStaging
from pypi_memory.environment import FixedClock, SeededRandomness


class _ByAClockOfOurs:
    @pytest.fixture(autouse=True)
    def keep_clock(self) -> None:
        self.clock = FixedClock()

    @pytest.fixture
    def blobs(self, keep_clock: None) -> BlobStore:
        return InMemoryBlobs(self.clock)

    def let_time_pass(self) -> None:
        self.clock.advance(timedelta(seconds=1))


class TestInMemoryBlobs(_ByAClockOfOurs, BlobStoreContract):
    def test_an_object_has_no_local_file(self, blobs: BlobStore) -> None:
        blobs.put(key_of(b"content"), b"content")
        location = blobs.locate(key_of(b"content"), "content-1.0.tar.gz")
        assert location == RemoteUrl(f"memory:{key_of(b'content').path}")


class TestInMemoryStaging(_ByAClockOfOurs, StagingContract):
    @pytest.fixture
    def staging(self, blobs: BlobStore) -> Staging:
        return InMemoryStaging(blobs, self.clock, SeededRandomness())
